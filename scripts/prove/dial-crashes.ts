// Kills processes that dial for a campaign with -9, at every operation between the claim of a person and the end of their call, and
// compares with the carrier's own record: nobody is dialled twice, nobody is lost. Takes the number of trials (300 unless given) and of
// processes that dial at once (1 unless given), or --sample for a few.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Types } from 'mongoose';
import { pino } from 'pino';
import { CallRepository } from '../../src/calls/call-repository.ts';
import { SlotRepository } from '../../src/calls/slot-repository.ts';
import { CampaignContactRepository } from '../../src/campaigns/campaign-contact-repository.ts';
import { CampaignRepository } from '../../src/campaigns/campaign-repository.ts';
import { PacerRepository } from '../../src/campaigns/pacer-repository.ts';
import { createClipLibrary } from '../../src/sandbox/audio/clip-library.ts';
import { startCarrierTwin } from '../../src/sandbox/carrier/carrier-twin.ts';
import type { TwinClock } from '../../src/sandbox/clock.ts';
import { parseScenario } from '../../src/sandbox/scenarios/scenario.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { createStore } from '../../src/store/open-store.ts';
import { program } from '../../test/helpers/program.ts';
import type { DialProcessOrder } from './lib/dial-process-order.ts';

export interface CrashReport {
  readonly trials: number;
  /** Processes that died of -9. */
  readonly killed: number;
  readonly people: number;
  readonly dialled: number;
  /** Numbers that the carrier has more than one call to. */
  readonly twice: readonly string[];
  /** People who were not dialled, or not settled. */
  readonly lost: readonly string[];
}

const publicOrigin = 'https://calls.example.com';
const from = '+12125550100';
const peoplePerTrial = 3;
/** Leases have run out, and what is in doubt is given up. */
const leapMs = 120_000;
const mostOperations = 45;

type Death = Pick<DialProcessOrder, 'dieAt' | 'dieHow' | 'amidMs' | 'givesUpMs' | 'dieOf'>;
const healthy: Death = { dieAt: null, dieHow: 'after', amidMs: 0, givesUpMs: 30_000 };

