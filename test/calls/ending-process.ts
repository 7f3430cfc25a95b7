// Run by end-announcements.test.ts as a process of its own: ends a call, and is killed before anybody was told.
import { CallRepository } from '../../src/calls/call-repository.ts';
import type { CallView } from '../../src/calls/calls.types.ts';
import { createEndAnnouncements } from '../../src/calls/end-announcements.ts';
import { createEvents } from '../../src/events.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { createStore } from '../../src/store/open-store.ts';
import { silent } from '../helpers/store.ts';

const [uri] = process.argv.slice(2) as [string];
const link = await openConnection({ uri, poolMax: 2, logger: silent });
const calls = new CallRepository(
  createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() }),
);
const events = createEvents(error => console.error(error));
createEndAnnouncements({
  calls,
  events,
  // The moment in which it dies.
  announce: ({ id }) => new Promise(() => process.stdout.write(`${id}\n`)),
  logger: silent,
  now: () => new Date(),
});
const { _id } = await calls.begin({
  direction: 'outbound',
  to: '+13125550142',
  from: '+12125550100',
  state: 'completed',
  endedAt: new Date(),
});
const ended = await calls.conclude(_id, { outcome: 'conversation' });
events.publish('calls.ended', { call: calls.toApi(ended!) as CallView });
setInterval(() => undefined, 1_000);
