import { Types } from 'mongoose';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEventRepository, NewCallEvent } from './call-event-repository.ts';
import type { CallRepository } from './call-repository.ts';
import type { Batch, CallBacklog, PendingEvent } from './journal-entry.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

export interface JournalWriter {
  /**
   * Writes it all, each event once however often it is tried. Rejects when the store is away: then the whole batch is to be written
   * again. What the store refuses for what it is would be refused for ever, and is reported and let go.
   * `foreign` batches come from a process that died: others may have written about the same calls since.
   */
  write(batch: Batch, foreign?: boolean): Promise<void>;
}

export interface JournalWriterOptions {
  readonly calls: Pick<CallRepository, 'noteFields' | 'findById' | 'erasedAmong'>;
  readonly events: Pick<CallEventRepository, 'appendAll' | 'known'>;
  readonly transcripts: Pick<TranscriptRepository, 'writeTurns' | 'ofCall'>;
  /** The call has these fields now. */
  readonly changed?: (call: Stored<Call>, fields: readonly string[]) => void;
  /** These events are in the store now. */
  readonly noted?: (event: NewCallEvent) => void;
  readonly logger: Logger;
  readonly lost: (kind: 'event' | 'turn' | 'note', count: number) => void;
}

const callsAtOnce = 16;
/**
 * A batch holds hundreds of entries after a pause that many calls made at once. Built into one command they would stop this process, and
 * carried out as one they would stop an embedded store, both for longer than a frame of audio or a callback may wait.
 */
const eventsAtOnce = 64;
const turnsAtOnce = 64;
const mostRounds = 3;