/** A store, a carrier and a campaign, without anybody who dials. */
async function startCrashSite() {
  const logger = pino({ level: 'silent' });
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-dial-crashes-'));
  const embedded = await startEmbedded({ dataDir, logger });
  const storeUri = inDatabase(embedded.uri, 'crashes');
  let clockAheadMs = 0;
  const now = () => Date.now() + clockAheadMs;
  const listener = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const twin = await startCarrierTwin({
    callsPerSecond: 1_000,
    clock: leapingClock(now),
    recognise: false,
    deliver: { [publicOrigin]: `http://127.0.0.1:${port}` },
    scenario: parseScenario(everybodyIsBusy, createClipLibrary([])),
    phoneNumber: from,
  });
  const link = await openConnection({ uri: storeUri, poolMax: 4, logger });
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date(now()) });
  const campaigns = new CampaignRepository(store);
  const people = new CampaignContactRepository(store);
  const calls = new CallRepository(store);
  // Without their indexes nothing is unique.
  await Promise.all(
    [campaigns, people, calls, new PacerRepository(store), new SlotRepository(store)].map(each => each.ensureIndexes()),
  );
  const { _id: campaignId } = await campaigns.create({
    name: 'Crashes',
    state: 'running',
    contentClass: 'emergency',
    emergencyReason: 'It is a drill.',
    emergencyBy: 'user:1',
    record: false,
    amd: { mode: 'off' },
    pace: { callsPerSecond: 200, maxConcurrent: 100 },
    // Whoever was reached is not called again; whose call got lost on the way is.
    retry: { maxAttempts: 10, afterMinutes: { busy: [], failed: [1] } },
    breaker: { inARow: 1_000, share: 1, ofAtLeast: 1_000, withinSeconds: 1, pauseSeconds: 1 },
  } as never);

  function start(death: Death): { child: ChildProcess; died: Promise<boolean> } {
    const order: DialProcessOrder = {
      storeUri,
      carrierUrl: twin.baseUrl,
      accountSid: twin.accountSid,
      authToken: twin.authToken,
      publicOrigin,
      from,
      agentId: new Types.ObjectId().toHexString(),
      campaignId: campaignId.toHexString(),
      accountCallsPerSecond: 500,
      clockAheadMs,
      ...death,
    };
    const child = spawn(process.execPath, program('scripts/prove/lib/dial-process.ts', JSON.stringify(order)), {
      stdio: ['ignore', 'pipe', process.env['DIAL_LOG'] ? 'inherit' : 'ignore'],
    });
    return { child, died: new Promise(resolve => child.on('exit', (_code, signal) => resolve(signal === 'SIGKILL'))) };
  }

  let added = 0;
  return {
    start,
    run: (death: Death): Promise<boolean> => start(death).died,
    leap: () => {
      clockAheadMs += leapMs;
    },
    async addPeople(count: number): Promise<void> {
      const newcomers = Array.from({ length: count }, () => {
        added += 1;
        return { contactId: new Types.ObjectId(), phone: `+1312${2_000_000 + added}`, priority: 0, variant: null };
      });
      await people.join(campaignId, newcomers);
    },
    /** Healthy processes finish what is left; what failed on the way is due a minute later. */
    async finish(): Promise<void> {
      for (let round = 0; round < 8 && (await people.anyLeft(campaignId)); round += 1) {
        clockAheadMs += leapMs;
        await start(healthy).died;
      }
    },
    async compare(): Promise<Pick<CrashReport, 'people' | 'dialled' | 'twice' | 'lost'>> {
      const dialled = new Map<string, number>();
      for (const { to } of twin.control.calls(1_000_000)) dialled.set(to, (dialled.get(to) ?? 0) + 1);
      const lost: string[] = [];
      for await (const { state, phone, outcomes } of people.everybody(campaignId)) {
        if (state !== 'done' || !dialled.has(phone))
          lost.push(`${phone} is ${state} after ${outcomes.join() || 'nothing'}`);
      }
      const twice = [...dialled].filter(([, count]) => count > 1).map(([to]) => to);
      return { people: added, dialled: dialled.size, twice, lost };
    },
    async close(): Promise<void> {
      await store.close();
      await twin.close();
      await new Promise(resolve => listener.close(resolve));
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Trials one after the other on one campaign: people are added, processes dial and die; at the end healthy ones finish it. */
export async function dialCrashes(
  trials: number,
  processes = 1,
  say: (line: string) => void = () => {},
): Promise<CrashReport> {
  const site = await startCrashSite();
  try {
    let killed = 0;
    for (let trial = 0; trial < trials; ) {
      await site.addPeople(peoplePerTrial * processes);
      const deaths = Array.from({ length: processes }, () => {
        trial += 1;
        // Every operation in every way, and a few trials are spread over all of them.
        const dieAt = 1 + ((trial * 7) % mostOperations);
        const way = (trial + Math.floor(trial / mostOperations)) % ways.length;
        return site.run({ dieAt, dieHow: ways[way]!, amidMs: trial % 7, givesUpMs: 15_000 });
      });
      killed += (await Promise.all(deaths)).filter(died => died).length;
      site.leap();
      if (trial % 15 === 0) say(`${trial} trials, ${killed} processes killed`);
    }
    await site.finish();
    return { trials, killed, ...(await site.compare()) };
  } finally {
    await site.close();
  }
}

/**
 * Freezes a process before this operation of its first call, until others have gone past its lease and called everybody; beside it
 * processes die at these operations.
 */
export async function frozenDialler(
  operation: 'keepClaim' | 'beginDialling' | 'begin',
  deaths: readonly number[] = [],
): Promise<CrashReport> {
  const site = await startCrashSite();
  try {
    await site.addPeople(2);
    const { child, died } = site.start({ dieAt: 1, dieHow: 'freeze', dieOf: operation, amidMs: 0, givesUpMs: 8_000 });
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (bytes: Buffer) => bytes.includes('frozen') && resolve());
      child.on('exit', () => reject(new Error('the process ended before it could be frozen')));
    });
    await site.addPeople(2 * deaths.length);
    const dying = deaths.map((dieAt, index) =>
      site.run({ dieAt, dieHow: ways[index % ways.length]!, amidMs: 2, givesUpMs: 4_000 }),
    );
    const killed = (await Promise.all(dying)).filter(each => each).length;
    await site.finish();
    child.kill('SIGCONT');
    await died;
    await site.finish();
    return { trials: 1 + deaths.length, killed, ...(await site.compare()) };
  } finally {
    await site.close();
  }
}

const ways = ['before', 'amid', 'after'] as const;

const everybodyIsBusy = `
name: busy
people:
  - { id: busy, name: Somebody busy, answer: busy }
weights: { busy: 1 }
`;

/** The carrier's clock leaps with everybody else's; its calls go on at a hundred times the pace. */
function leapingClock(now: () => number): TwinClock {
  const scale = 100;
  const clock: TwinClock = {
    scale,
    now,
    after(twinMs, run) {
      const timer = setTimeout(run, Math.max(0, twinMs / scale));
      return { cancel: () => clearTimeout(timer) };
    },
    wait: (twinMs, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve();
        const timer = clock.after(twinMs, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          resolve();
        });
      }),
  };
  return clock;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first, second] = process.argv.slice(2);
  const trials = first === '--sample' ? 6 : Number(first ?? 300);
  const report = await dialCrashes(trials, Number(second ?? 1), console.log);
  console.log(report);
  process.exit(report.twice.length + report.lost.length > 0 ? 1 : 0);
}
