import { LRUCache } from 'lru-cache';
import type { LiveSession } from '../bridge/bridge.types.ts';
import '../calls/calls-events.ts';
import '../calls/transcript-events.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import { CallFlags, type FlagEvent } from './call-flags.ts';
import type { LiveFlag } from './live-contract.ts';

export interface FlagWatchOptions {
  readonly events: Pick<Events, 'on'>;
  readonly session: (callId: string) => LiveSession | undefined;
  /** What happened on a call until now, as it was written down. */
  readonly past: (
    callId: string,
  ) => Promise<{ readonly answeredAt: Date | null; readonly events: readonly FlagEvent[] }>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Keeps the flags of the calls that this process holds. */
export interface FlagWatch {
  of(session: LiveSession): readonly LiveFlag[];
  stop(): void;
}

const mostKnown = 20_000;

interface Book {
  flags: CallFlags;
  /** What came while the past is being read; null when there is none to read. */
  waiting: FlagEvent[] | null;
}

export function createFlagWatch({ events, session: sessionOf, past, logger, now }: FlagWatchOptions): FlagWatch {
  const books = new LRUCache<string, Book>({ max: mostKnown });

  function bookOf(session: LiveSession): Book {
    const { callId, resumed } = session;
    const known = books.get(callId);
    if (known) return known;
    const book: Book = { flags: new CallFlags(), waiting: resumed ? [] : null };
    books.set(callId, book);
    if (resumed) void recall(session, book);
    return book;
  }

  /** Another process had the call before, and may have died with what it knew: all is told again, in the order in which it was. */
  async function recall(session: LiveSession, book: Book): Promise<void> {
    try {
      const { answeredAt, events } = await past(session.callId);
      const flags = new CallFlags();
      const from = (answeredAt ?? session.startedAt).getTime();
      const turns = session.turns.flatMap(turn => (turn ? [{ turn, time: from + turn.endMs }] : []));
      const entries = [...events, ...(book.waiting ?? [])].map(event => ({ event, time: Date.parse(event.at) }));
      for (const each of [...turns, ...entries].sort((a, b) => a.time - b.time)) {
        if ('turn' in each) flags.said(each.turn, new Date(each.time).toISOString());
        else flags.happened(each.event);
      }
      book.flags = flags;
    } catch (err) {
      logger.warn({ err, attemptId: session.callId }, 'what happened on a call before could not be read for its flags');
    }
    book.waiting = null;
  }

  const stopListening = [
    events.on('calls.noted', ({ callId, event }) => {
      const session = sessionOf(callId);
      if (!session) return;
      const { flags, waiting } = bookOf(session);
      flags.happened(event);
      waiting?.push(event);
    }),
    events.on('transcript.appended', ({ callId, turn, at }) => {
      const session = sessionOf(callId);
      if (!session) return;
      const { flags } = bookOf(session);
      flags.said(turn, at.toISOString());
      if (turn.role === 'agent') flags.answered(session.turns, at.toISOString());
    }),
    events.on('calls.ended', ({ call }) => void books.delete(call.id)),
  ];

  return {
    of: session => bookOf(session).flags.at(now()),
    stop: () => {
      for (const stop of stopListening) stop();
    },
  };
}
