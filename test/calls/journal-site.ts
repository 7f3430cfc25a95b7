import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Types } from 'mongoose';
import { Counter } from 'prom-client';
import type { SpokenTurn } from '../../src/bridge/bridge.types.ts';
import type { NewCall } from '../../src/calls/call-document.ts';
import { CallEventRepository } from '../../src/calls/call-event-repository.ts';
import { createCallJournal, type JournalLimits, type RunningJournal } from '../../src/calls/call-journal.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import { createJournalSpool, type JournalSpool } from '../../src/calls/journal-spool.ts';
import { createJournalWriter, type JournalWriter } from '../../src/calls/journal-writer.ts';
import { TranscriptRepository } from '../../src/calls/transcript-repository.ts';
import type { DomainEvents } from '../../src/events.ts';
import { createSealer } from '../../src/store/seal.ts';
import type { RepositoryContext } from '../../src/store/store.ts';
import { silent } from '../helpers/store.ts';

type Teardown = { teardown(fn: () => unknown): void };

export interface JournalSite {
  readonly journal: RunningJournal;
  readonly spool: JournalSpool;
  readonly folder: string;
  readonly published: DomainEvents['transcript.appended'][];
  readonly lost: Record<'event' | 'turn' | 'note', number>;
}

export interface SiteOptions {
  readonly writer: JournalWriter | ((lost: (kind: 'event' | 'turn' | 'note', count: number) => void) => JournalWriter);
  readonly folder?: string;
  readonly spool?: JournalSpool;
  readonly key?: Uint8Array;
  readonly limits?: Partial<JournalLimits>;
}

/** Quick enough for tests; the proportions are those of the product. */
const quick = { flushMs: 20, patienceMs: 150, retryMs: 40, closeMs: 500 };

export async function startJournal(t: Teardown, options: SiteOptions): Promise<JournalSite> {
  const folder = options.folder ?? (await tempFolder(t));
  const lost = { event: 0, turn: 0, note: 0 };
  const count = (kind: keyof typeof lost, many: number) => {
    lost[kind] += many;
  };
  const spool =
    options.spool ??
    createJournalSpool({
      folder,
      processId: new Types.ObjectId().toHexString(),
      sealer: createSealer(options.key ? [options.key] : []),
      logger: silent,
    });
  const spooled = new Counter({ name: 'spooled', help: 'As in the product: what falls is an error.', registers: [] });
  const published: DomainEvents['transcript.appended'][] = [];
  const journal = createCallJournal({
    writer: typeof options.writer === 'function' ? options.writer(count) : options.writer,
    spool,
    events: { publish: (_name, event) => void published.push(event as DomainEvents['transcript.appended']) },
    logger: silent,
    metrics: { flush: { observe: () => undefined }, lost: count, spooled: bytes => spooled.inc(bytes) },
    now: () => new Date(),
    limits: { ...quick, ...options.limits },
  });
  t.teardown(() => journal.close());
  return { journal, spool, folder, published, lost };
}

export async function tempFolder(t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-journal-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Records {
  readonly calls: CallRepository;
  readonly events: CallEventRepository;
  readonly transcripts: TranscriptRepository;
  newCall(): Promise<string>;
  /** What the store has of a call's events, in order. */
  eventsOf(callId: string): Promise<{ seq: number; type: string; data: Record<string, unknown> }[]>;
  textsOf(callId: string): Promise<(string | undefined)[]>;
}

export async function openRecords(store: RepositoryContext): Promise<Records> {
  const calls = new CallRepository(store);
  const events = new CallEventRepository(store);
  const transcripts = new TranscriptRepository(store);
  for (const each of [calls, events, transcripts]) await each.ensureIndexes();
  return {
    calls,
    events,
    transcripts,
    async newCall() {
      const call: NewCall = { direction: 'outbound', to: '+12125550100', from: '+12125550101' };
      return (await calls.create(call as never))._id.toHexString();
    },
    async eventsOf(callId) {
      const found: { seq: number; type: string; data: Record<string, unknown> }[] = [];
      for await (const { seq, type, data } of events.ofCall(callId)) found.push({ seq, type, data });
      return found;
    },
    async textsOf(callId) {
      return ((await transcripts.ofCall(callId))?.turns ?? []).map(turn => turn?.text);
    },
  };
}

export const writerTo =
  ({ calls, events, transcripts }: Records) =>
  (lost: (kind: 'event' | 'turn' | 'note', count: number) => void): JournalWriter =>
    createJournalWriter({ calls, events, transcripts, logger: silent, lost });

export const turnOf = (text: string, startMs = 0): SpokenTurn => ({
  role: 'agent',
  text,
  startMs,
  endMs: startMs + 500,
  interrupted: false,
});

/** Waits for a condition instead of a time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (;;) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
