/** The errors of Twilio's catalogue that this twin can answer, with the HTTP status each of them has. */
const catalogue = {
  10001: [403, 'Account is not active'],
  20001: [400, 'Invalid parameter'],
  20003: [401, 'Authenticate'],
  20004: [405, 'Method not allowed'],
  20005: [403, 'Account not active'],
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too Many Requests'],
  20500: [500, 'An internal server error has occurred'],
  20503: [503, 'Service unavailable'],
  21201: [400, "No 'To' number specified"],
  21202: [400, "Account not authorized to call premium number in 'To'"],
  21205: [400, 'Url is not a valid URL'],
  21206: [400, 'Invalid SendDigits'],
  21208: [400, 'Invalid Timeout'],
  21209: [400, 'Invalid Method'],
  21210: [400, "The source phone number provided is not yet verified for your account (parameter 'From')"],
  21211: [400, "Invalid 'To' phone number"],
  21212: [400, "Invalid 'From' phone number"],
  21213: [400, "No 'From' number specified"],
  21214: [400, "'To' phone number cannot be reached"],
  21215: [400, "Account not authorized to call the country of 'To'"],
  21216: [400, "Account not allowed to call 'To': it is on a block list"],
  21217: [400, "Phone number in 'To' does not appear to be valid"],
  21218: [400, 'Invalid ApplicationSid'],
  21220: [400, 'Call is not in-progress. Cannot redirect.'],
  21234: [400, 'Invalid machine detection configuration'],
  21609: [400, "Invalid 'StatusCallback' URL"],
  21626: [400, 'Invalid StatusCallbackEvent'],
  22005: [400, 'Queue overflow: more than 24 hours of calls are waiting'],
} as const satisfies Record<number, readonly [number, string]>;

export type TwilioErrorCode = keyof typeof catalogue;

/** Those that say that nothing was done. */
export const refusals: readonly TwilioErrorCode[] = Object.entries(catalogue)
  .filter(([, [status]]) => status < 500)
  .map(([code]) => Number(code) as TwilioErrorCode);

/** A refusal in Twilio's terms; the REST server turns it into Twilio's error body. */
export class TwilioError extends Error {
  readonly code: TwilioErrorCode;
  readonly status: number;

  constructor(code: TwilioErrorCode, detail?: string) {
    const [status, text] = catalogue[code];
    super(detail ? `${text}: ${detail}` : text);
    this.name = 'TwilioError';
    this.code = code;
    this.status = status;
  }
}

/** The JSON body of every failed REST request. */
export const errorBody = (error: { code: number; message: string; status: number }) => ({
  code: error.code,
  message: error.message,
  more_info: `https://www.twilio.com/docs/errors/${error.code}`,
  status: error.status,
});
