import type { SpokenTurn } from '../bridge/bridge.types.ts';
import { type SpokenFlag, spokenFlags } from './flag-phrases.ts';
import type { LiveFlag } from './live-contract.ts';

/** One entry of what happened on a call. */
export interface FlagEvent {
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const minuteMs = 60_000;
const mostInterruptions = 3;
const longSilenceMs = 10_000;
/** The agent is slow when the middle one of so many answers took longer than this. */
const answersLooked = 5;
const slowMs = 1_500;
/** Longer than this was no answer to what was said before. */
const noAnswerMs = 15_000;

const spoken: Readonly<Record<SpokenFlag, { readonly level: LiveFlag['level']; readonly says: string }>> = {
  'opt-out': { level: 'urgent', says: 'Asked not to be called' },
  emergency: { level: 'urgent', says: 'May be an emergency or a threat' },
  'asked-for-person': { level: 'attention', says: 'Asked for a person' },
  upset: { level: 'attention', says: 'Sounds upset' },
};

/**
 * Why a call needs a person, by rules over what happened and what was said on it. It computes only: the same events and words give
 * the same flags in every process, also when they are read again from the store.
 */
export class CallFlags {
  private readonly flags = new Map<string, LiveFlag>();
  private readonly seen = new Set<number>();
  private interruptedAt: number[] = [];
  /** Nobody has said anything from here on. */
  private silentFrom: number | null = null;
  private slow: LiveFlag | null = null;
  /** Each kind with the first time it was seen. */
  private readonly ever = new Map<string, LiveFlag>();

  /** Each entry counts once, however often it is told. */
  happened({ seq, type, at, data }: FlagEvent): void {
    if (this.seen.has(seq)) return;
    this.seen.add(seq);
    const time = Date.parse(at);
    if (type === 'agent-lost') this.raise('agent-lost', 'urgent', 'The agent was lost and is being called back', at);
    else if (type === 'agent-failed') {
      this.flags.delete('agent-lost');
      this.raise('agent-lost', 'urgent', 'The agent is gone and could not be called back', at);
    } else if (type === 'agent-ready' || type === 'agent-reopened') this.flags.delete('agent-lost');
    else if (type === 'interrupted') this.interruptedAt.push(time);
    else if (type === 'silence') this.silentFrom = time - Number(data['afterMs'] ?? 0);
    else if (type === 'tool-answered')
      this.toolAnswered(String(data['name'] ?? 'it used'), data['isError'] === true, at);
    else if (type === 'taken-over' || type === 'transfer.begun') {
      // A colleague is there: that is what these asked for.
      for (const kind of ['asked-for-person', 'upset']) this.flags.delete(kind);
      this.silentFrom = null;
    }
  }

  /** A turn of the call, as often as its words grow. */
  said({ role, text }: Pick<SpokenTurn, 'role' | 'text'>, at: string): void {
    if (text.trim() !== '') this.silentFrom = null;
    if (role !== 'caller') return;
    for (const { kind, words } of spokenFlags(text)) {
      const { level, says } = spoken[kind];
      this.raise(kind, level, `${says}: “${words}”`, at);
    }
  }

  /** How quickly the agent answered lately, by the whole conversation. */
  answered(turns: readonly (SpokenTurn | null)[], at: string): void {
    const middle = middleDelay(turns);
    if (middle === null || middle <= slowMs) this.slow = null;
    else {
      const reason = `The agent answers slowly: ${(middle / 1_000).toFixed(1)} s`;
      this.slow = { kind: 'agent-slow', level: 'attention', reason, at: this.slow?.at ?? at };
    }
  }

  /** Those that hold at this moment, urgent ones first, then the oldest. */
  at(now: number): LiveFlag[] {
    const flags = [...this.flags.values()];
    this.interruptedAt = this.interruptedAt.filter(each => now - each < minuteMs);
    const third = this.interruptedAt[mostInterruptions - 1];
    if (third !== undefined)
      flags.push(flag('interruptions', `Interrupted the agent ${this.interruptedAt.length} times in a minute`, third));
    if (this.silentFrom !== null && now - this.silentFrom >= longSilenceMs)
      flags.push(flag('silence', 'Nobody has spoken for over 10 s', this.silentFrom + longSilenceMs));
    if (this.slow) flags.push(this.slow);
    for (const each of flags) this.ever.set(each.kind, { ...each, at: this.ever.get(each.kind)?.at ?? each.at });
    return inOrder(flags);
  }

  /** All that ever held, each from its first moment: what is worth knowing once the call has ended. */
  all(now: number): LiveFlag[] {
    this.at(now);
    return inOrder([...this.ever.values()]);
  }

  private raise(kind: string, level: LiveFlag['level'], reason: string, at: string): void {
    // The first time counts: whoever says it again has waited since then.
    if (this.flags.has(kind)) return;
    this.flags.set(kind, { kind, level, reason, at });
    this.ever.set(kind, { kind, level, reason, at: this.ever.get(kind)?.at ?? at });
  }

  private toolAnswered(name: string, isError: boolean, at: string): void {
    const failed = this.flags.get('tool-failed');
    if (isError) this.raise('tool-failed', 'attention', `The tool ${name} failed`, at);
    else if (failed?.reason === `The tool ${name} failed`) this.flags.delete('tool-failed');
  }
}

/** As it is written down: what was said stands in the transcript, which goes when its time is over. */
export const withoutWords = (flag: LiveFlag): LiveFlag =>
  Object.hasOwn(spoken, flag.kind) ? { ...flag, reason: spoken[flag.kind as SpokenFlag].says } : flag;

const inOrder = (flags: LiveFlag[]): LiveFlag[] =>
  flags.sort((a, b) => rank(a) - rank(b) || Date.parse(a.at) - Date.parse(b.at));

const rank = ({ level }: LiveFlag): number => (level === 'urgent' ? 0 : 1);

const flag = (kind: string, reason: string, at: number): LiveFlag => ({
  kind,
  level: 'attention',
  reason,
  at: new Date(at).toISOString(),
});

/** The middle one of the newest answers' delays; null while there are too few. */
function middleDelay(turns: readonly (SpokenTurn | null)[]): number | null {
  const delays: number[] = [];
  for (let at = turns.length - 1; at > 0 && delays.length < answersLooked; at -= 1) {
    const [before, turn] = [turns[at - 1], turns[at]];
    if (before?.role !== 'caller' || turn?.role !== 'agent') continue;
    const delay = turn.startMs - before.endMs;
    if (delay >= 0 && delay <= noAnswerMs) delays.push(delay);
  }
  if (delays.length < answersLooked) return null;
  return delays.sort((a, b) => a - b)[answersLooked >> 1]!;
}
