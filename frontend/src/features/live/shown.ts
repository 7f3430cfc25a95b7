import type { LiveFlag, LivePerson } from '../../../../src/live/live-contract.ts';
import type { StateKind } from '../../components/state-mark.tsx';
import { maskedNumber, personNumber } from '../../lib/call-person.ts';
import type { LiveEntry, ShownCall } from '../../lib/live/live-calls.ts';
import { text as words } from '../../strings/en.ts';
import { liveText } from '../../strings/live.ts';

export const nameOf = (call: ShownCall): string => call.contactName ?? maskedNumber(call);
/** In sentences: the first name, or what can be said without one. */
export const firstNameOf = (call: ShownCall): string => call.contactName?.split(/\s+/)[0] ?? liveText.thePerson;

/** For the beginning of a sentence. */
export const capitalised = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

export const isOver = ({ call, endedAt }: LiveEntry): boolean => endedAt !== null || call.endedAt !== null;

/** From when the shown duration counts: the conversation, or before it the wait for one. */
export const countsFrom = (call: ShownCall): number => Date.parse(call.answeredAt ?? call.createdAt);

export const speakerOf = ({ live }: LiveEntry): LivePerson | null =>
  live.people?.find(({ mode }) => mode === 'speaking') ?? null;
export const listenersOf = ({ live }: LiveEntry): readonly LivePerson[] =>
  live.people?.filter(({ mode }) => mode === 'listening') ?? [];

/** Why a call needs somebody: urgent first, then the oldest. */
export const flagsOf = ({ live }: LiveEntry): LiveFlag[] =>
  [...(live.flags ?? [])].sort((a, b) => riskOf(b) - riskOf(a) || Date.parse(a.at) - Date.parse(b.at));

/** The flag that counts most. */
export const worstFlag = (entry: LiveEntry): LiveFlag | null => flagsOf(entry)[0] ?? null;
const riskOf = ({ level }: LiveFlag): number => (level === 'urgent' ? 2 : 1);

export function markOf(entry: LiveEntry): StateKind {
  const { call } = entry;
  if (!isOver(entry)) {
    if (call.status === 'in-progress') return speakerOf(entry) ? 'person' : 'running';
    return call.status === 'ringing' ? 'ringing' : 'idle';
  }
  if (call.outcome === 'canceled' || call.status === 'canceled') return 'blocked';
  return call.outcome === 'failed' || call.outcome === 'invalid-number' ? 'failed' : 'passed';
}

export const stateWord = (entry: LiveEntry): string => {
  if (!isOver(entry)) return words.callStates[entry.call.status] ?? entry.call.status;
  const { outcome } = entry.call;
  return liveText.ended(outcome && (words.outcomes[outcome] ?? outcome));
};

export type WallOrder = 'started' | 'newest' | 'quiet' | 'risk';
export interface WallFilter {
  readonly text: string;
  readonly state: string;
}

export function matches(entry: LiveEntry, { text, state }: WallFilter): boolean {
  if (state !== '' && entry.call.status !== state) return false;
  if (text.trim() === '') return true;
  const wanted = text.trim().toLowerCase();
  const words = entry.live.lastTurn?.turn.text ?? '';
  const digits = wanted.replace(/\D/g, '');
  return (
    (entry.call.contactName ?? '').toLowerCase().includes(wanted) ||
    words.toLowerCase().includes(wanted) ||
    (digits !== '' && personNumber(entry.call).replace(/\D/g, '').endsWith(digits))
  );
}

/** Calls in the order asked for; equal ones in the order in which they began, which never changes. */
export function ordered(entries: Iterable<LiveEntry>, order: WallOrder): LiveEntry[] {
  const began = (a: LiveEntry, b: LiveEntry) =>
    a.call.createdAt < b.call.createdAt ? -1 : a.call.createdAt > b.call.createdAt ? 1 : a.call.id < b.call.id ? -1 : 1;
  const by: Record<WallOrder, (a: LiveEntry, b: LiveEntry) => number> = {
    started: began,
    newest: (a, b) => began(b, a),
    quiet: (a, b) => activeAt(a) - activeAt(b) || began(a, b),
    risk: (a, b) => flagRank(b) - flagRank(a) || began(a, b),
  };
  return [...entries].sort(by[order]);
}

/** Places by these move all the time, and are only taken anew when nobody points at the wall. */
export const movesByItself = (order: WallOrder): boolean => order === 'quiet' || order === 'risk';

const activeAt = ({ live, call }: LiveEntry): number => Date.parse(live.activity?.lastActivityAt ?? call.createdAt);
const flagRank = (entry: LiveEntry): number => {
  const flag = worstFlag(entry);
  return flag ? riskOf(flag) : 0;
};
