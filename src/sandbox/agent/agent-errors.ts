/** An error in the vendor's envelope. */
export class AgentApiError extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(JSON.stringify(body));
    this.name = 'AgentApiError';
    this.status = status;
    this.body = body;
  }
}

const envelope = (httpStatus: number, type: string, code: string, status: string, message: string) =>
  new AgentApiError(httpStatus, { detail: { type, code, status, message } });

export const invalidKey = () =>
  envelope(401, 'authentication_error', 'unauthorized', 'invalid_api_key', 'Invalid API key');
export const needsAuthorization = () =>
  envelope(
    401,
    'authentication_error',
    'needs_authorization',
    'needs_authorization',
    'Neither authorization header nor xi-api-key received, please provide one.',
  );
export const notFound = (status: string, message: string) => envelope(404, 'not_found', 'not_found', status, message);

const byStatus: Record<number, [type: string, code: string, message: string]> = {
  401: ['authentication_error', 'quota_exceeded', 'This request exceeds your quota limit.'],
  403: ['authorization_error', 'missing_permissions', 'The API key you used is missing a permission.'],
  429: ['rate_limit_error', 'rate_limit_exceeded', 'Too many requests.'],
};
/** What a fault makes REST answer. */
export function faultError(status: number): AgentApiError {
  const [type, code, message] = byStatus[status] ?? ['internal_error', 'system_busy', 'The system is busy.'];
  return envelope(status, type, code, code, message);
}

/** The other form: `detail` is a list of what is wrong with the request. */
export const unprocessable = (loc: (string | number)[], msg: string, type: string) =>
  new AgentApiError(422, { detail: [{ loc, msg, type }] });
