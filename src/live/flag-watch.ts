import { LRUCache } from 'lru-cache';
import type { LiveSession } from '../bridge/bridge.types.ts';
import '../calls/calls-events.ts';
import '../calls/transcript-events.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import { CallFlags, type FlagEvent, withoutWords } from './call-flags.ts';
import type { LiveFlag } from './live-contract.ts';

export interface FlagWatchOptions {
  readonly events: Pick<Events, 'on'>;
  readonly session: (callId: string) => LiveSession | undefined;
  readonly sessions: () => readonly LiveSession[];
  /** Writes down why a person should look at a call. */
  readonly keep: (callId: string, flags: readonly LiveFlag[]) => Promise<void>;
  /** What happened on a call until now, as it was written down. */
  readonly past: (
    callId: string,
  ) => Promise<{ readonly answeredAt: Date | null; readonly events: readonly FlagEvent[] }>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Knows the flags of the calls that this process holds, and writes them down for everybody else. */
export interface FlagWatch {
  of(session: LiveSession): readonly LiveFlag[];
  /** Writes down what is new, of calls that this process holds and of those that left it. Never rejects. */
  write(): Promise<void>;
  stop(): void;
}

const mostKnown = 20_000;

interface Book {
  flags: CallFlags;
  /** What came while the past is being read; null when there is none to read. */
  waiting: FlagEvent[] | null;
  /** What was written down last, as one word. */
  written: string;
  /** Since when the call is not here any more. */
  goneSince: number | null;
}

/** A call that was passed on may come back; after this it is another process's, or nobody's. */
const forgottenMs = 60_000;

/** So many are written down at once: should an agent's vendor fail, all calls have news in the same second. */
const writesAtOnce = 8;

export function createFlagWatch(options: FlagWatchOptions): FlagWatch {
  const { events, session: sessionOf, sessions, keep, past, logger, now } = options;
  const books = new LRUCache<string, Book>({ max: mostKnown });

  function bookOf(session: LiveSession): Book {
    const { callId, resumed } = session;
    const known = books.get(callId);
    if (known) return known;
    const book: Book = { flags: new CallFlags(), waiting: resumed ? [] : null, written: '', goneSince: null };
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

  let writing: Promise<void> | undefined;

  async function writeOne(callId: string, book: Book, flags: readonly LiveFlag[]): Promise<void> {
    const word = flags.map(({ kind, at }) => `${kind} ${at}`).join('\n');
    if (word === book.written) return;
    const before = book.written;
    book.written = word;
    try {
      await keep(callId, flags.map(withoutWords));
    } catch (err) {
      book.written = before;
      logger.warn({ err, attemptId: callId }, 'the flags of a call could not be written down; tried again');
    }
  }

  async function writeAll(): Promise<void> {
    const at = now();
    const due: (() => Promise<void>)[] = sessions().map(session => {
      const book = bookOf(session);
      // What another process knew is not overwritten by what is not read again yet.
      return async () => (book.waiting ? undefined : writeOne(session.callId, book, book.flags.at(at)));
    });
    for (const [callId, book] of books.entries()) {
      const gone = sessionOf(callId) === undefined;
      book.goneSince = gone ? (book.goneSince ?? at) : null;
      if (!gone) continue;
      if (at - book.goneSince! > forgottenMs) books.delete(callId);
      else due.push(() => writeOne(callId, book, book.flags.all(at)));
    }
    const worker = async () => {
      for (let next = due.pop(); next; next = due.pop()) await next();
    };
    await Promise.all(Array.from({ length: writesAtOnce }, worker));
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
    events.on('calls.ended', ({ call }) => {
      const book = books.get(call.id);
      if (!book) return;
      books.delete(call.id);
      void writeOne(call.id, book, book.flags.all(now()));
    }),
  ];

  return {
    of: session => bookOf(session).flags.at(now()),
    write() {
      writing ??= writeAll().finally(() => {
        writing = undefined;
      });
      return writing;
    },
    stop: () => {
      for (const stop of stopListening) stop();
    },
  };
}
