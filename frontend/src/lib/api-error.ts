/** What went wrong with a request, in the server's one error shape or, when no answer came, with code NETWORK. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly details: unknown;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(fields: {
    code: string;
    message: string;
    status: number;
    details?: unknown;
    requestId?: string | undefined;
    retryAfterSeconds?: number | undefined;
    cause?: unknown;
  }) {
    super(fields.message, { cause: fields.cause });
    this.code = fields.code;
    this.status = fields.status;
    this.details = fields.details;
    this.requestId = fields.requestId;
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }

  /** No answer at all, or one from something in between that is not our server. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}

export const networkError = (cause: unknown): ApiError =>
  new ApiError({ code: 'NETWORK', message: 'The server does not answer.', status: 0, cause });

/** Reads an error answer; a proxy's HTML page or an empty body still becomes a usable ApiError. */
export function parseApiError(status: number, body: unknown, headers: Headers, now = Date.now()): ApiError {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  return new ApiError({
    status,
    code: typeof error['code'] === 'string' ? error['code'] : `HTTP_${status}`,
    message: typeof error['message'] === 'string' ? error['message'] : `The server answered ${status}.`,
    details: error['details'],
    requestId: typeof error['requestId'] === 'string' ? error['requestId'] : (headers.get('x-request-id') ?? undefined),
    retryAfterSeconds: parseRetryAfter(headers.get('retry-after'), now),
  });
}

/** Retry-After is either a number of seconds or a date. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Whether a refused request was refused for this field. */
export const namesField = (error: unknown, field: string): boolean =>
  error instanceof ApiError &&
  Array.isArray(error.details) &&
  error.details.some(detail => isRecord(detail) && detail['field'] === field);

/** What is wrong with each field of a refused request; fields of lists and objects count to the field they belong to. */
export function fieldProblems(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError) || !Array.isArray(error.details)) return {};
  const problems: Record<string, string> = {};
  for (const detail of error.details) {
    if (!isRecord(detail) || typeof detail['field'] !== 'string' || typeof detail['problem'] !== 'string') continue;
    const [field = ''] = detail['field'].split('.');
    problems[field] ??= detail['problem'];
  }
  return problems;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
