import { spacedNumber } from './phone-number.ts';

/** What of a call says who is on the other side. */
export interface CallPerson {
  readonly direction: 'inbound' | 'outbound';
  readonly to: string;
  readonly from: string;
  readonly contactName: string | null;
}

/** The number of whoever we speak with. */
export const personNumber = ({ direction, to, from }: Pick<CallPerson, 'direction' | 'to' | 'from'>): string =>
  direction === 'inbound' ? from : to;

/** The person's number as this user may see it: the server masked it for those who may not. */
export const shownNumber = (call: CallPerson): string => spacedNumber(personNumber(call));

/** The wall shows two digits to everybody; so does whoever may not see numbers. */
export const lastDigits = (call: CallPerson): string => `••${personNumber(call).slice(-2)}`;

export function maskedNumber(call: CallPerson): string {
  const number = personNumber(call);
  if (number.includes('•') || !number.startsWith('+')) return number;
  const country = /^\+(1|7|[2-9]\d)/.exec(number)?.[0] ?? '+';
  return `${country} ••• ${lastDigits(call)}`;
}
