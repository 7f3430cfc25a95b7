import { TwilioError, type TwilioErrorCode } from './twilio-errors.ts';

/** The numbers of the account, from which calls may be placed. */
export interface OwnNumbers {
  has(number: string): boolean;
}

const e164 = /^\+[1-9]\d{6,14}$/;
const northAmerican = /^\+1[2-9]\d{2}[2-9]\d{6}$/;
/** Numbers reserved for fiction in every North American area code; any of them may be a caller id of the sandbox. */
const fictional = /^\+1[2-9]\d{2}55501\d{2}$/;
const address = /^(sip:|client:|sim:)\S+$/;

const magicSenders: Record<string, TwilioErrorCode> = { '+15005550001': 21212 };
const magicDestinations: Record<string, TwilioErrorCode> = {
  '+15005550001': 21217,
  '+15005550002': 21214,
  '+15005550003': 21215,
  '+15005550004': 21216,
};

/** The documented test sender: the answer looks like success, and nothing is dialled or stored. */
export const isTestSender = (from: string): boolean => from === '+15005550006';

export function checkFrom(from: string, own: OwnNumbers): void {
  const magic = magicSenders[from];
  if (magic) throw new TwilioError(magic, from);
  if (isTestSender(from) || own.has(from) || fictional.test(from)) return;
  if (address.test(from)) return;
  throw new TwilioError(e164.test(from) ? 21210 : 21212, from.slice(0, 40));
}

export function checkTo(to: string, from: string): void {
  const magic = magicDestinations[to];
  if (magic) throw new TwilioError(magic, to);
  if (address.test(to)) return;
  const problem = numberProblem(to);
  if (problem) throw new TwilioError(problem, to.slice(0, 40));
  if (address.test(from)) throw new TwilioError(21212, `${from.slice(0, 40)} must be a number when To is one`);
  if (to === from) throw new TwilioError(21211, `${to} cannot call itself`);
}

function numberProblem(to: string): TwilioErrorCode | undefined {
  if (!e164.test(to)) return 21211;
  if (!to.startsWith('+1')) return undefined;
  if (to.startsWith('+1900')) return 21202;
  return northAmerican.test(to) ? undefined : 21211;
}

/** `(212) 555-0100`, as the REST API shows North American numbers; others are shown as they are. */
export const formatted = (number: string): string =>
  /^\+1\d{10}$/.test(number) ? `(${number.slice(2, 5)}) ${number.slice(5, 8)}-${number.slice(8)}` : number;
