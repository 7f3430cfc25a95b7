import { Types } from 'mongoose';
import { answered } from '../store/gathered.ts';
import { matches } from '../store/matches.ts';
import type { Filter } from '../store/query-table.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';

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

/**
 * Makes the changes that are asked for in one moment with two commands instead of one for each: all are read, and those that fit are
 * changed as they were read. Where one was changed meanwhile, or an answer was lost, a mark of the command tells whose change came
 * about; what did not is done alone. Answers with the call as the change left it, with its own event number; null where it does not fit.
 */
export function createCallMoves(store: MoveStore, now: () => Date): (move: CallMove) => Promise<Stored<Call> | null> {
  type Answer = Promise<Stored<Call> | null>;

  async function together(moves: readonly CallMove[]): Promise<Map<CallMove, Answer>> {
    const found = await callsById(moves);
    const fitting = moves.flatMap(move => {
      const seen = found.get(move.id.toHexString());
      return seen && matches(move.filter, seen) ? [{ move, seen }] : [];
    });
    const mark = new Types.ObjectId();
    const at = now();
    const checked = fitting.map(({ move, seen }) => ({ seen, set: { ...move.set, movedBy: mark } }));
    const changed = await store.changeAll(checked, at).catch(() => null);
    const done = changed === checked.length ? null : await callsById(fitting.map(({ move }) => move));
    const answers = new Map<CallMove, Answer>(moves.map(move => [move, Promise.resolve(null)]));
    for (const [index, { move, seen }] of fitting.entries()) {
      const isDone = done === null || done.get(move.id.toHexString())?.movedBy?.equals(mark);
      answers.set(move, isDone ? Promise.resolve(moved(seen, checked[index]!.set, at)) : store.changeOne(move));
    }
    return answers;
  }

  async function callsById(moves: readonly CallMove[]): Promise<Map<string, Stored<Call>>> {
    const calls = moves.length === 0 ? [] : await store.read(moves.map(({ id }) => id));
    return new Map(calls.map(call => [call._id.toHexString(), call]));
  }

  /** Of several changes of one call the first goes along; the others see what it left. */
  async function all(moves: readonly CallMove[]): Promise<[Answer][]> {
    const first = new Map<string, CallMove>();
    for (const move of moves) if (!first.has(move.id.toHexString())) first.set(move.id.toHexString(), move);
    const answers = first.size > 1 ? await together([...first.values()]) : new Map<CallMove, Answer>();
    const each = moves.map((move): [Answer] => [answers.get(move) ?? store.changeOne(move)]);
    await Promise.allSettled(each.flat());
    return each;
  }

  const gatheredAnswer = answered<CallMove, [Answer]>(all, mostAtOnce);
  return async move => (await gatheredAnswer(move))[0];
}

const moved = (seen: Stored<Call>, set: Partial<Call>, updatedAt: Date): Stored<Call> => ({
  ...seen,
  ...set,
  eventSeq: seen.eventSeq + 1,
  version: seen.version + 1,
  updatedAt,
});
