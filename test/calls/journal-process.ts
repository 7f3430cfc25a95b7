// Run by journal-outage.test.ts as a process of its own: says something of a call all the time, whatever the store does.
import { pino } from 'pino';
import { createCallJournal } from '../../src/calls/call-journal.ts';
import { createJournalSpool } from '../../src/calls/journal-spool.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { createStore } from '../../src/store/open-store.ts';
import { createSealer } from '../../src/store/seal.ts';
import { openRecords, turnOf, writerTo } from './journal-site.ts';

const [uri, folder, callId, key] = process.argv.slice(2) as [string, string, string, string];
const logger = pino({ level: 'silent' });
const link = await openConnection({ uri, poolMax: 5, logger, serverSelectionMs: 500 });
const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
const records = await openRecords(store);
const spool = createJournalSpool({
  folder,
  processId: 'child',
  sealer: createSealer([Buffer.from(key, 'hex')]),
  logger,
});
const journal = createCallJournal({
  writer: writerTo(records)(() => undefined),
  spool,
  events: { publish: () => undefined },
  logger,
  metrics: { flush: { observe: () => undefined }, lost: () => undefined, spooled: () => undefined },
  now: () => new Date(),
});
let number = 0;
setInterval(() => {
  journal.event(callId, 'tick', 'bridge', { number });
  journal.turn(callId, number, turnOf(`turn ${number}`, number * 10));
  process.stdout.write(`${number} ${journal.backlog.spoolBytes}\n`);
  number += 1;
}, 10);
