import type { LiveFlag, LivePerson } from '../../../../src/live/live-contract.ts';
import type { StateKind } from '../../components/state-mark.tsx';
import { maskedNumber, personNumber } from '../../lib/call-person.ts';
import { markOfStatus } from '../../lib/call-status.ts';
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

/** A flag for many eyes: its reason without the words that were heard. */
export const withoutWords = (flag: LiveFlag): LiveFlag => ({ ...flag, reason: flag.reason.replace(/: “.*$/s, '') });

/** The flag that counts most. */
export const worstFlag = (entry: LiveEntry): LiveFlag | null => flagsOf(entry)[0] ?? null;
const riskOf = ({ level }: LiveFlag): number => (level === 'urgent' ? 2 : 1);

export function markOf(entry: LiveEntry): StateKind {
  const { call } = entry;
  if (!isOver(entry)) {
    return call.status === 'in-progress' && speakerOf(entry) ? 'person' : markOfStatus(call.status);
  }
  if (call.outcome === 'canceled' || call.status === 'canceled') return 'blocked';
  return call.outcome === 'failed' || call.outcome === 'invalid-number' ? 'failed' : 'passed';
}

export const stateWord = (entry: LiveEntry): string => {
  if (!isOver(entry)) return words.callStates[entry.call.status] ?? entry.call.status;
  const { outcome } = entry.call;
  return liveText.ended(outcome && (words.outcomes[outcome] ?? outcome));
};

export const wallOrders = ['started', 'newest', 'longest', 'quiet', 'risk', 'campaign'] as const;
export type WallOrder = (typeof wallOrders)[number];
/** Calls that need somebody, or of these the urgent ones. */
export const wallFlags = ['any', 'urgent'] as const;
export type WallFlag = (typeof wallFlags)[number];
export interface WallFilter {
  readonly text: string;
  readonly state: string;
  /** By name, as the wall shows it. */
  readonly campaign: string;
  readonly agent: string;
  readonly flag: WallFlag | '';
}

export function matches(entry: LiveEntry, { text, state, campaign, agent, flag }: WallFilter): boolean {
  if (state !== '' && entry.call.status !== state) return false;
  if (campaign !== '' && entry.call.campaignName !== campaign) return false;
  if (agent !== '' && entry.call.agentId !== agent) return false;
  if (flag !== '' && !flagsOf(entry).some(({ level }) => flag === 'any' || level === flag)) return false;
  if (text.trim() === '') return true;
  const wanted = text.trim().toLowerCase();
  const words = entry.live.lastTurn?.turn.text ?? '';
  const digits = wanted.replace(/\D/g, '');
  return (
    (entry.call.contactName ?? '').toLowerCase().includes(wanted) ||
    (entry.call.campaignName ?? '').toLowerCase().includes(wanted) ||
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
    longest: (a, b) => countsFrom(a.call) - countsFrom(b.call) || began(a, b),
    campaign: (a, b) => campaignOf(a).localeCompare(campaignOf(b)) || began(a, b),
    quiet: (a, b) => activeAt(a) - activeAt(b) || began(a, b),
    risk: (a, b) => flagRank(b) - flagRank(a) || began(a, b),
  };
  return [...entries].sort(by[order]);
}

/** Places by these move all the time, and are only taken anew when nobody points at the wall. */
export const movesByItself = (order: WallOrder): boolean => order === 'quiet' || order === 'risk';

/** Calls of no campaign come last. */
const campaignOf = ({ call }: LiveEntry): string => call.campaignName ?? '\uffff';
const activeAt = ({ live, call }: LiveEntry): number => Date.parse(live.activity?.lastActivityAt ?? call.createdAt);
const flagRank = (entry: LiveEntry): number => {
  const flag = worstFlag(entry);
  return flag ? riskOf(flag) : 0;
};
