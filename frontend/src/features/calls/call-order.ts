import { present } from '../../lib/address-words.ts';
import { readNumber } from '../../lib/phone-number.ts';
import { callsText } from '../../strings/calls.ts';
import type { CallOrder } from './api/calls.ts';

/** What is typed into the form of a new call. */
export interface OrderFields {
  readonly to: string;
  /** Empty: the first agent. */
  readonly agentId: string;
  /** Empty: the agent's own caller id, or the usual one. */
  readonly from: string;
  readonly purpose: '' | 'informational' | 'telemarketing';
  readonly record: '' | 'yes' | 'no';
  readonly minutes: string;
  readonly variables: Readonly<Record<string, string>>;
}

export const noOrder: OrderFields = {
  to: '',
  agentId: '',
  from: '',
  purpose: '',
  record: '',
  minutes: '',
  variables: {},
};

const words = callsText.newCall;
const minutesOf = (typed: string): number => Number(typed.trim().replace(',', '.'));
const areMinutes = (typed: string): boolean => {
  const minutes = minutesOf(typed);
  return typed.trim() === '' || (minutes >= 0.5 && minutes <= 240);
};

/** What is wrong with a field, in words for whoever typed it. */
export const orderProblems = ({ to, minutes }: OrderFields): { to?: string; minutes?: string } =>
  present({
    to: readNumber(to) === null ? words.numberWrong : undefined,
    minutes: areMinutes(minutes) ? undefined : words.limitWrong,
  });

/** The order for the server; null while a field cannot be read. Variables that the chosen agent does not expect are left out. */
export function orderOf(fields: OrderFields, expected: readonly string[]): CallOrder | null {
  const { agentId, from, purpose, record, minutes } = fields;
  const to = readNumber(fields.to);
  if (to === null || !areMinutes(minutes)) return null;
  const variables = Object.fromEntries(
    expected.map(name => [name, fields.variables[name]?.trim() ?? ''] as const).filter(([, value]) => value !== ''),
  );
  return present({
    to,
    agentId: agentId || undefined,
    from: from || undefined,
    contentClass: purpose || undefined,
    record: record === '' ? undefined : record === 'yes',
    maxMinutes: minutes.trim() === '' ? undefined : minutesOf(minutes),
    variables: Object.keys(variables).length > 0 ? variables : undefined,
  });
}
