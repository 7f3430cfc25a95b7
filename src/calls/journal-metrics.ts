import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface JournalMetrics {
  readonly flush: { observe(seconds: number): void };
  lost(kind: 'event' | 'turn' | 'note', count: number): void;
  spooled(bytes: number): void;
}

/** What the journal holds back and how fast it writes; the gauges are read when they are scraped. */
export function createJournalMetrics(
  registry: Registry,
  backlog: () => { readonly entries: number; readonly memoryBytes: number; readonly spoolBytes: number },
): JournalMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('parley_journal_pending', 'Entries of the call journal that are not in the store yet', () => backlog().entries);
  gauge('parley_journal_memory_bytes', 'What of it waits in memory, roughly', () => backlog().memoryBytes);
  gauge('parley_journal_spool_bytes', 'What of it waits on the disk', () => backlog().spoolBytes);
  const flush = new Histogram({
    name: 'parley_journal_flush_seconds',
    help: 'How long the store took for one batch of the call journal',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const lost = new Counter({
    name: 'parley_journal_lost_total',
    help: 'Entries of the call journal that could be kept nowhere',
    labelNames: ['kind'] as const,
    registers,
  });
  const spooled = new Counter({
    name: 'parley_journal_spooled_bytes_total',
    help: 'What the call journal wrote to the disk because the store was away',
    registers,
  });
  return {
    flush,
    lost: (kind, count) => lost.inc({ kind }, count),
    spooled: bytes => spooled.inc(bytes),
  };
}
