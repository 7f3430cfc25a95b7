import type {
  CallEnded,
  CallStarted,
  CallsSnapshot,
  CallTranscript,
  CallUpdated,
  LiveCall,
  LiveFields,
  LiveTurn,
  TranscriptSnapshot,
} from './live-contract.ts';

/** Fields that no document has: they are always the newest. */
const liveFieldNames = new Set(['activity', 'people', 'endsAt', 'lastTurn', 'flags']);

/** What is known of one live call: the fields as they are at `seq`. */
export interface HeldCall {
  readonly seq: number;
  readonly call: LiveCall & LiveFields;
}

/**
 * The live calls as a client holds them. Fed with everything that comes, in whatever order, it ends at what the store says: a call's
 * highest seq wins, and what has ended stays so. The state is replaced, never changed, so that a page sees what is new.
 */
export interface LiveCalls {
  readonly calls: ReadonlyMap<string, HeldCall>;
  /** Calls that ended, newest last, so that a word that comes late does not bring them back. */
  readonly ended: ReadonlySet<string>;
  /** Calls of which something was missed: they are to be asked for, and given to `withCall`. */
  readonly stale: ReadonlySet<string>;
}

export const noLiveCalls: LiveCalls = { calls: new Map(), ended: new Set(), stale: new Set() };

const mostEnded = 5_000;

/** What a client sends as `since` in the handshake, so that the snapshot repeats only what has changed. */
export const sinceOf = ({ calls, stale }: LiveCalls): (readonly [id: string, seq: number])[] =>
  [...calls].filter(([id]) => !stale.has(id)).map(([id, { seq }]) => [id, seq]);

const without = <T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> => {
  if (!set.has(value)) return set;
  const rest = new Set(set);
  rest.delete(value);
  return rest;
};

const isOver = (call: LiveCall): boolean => call['endedAt'] !== null && call['endedAt'] !== undefined;

function put(state: LiveCalls, seq: number, call: LiveCall & LiveFields): LiveCalls {
  if (state.ended.has(call.id)) return state;
  const held = state.calls.get(call.id);
  if (held && held.seq > seq) return state;
  if (isOver(call)) return gone(state, call.id);
  const calls = new Map(state.calls).set(call.id, { seq, call: { ...held?.call, ...call, seq } });
  return { ...state, calls, stale: without(state.stale, call.id) };
}

function gone(state: LiveCalls, id: string): LiveCalls {
  const calls = new Map(state.calls);
  calls.delete(id);
  const ended = new Set(state.ended).add(id);
  for (const oldest of ended) {
    if (ended.size <= mostEnded) break;
    ended.delete(oldest);
  }
  return { calls, ended, stale: without(state.stale, id) };
}

/**
 * The snapshot that comes with every connection: what is not in it has ended, unless an event of this very connection (`arrived`)
 * told of it meanwhile.
 */
export function withSnapshot(
  state: LiveCalls,
  { calls, unchanged }: Pick<CallsSnapshot, 'calls' | 'unchanged'>,
  arrived: ReadonlySet<string> = new Set(),
): LiveCalls {
  const alive = new Set([...calls.map(({ call }) => call.id), ...unchanged.map(({ id }) => id)]);
  let next = state;
  for (const id of state.calls.keys()) if (!alive.has(id) && !arrived.has(id)) next = gone(next, id);
  for (const { seq, call } of calls) next = put(next, seq, call);
  for (const { id, live } of unchanged) {
    const held = next.calls.get(id);
    if (held) next = { ...next, calls: new Map(next.calls).set(id, { ...held, call: { ...held.call, ...live } }) };
  }
  return next;
}

export const withStarted = (state: LiveCalls, { seq, call }: CallStarted): LiveCalls => {
  const held = state.calls.get(call.id);
  return held && held.seq >= seq ? state : put(state, seq, call);
};

export function withUpdated(state: LiveCalls, { seq, since, callId: id, fields }: CallUpdated): LiveCalls {
  if (state.ended.has(id)) return state;
  const held = state.calls.get(id);
  if (Object.keys(fields).length > 0 && Object.keys(fields).every(name => liveFieldNames.has(name))) {
    if (!held) return state;
    return { ...state, calls: new Map(state.calls).set(id, { ...held, call: { ...held.call, ...fields } }) };
  }
  if (held && held.seq >= seq) return state;
  const whole = since === 0;
  if (!held) {
    if (whole) return put(state, seq, fields as LiveCall);
    // An ended call of before is not a live one; of any other the start was missed.
    return isOver(fields as LiveCall) ? gone(state, id) : { ...state, stale: new Set(state.stale).add(id) };
  }
  if (held.seq < since) {
    // Even so, an end is an end.
    return isOver(fields as LiveCall) ? gone(state, id) : { ...state, stale: new Set(state.stale).add(id) };
  }
  return put(state, seq, { ...held.call, ...(fields as Partial<LiveCall>) });
}

export const withEnded = (state: LiveCalls, { call }: CallEnded): LiveCalls => gone(state, call.id);

/** A call that was asked for, as the API answers it; null when there is none any more. */
export const withCall = (state: LiveCalls, id: string, call: (LiveCall & LiveFields) | null): LiveCalls =>
  call === null ? gone(state, id) : put(state, call.seq, call);

/** What was said on one call, as a client that watches it holds it. */
export interface HeldTranscript {
  readonly turns: readonly (LiveTurn | null)[];
  /** Of each turn that an event of this watch brought; those are newer than any snapshot of it. */
  readonly seqs: ReadonlyMap<number, number>;
}

export const noTranscript: HeldTranscript = { turns: [], seqs: new Map() };

/** To be called before `call:watch` is sent, also again after a reconnect: from now on events count more than its answer. */
export const watchBegins = (state: HeldTranscript): HeldTranscript => ({ ...state, seqs: new Map() });

/** The answer of `call:watch`. */
export function withTurns(state: HeldTranscript, { turns }: Pick<TranscriptSnapshot, 'turns'>): HeldTranscript {
  const length = Math.max(turns.length, ...[...state.seqs.keys()].map(index => index + 1));
  const merged = Array.from({ length }, (_, index) =>
    state.seqs.has(index) ? (state.turns[index] ?? null) : (turns[index] ?? null),
  );
  return { ...state, turns: merged };
}

export function withTurn(
  state: HeldTranscript,
  { seq, index, turn }: Pick<CallTranscript, 'seq' | 'index' | 'turn'>,
): HeldTranscript {
  const before = state.seqs.get(index);
  if (before !== undefined && before >= seq) return state;
  const length = Math.max(state.turns.length, index + 1);
  const turns = Array.from({ length }, (_, place) => (place === index ? turn : (state.turns[place] ?? null)));
  return { turns, seqs: new Map(state.seqs).set(index, seq) };
}