/** Brings backlogs into the call's document, its events and its transcript. */
export function createJournalWriter(options: JournalWriterOptions): JournalWriter {
  const { calls, events, transcripts, logger, lost } = options;

  const giveUp = (kind: 'event' | 'turn' | 'note', count: number, callId: string, error?: unknown) => {
    if (count === 0) return;
    lost(kind, count);
    logger.error({ attemptId: callId, kind, count, err: error }, 'the store refuses an entry of the call journal');
  };

  /** Numbers for the events that have none, and the fields in the same write. */
  const reserve = async (backlog: CallBacklog): Promise<void> => {
    const unnumbered = backlog.events.filter(event => event.seq === undefined);
    if (unnumbered.length === 0 && !backlog.hasFields) return;
    const { callId, fields } = backlog;
    try {
      const call = await calls.noteFields(callId, unnumbered.length, fields as Partial<Call>);
      const last = call?.eventSeq ?? null;
      if (call && backlog.hasFields) options.changed?.(call, Object.keys(fields));
      if (last === null) {
        const nobody = new AppError('NOT_FOUND', 'There is no such call');
        giveUp('event', backlog.events.length, callId, nobody);
        giveUp('note', Object.keys(fields).length, callId, nobody);
        backlog.events.length = 0;
      }
      for (const [index, event] of unnumbered.entries()) event.seq = (last ?? 0) - unnumbered.length + 1 + index;
      clear(fields);
    } catch (error) {
      if (!isRefusal(error) || !backlog.hasFields) throw error;
      giveUp('note', Object.keys(fields).length, callId, error);
      clear(fields);
      await reserve(backlog);
    }
  };

  /** Leaves out the events that an earlier try brought into the store. */
  const unwritten = async (backlogs: readonly CallBacklog[]): Promise<void> => {
    const doubtful = backlogs.filter(({ tried }) => tried);
    const ids = doubtful.flatMap(backlog => backlog.events.map(({ id }) => id));
    if (ids.length === 0) return;
    const known = await events.known(ids);
    for (const { events: waiting } of doubtful) {
      waiting.splice(0, waiting.length, ...waiting.filter(({ id }) => !known.has(id.toHexString())));
    }
  };

  /** Writes the events and answers how many need another number, because somebody took theirs without reserving it. */
  const append = async (backlogs: readonly CallBacklog[]): Promise<number> => {
    const waiting = backlogs.flatMap(({ callId, events }) => events.map(event => ({ callId, event })));
    let unnumbered = 0;
    for (let at = 0; at < waiting.length; at += eventsAtOnce) {
      const part = waiting.slice(at, at + eventsAtOnce);
      const { errors } = await events.appendAll(part.map(({ callId, event }) => documentOf(callId, event)));
      if (errors.length === 0) continue;
      const known = await events.known(part.map(({ event }) => event.id));
      for (const { index, code, message } of errors) {
        const { callId, event } = part[index]!;
        if (known.has(event.id.toHexString())) continue;
        if (code === 'STORE_UNAVAILABLE') throw new AppError('STORE_UNAVAILABLE', message);
        if (code === 'DUPLICATE') {
          delete event.seq;
          unnumbered += 1;
        } else giveUp('event', 1, callId, new AppError('INTERNAL', `${event.type}: ${message}`));
      }
    }
    return unnumbered;
  };

  const writeTurns = async (backlogs: readonly CallBacklog[]): Promise<void> => {
    const turns = backlogs.flatMap(({ callId, turns }) => [...turns].map(([index, turn]) => ({ callId, index, turn })));
    for (let at = 0; at < turns.length; at += turnsAtOnce) {
      const part = turns.slice(at, at + turnsAtOnce);
      try {
        await transcripts.writeTurns(part);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // One that cannot be written must not take the others with it.
        for (const each of part) {
          await transcripts.writeTurns([each]).catch(problem => {
            if (!isRefusal(problem)) throw problem;
            giveUp('turn', 1, each.callId, problem);
          });
        }
      }
    }
  };

  /** What a dead process left about a call that went on elsewhere adds to what was written since; it replaces nothing. */
  const yieldToOthers = async (backlog: CallBacklog): Promise<void> => {
    const { callId, fields, turns } = backlog;
    if (backlog.hasFields) {
      const call = (await calls.findById(callId)) as Record<string, unknown> | null;
      for (const name of Object.keys(fields))
        if (call?.[name] !== null && call?.[name] !== undefined) delete fields[name];
    }
    if (turns.size === 0) return;
    const transcript = await transcripts.ofCall(callId);
    for (const [index, turn] of turns) {
      const there = transcript?.turns[index];
      if (!there || (there.role === turn.role && there.startMs === turn.startMs)) continue;
      turns.delete(index);
      const id = new Types.ObjectId(derivedId(backlog, index));
      const data = { index, turn: { ...turn } };
      backlog.events.push({ id, type: 'transcript.turn-recovered', source: 'system', data, at: new Date() });
      backlog.tried = true;
    }
  };

  return {
    async write(batch, foreign = false) {
      // What was on its way, or on a disk, when its call was erased is not written any more.
      const erased = await calls.erasedAmong([...batch.keys()]);
      const backlogs = [...batch.values()].filter(({ callId }) => !erased.has(callId));
      if (foreign) for (const backlog of backlogs) await yieldToOthers(backlog);
      await unwritten(backlogs);
      for (const backlog of backlogs) backlog.tried = true;
      for (let round = 1; ; round += 1) {
        await atMost(callsAtOnce, backlogs, reserve);
        if ((await append(backlogs)) === 0) break;
        if (round === mostRounds)
          throw new AppError('STORE_UNAVAILABLE', 'Event numbers are being taken by somebody else');
        await unwritten(backlogs);
      }
      if (options.noted) {
        for (const { callId, events: written } of backlogs)
          for (const event of written) options.noted(documentOf(callId, event));
      }
      await writeTurns(backlogs);
    },
  };
}

const documentOf = (callId: string, { id, seq, type, at, source, data }: PendingEvent): NewCallEvent => ({
  _id: id,
  callId: new Types.ObjectId(callId),
  seq: seq!,
  type,
  at,
  source,
  data,
});

/** The same id each time the same left-over turn is found, so that replaying twice writes one event. */
const derivedId = ({ callId }: CallBacklog, index: number): string =>
  `${callId.slice(0, 18)}${(0xf0_0000 + index).toString(16)}`;

/** Refused for what it is, and not because of the state of the store. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && error.code !== 'STORE_UNAVAILABLE' && error.code !== 'INTERNAL';

function clear(fields: Record<string, unknown>): void {
  for (const name of Object.keys(fields)) delete fields[name];
}

async function atMost<T>(limit: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
