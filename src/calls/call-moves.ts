import { Types } from 'mongoose';
import { answered } from '../store/gathered.ts';
import { matches } from '../store/matches.ts';
import type { Filter } from '../store/query-table.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import { createSeenCalls, type SeenCalls } from './seen-calls.ts';

/** A conditional change of one call that gives out the number of one event. */
export interface CallMove {
  readonly verb: string;
  readonly id: Types.ObjectId;
  /** What the call must be like, as the store is asked; of calls that were read it is judged here. */
  readonly filter: Filter;
  readonly set: Partial<Call>;
}

/** One command's change of one call, which happens only to the call as it was read. */
export interface CheckedMove {
  readonly seen: Stored<Call>;
  readonly set: Partial<Call>;
}

export interface MoveStore {
  /** The calls with these ids, without their long fields. */
  read(ids: readonly Types.ObjectId[]): Promise<Stored<Call>[]>;
  /** Changes all of them in one command, at this time, and says how many were as they had been seen. */
  changeAll(moves: readonly CheckedMove[], at: Date): Promise<number>;
  /** Changes one, whatever happened to it before; null when it does not fit. */
  changeOne(move: CallMove): Promise<Stored<Call> | null>;
}

/** More in one command would make everybody else wait for it. */
const mostAtOnce = 32;

interface Attempt {
  readonly move: CallMove;
  readonly seen: Stored<Call>;
  /** It was seen some time ago, and others may have changed it since. */
  readonly isRemembered: boolean;
}

/** The call as a move left it, null where the move does not fit; or that the call was not as it had been seen. */
type Outcome = Stored<Call> | null | 'stale';

/**
 * Makes the changes that are asked for in one moment with one command instead of one for each: each call is changed as it was seen last.
 * Those that were not seen before are read together first, which the others do not wait for. Where a call was changed meanwhile, or an
 * answer was lost, a mark of the command tells whose change came about; what did not is read and tried again, and then done alone. Answers
 * with the call as the change left it, with its own event number; null where it does not fit.
 */
export function createCallMoves(
  store: MoveStore,
  now: () => Date,
  seenCalls: SeenCalls = createSeenCalls(),
): (move: CallMove) => Promise<Stored<Call> | null> {
  async function callsById(moves: readonly CallMove[]): Promise<Map<string, Stored<Call>>> {
    const calls = moves.length === 0 ? [] : await store.read(moves.map(({ id }) => id));
    return new Map(calls.map(call => [call._id.toHexString(), call]));
  }

  async function alone(move: CallMove): Promise<Stored<Call> | null> {
    const call = await store.changeOne(move);
    if (call) seenCalls.note(call);
    return call;
  }

  const change = answered<Attempt, Outcome>(async attempts => {
    // Of several changes of one call the first goes along; the others see what it left.
    const first = new Map<string, Attempt>();
    for (const attempt of attempts) {
      const id = attempt.move.id.toHexString();
      if (!first.has(id)) first.set(id, attempt);
    }
    const mark = new Types.ObjectId();
    const at = now();
    const checked = [...first.values()].map(({ move, seen }) => ({ seen, set: { ...move.set, movedBy: mark } }));
    const changed = await store.changeAll(checked, at).catch(() => null);
    const moves = [...first.values()].map(({ move }) => move);
    const done = changed === checked.length ? null : await callsById(moves);
    const outcomes = new Map<Attempt, Outcome>();
    let mistaken = 0;
    for (const [index, [id, attempt]] of [...first].entries()) {
      if (done === null || done.get(id)?.movedBy?.equals(mark)) {
        const call = moved(attempt.seen, checked[index]!.set, at);
        seenCalls.note(call);
        outcomes.set(attempt, call);
      } else {
        seenCalls.forget(id);
        if (attempt.isRemembered) mistaken += 1;
      }
    }
    if (mistaken > 1 && mistaken * 4 > first.size) seenCalls.mistrust();
    return attempts.map(attempt => outcomes.get(attempt) ?? 'stale');
  }, mostAtOnce);

  /** What becomes of a change whose call is to be read first; who is alone there needs no reading. */
  const readAndChange = answered<CallMove, Promise<Outcome>[]>(async moves => {
    if (moves.length === 1) return [[alone(moves[0]!)]];
    const found = await callsById(moves);
    return moves.map(move => {
      const seen = found.get(move.id.toHexString());
      const fits = seen !== undefined && matches(move.filter, seen);
      // In a list, as a promise that is handed over bare would be waited for by all.
      return [fits ? change({ move, seen, isRemembered: false }) : Promise.resolve(null)];
    });
  }, mostAtOnce);

  return async move => {
    const seen = seenCalls.get(move.id.toHexString());
    // What was seen may be old: that a change does not fit is only told by the store.
    const isKnown = seen !== undefined && matches(move.filter, seen);
    const quick = isKnown ? await change({ move, seen, isRemembered: true }) : 'stale';
    const outcome = quick === 'stale' ? await (await readAndChange(move))[0]! : quick;
    return outcome === 'stale' ? alone(move) : outcome;
  };
}

const moved = (seen: Stored<Call>, set: Partial<Call>, updatedAt: Date): Stored<Call> => ({
  ...seen,
  ...set,
  eventSeq: seen.eventSeq + 1,
  version: seen.version + 1,
  updatedAt,
});
