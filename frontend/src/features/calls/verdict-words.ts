import { formatDayOrWhen, formatFullTime } from '../../lib/format.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { placeOf } from '../../lib/zones.ts';
import { callsText } from '../../strings/calls.ts';
import type { Verdict } from './api/calls.ts';

export type VerdictRule = Verdict['rules'][number];

const words = callsText.rules;

/** Those that refused, then those that warn, then the rest, each in the order in which they were asked. */
export function failingFirst(rules: readonly VerdictRule[]): VerdictRule[] {
  const rank = ({ result }: VerdictRule) =>
    result === 'refused' || result === 'unknown' ? 0 : result === 'warned' ? 1 : 2;
  return [...rules].sort((a, b) => rank(a) - rank(b));
}

/** What a rule found, as a sentence; a rule that this page does not know yet is named. */
export const sentenceOf = ({ rule, message }: VerdictRule): string =>
  message ?? words.passed[rule] ?? words.unknown(rule);

/** What it looked at, as "name value" for a person. */
export function evidenceOf({ evidence }: VerdictRule): string[] {
  const facts: string[] = [];
  const { zones, local } = evidence;
  if (Array.isArray(zones) && Array.isArray(local))
    zones.forEach((zone, at) => void facts.push(words.localTime(String(local[at]).slice(11), placeOf(String(zone)))));
  for (const [name, value] of Object.entries(evidence)) {
    if (name === 'local' || (name === 'zones' && Array.isArray(local))) continue;
    const told = worded(name, value);
    if (told !== null) facts.push(`${words.evidence[name] ?? name}: ${told}`);
  }
  return facts;
}

function worded(name: string, value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(each => worded(name, each) ?? '').join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  if (/T00:00:00(?:\.000)?Z$/.test(text)) return formatDayOrWhen(text, { now: Date.now() });
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return formatFullTime(Date.parse(text));
  return /^\+\d{7,15}$/.test(text) ? spacedNumber(text) : text;
}

/** The zone of the person, where the rules found exactly one. */
export function personZone(verdict: unknown): string | null {
  const rules = (verdict as { rules?: VerdictRule[] } | null | undefined)?.rules;
  for (const { evidence } of rules ?? []) {
    const { zones } = evidence;
    if (Array.isArray(zones) && zones.length === 1) return String(zones[0]);
  }
  return null;
}

/** A verdict as it was kept with a call; null where none was, as for calls that came in. */
export function keptVerdict(kept: unknown): Verdict | null {
  const verdict = kept as Verdict | null | undefined;
  return verdict && Array.isArray(verdict.rules) ? verdict : null;
}
