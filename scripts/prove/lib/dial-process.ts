// Run as a process of its own: dials for campaigns with the product's own parts over a shared store, and kills itself where it is told to.

import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { CampaignEventRepository } from '../../../src/campaigns/campaign-event-repository.ts';
import { type CampaignLog, createCampaignLog } from '../../../src/campaigns/campaign-log.ts';
import { CampaignRepository } from '../../../src/campaigns/campaign-repository.ts';
import type { DialerMoves } from '../../../src/campaigns/dialer.types.ts';
import { createEvents } from '../../../src/events.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { createStore } from '../../../src/store/open-store.ts';
import type { Crash, Death, DialProcessOrder, DialProcessUse, Life } from './dial-process-order.ts';
import { alwaysClosed, createProofWorld, type DialWorld } from './dial-world.ts';
import { createMortality } from './mortality.ts';

const order = JSON.parse(process.argv[2]!) as DialProcessOrder;
const logger = pino({ level: process.env['DIAL_LOG'] ?? 'silent' });

const link = await openConnection({ uri: order.storeUri, poolMax: 20, logger });
/** What was asked of the store, by collection and command; told to whoever measures. */
const commands = new Map<string, number>();
if (order.counts) {
  link.mongoose.getClient().on('commandStarted', ({ commandName, command }) => {
    const name = `${String(command[commandName])} ${commandName}`;
    commands.set(name, (commands.get(name) ?? 0) + 1);
  });
}

/** Entries that are being written. */
const entriesUnderWay = new Set<Promise<void>>();
const log = order.logs ? logOf() : undefined;
function logOf(): CampaignLog {
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
  return createCampaignLog({
    campaigns: new CampaignRepository(store),
    entries: new CampaignEventRepository(store),
    events: createEvents(err => logger.error({ err })),
    logger,
    now: () => new Date(Date.now() + order.clockAheadMs),
  });
}
const moves: DialerMoves = {
  fail: async () => true,
  pause: async () => true,
  note: async (...entry) => {
    const written = log?.note(...entry);
    if (!written) return;
    entriesUnderWay.add(written);
    await written.finally(() => entriesUnderWay.delete(written));
  },
};

const lives = order.lives ?? [{ crash: null }];
/** Lives that go on; the process is killed when nothing but ended ones is left of those that can end. */
const living = new Set<Promise<void>>();
const deaths: Death[] = [];
const killAll = () => {
  // Written at once: nothing of this process runs after the next line.
  writeSync(1, `deaths ${JSON.stringify(deaths)}\n`);
  process.kill(process.pid, 'SIGKILL');
};

/** Lives whose end is still awaited, so that the last one ends with the process at exactly its operation. */
let awaited = 0;
/** All have been given up; who ends now takes the process with it, which would wait for the dead otherwise. */
let leaving = false;
function begin(
  { campaignId, crash }: Pick<Life, 'crash'> & { readonly campaignId?: string },
  index: number,
): DialWorld {
  let hasEnded: () => void = () => undefined;
  const mortality = createMortality(crash, ({ how }: Crash, operation) => {
    if (how === 'freeze') {
      writeSync(1, 'frozen\n');
      process.kill(process.pid, 'SIGSTOP');
      return;
    }
    deaths.push({ campaignId: campaignId ?? '', operation, how });
    awaited -= 1;
    if (awaited === 0 || leaving) {
      if (how === 'amid') setTimeout(killAll, index % 7);
      else killAll();
    }
    hasEnded();
  });
  const world = createProofWorld({
    order,
    link,
    campaignId,
    owner: `process-${process.pid}-${index}`,
    mortality,
    logger,
    moves,
    // The carrier fails on purpose, and what lives share must not end them together.
    ...(order.lives ? { circuits: alwaysClosed } : {}),
  });
  if (crash && crash.how !== 'freeze') awaited += 1;
  const over = new Promise<void>(resolve => {
    hasEnded = resolve;
  });
  if (!order.dialsOnly) living.add(Promise.race([over, live(world, () => mortality.isOver)]));
  return world;
}

/** However long it took to start. */
const startedAt = performance.now();
async function live(world: DialWorld, isOver: () => boolean): Promise<void> {
  for (let quiet = 0; quiet < 2 && !isOver(); ) {
    quiet = (await world.round()) ? quiet + 1 : 0;
    if (order.givesUpMs !== null && performance.now() - startedAt > order.givesUpMs) break;
    await new Promise(resolve => setTimeout(resolve, 50 + 10 * lives.length));
  }
}

const worlds = lives.map(begin);
for (const world of worlds) world.start();
process.stdout.write('started\n');
if (process.send) {
  process.on('message', () => {
    const use: DialProcessUse = { cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), commands: [...commands] };
    process.send?.(use);
  });
}
process.on('SIGTERM', async () => {
  await Promise.all(worlds.map(world => world.stop()));
  await Promise.allSettled(entriesUnderWay);
  process.exit(0);
});
while (order.dialsOnly) await new Promise(resolve => setTimeout(resolve, 1_000));
await Promise.all(living);
if (deaths.length > 0) killAll();
leaving = true;
await Promise.all(worlds.map(world => world.stop()));
process.exit(0);
