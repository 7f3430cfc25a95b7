// Kills processes that dial for campaigns with -9, at every operation between the claim of a person and the end of their call, and
// compares with the carrier's own record: nobody is dialled twice, nobody is lost. Takes how many lives are to be ended (300 unless given)
// or --sample for a few, how many processes dial at once (1 unless given), and for how many campaigns each dials in lives of their own (24
// between them unless given; 1 is a process per life). Tells how many ended at which operation; 300 or more that never ended at one of them prove nothing
// about it, and fail.
import { spawn } from 'node:child_process';
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
import type { Crash, Death, DialProcessOrder } from './lib/dial-process-order.ts';

export interface CrashReport {
  /** Lives that began with an end before them. */
  readonly trials: number;
  /** Those that were ended by a process's kill -9, where they were to end. */
  readonly killed: number;
  readonly people: number;
  readonly dialled: number;
  /** Numbers that the carrier has more than one call to. */
  readonly twice: readonly string[];
  /** People who were neither dialled nor refused for good by the carrier, or not settled. */
  readonly lost: readonly string[];
  /** Those whose number the carrier refused for good, and who heard of nothing. */
  readonly refused: number;
  /** How many lives ended at each operation, by where in it. */
  readonly ends: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const publicOrigin = 'https://calls.example.com';
const from = '+12125550100';
/** Leases have run out, and what is in doubt is given up. */
const leapMs = 120_000;
/**
 * So many campaigns are dialled for at once, in lives of their own, so that a start is not paid for every trial. With more than two cores can
 * dial for, most lives are given up before they come to their end.
 */
const livesAtOnce = 24;

/** After so many rounds in which nobody is finished, whoever is left is lost. */
const mostInVain = 12;

/** What is written or asked between the claim of a person and the end of their call, in about this order; alone or for many at once. */
const crashPoints: Readonly<Record<string, readonly string[]>> = {
  claim: ['claimOne', 'claimMany'],
  'campaign pace': ['advance'],
  place: ['take', 'takeSome'],
  attempt: ['begin', 'beginMany'],
  'last look': ['keepClaims'],
  'about to dial': ['beginDiallingMany'],
  dial: ['dial'],
  'carrier’s id': ['placed'],
  news: ['applyNews'],
  conclusion: ['conclude'],
  'whose call': ['calledBy'],
  settlement: ['settle'],
  'place given back': ['free'],
  // Of a refusal, of an answer that was lost, and of what dead processes left behind.
  refusal: ['refuse'],
  'claim given back': ['unclaim'],
  doubt: ['doubt'],
  search: ['find'],
  'id found': ['attachSid'],
  'why it ends': ['noteEnding'],
  'given up': ['giveUp'],
  'looked later': ['lookLater'],
  'asked for': ['call'],
};
/** From so many lives on every named point must have been the end of one. */
const fullRun = 300;
const ways = ['before', 'amid', 'after'] as const;
const pointNames = Object.keys(crashPoints);
const pointOf = (operation: string): string => pointNames.find(name => crashPoints[name]!.includes(operation))!;

/** Every operation in every way, at its first and its second time. */
function crashOf(trial: number): Crash {
  const round = Math.floor(trial / pointNames.length);
  return {
    of: crashPoints[pointNames[trial % pointNames.length]!]!,
    how: ways[round % ways.length]!,
    nth: 1 + (Math.floor(round / ways.length) % 2),
  };
}

/** A store, a carrier and campaigns, without anybody who dials. */
async function startCrashSite(campaignCount: number) {
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
  const link = await openConnection({ uri: storeUri, poolMax: 10, logger });
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date(now()) });
  const campaigns = new CampaignRepository(store);
  const people = new CampaignContactRepository(store);
  const calls = new CallRepository(store);
  // Without their indexes nothing is unique.
  const others = [new PacerRepository(store), new SlotRepository(store)];
  for (const repository of [campaigns, people, calls, ...others]) await repository.ensureIndexes();
  const ids: Types.ObjectId[] = [];
  for (let index = 0; index < campaignCount; index += 1) {
    const { _id } = await campaigns.create({
      name: `Crashes ${index}`,
      state: 'running',
      contentClass: 'emergency',
      emergencyReason: 'It is a drill.',
      emergencyBy: 'user:1',
      record: false,
      amd: { mode: 'off' },
      pace: { callsPerSecond: 200, maxConcurrent: 100 },
      // Whoever was reached is not called again; whose call got lost on the way is.
      retry: { maxAttempts: 50, afterMinutes: { busy: [], failed: [1] } },
      breaker: { inARow: 1_000, share: 1, ofAtLeast: 1_000, withinSeconds: 1, pauseSeconds: 1 },
    } as never);
    ids.push(_id);
  }

  /** A process that dials for each campaign in a life of its own, which ends where it is said. */
  function start(crashes: readonly (Crash | null)[], givesUpMs = 12_000) {
    const order: DialProcessOrder = {
      storeUri,
      carrierUrl: twin.baseUrl,
      accountSid: twin.accountSid,
      authToken: twin.authToken,
      publicOrigin,
      from,
      agentId: new Types.ObjectId().toHexString(),
      campaignId: ids[0]!.toHexString(),
      accountCallsPerSecond: 500,
      clockAheadMs,
      givesUpMs,
      lives: ids.map((id, index) => ({ campaignId: id.toHexString(), crash: crashes[index] ?? null })),
    };
    const child = spawn(process.execPath, program('scripts/prove/lib/dial-process.ts', JSON.stringify(order)), {
      stdio: ['ignore', 'pipe', process.env['DIAL_LOG'] ? 'inherit' : 'ignore'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const died = new Promise<readonly Death[]>(resolve =>
      child.on('close', (_code, signal) => {
        const told = said.split('\n').find(line => line.startsWith('deaths '));
        resolve(signal === 'SIGKILL' && told ? (JSON.parse(told.slice('deaths '.length)) as Death[]) : []);
      }),
    );
    return { child, died };
  }

  async function unfinished(): Promise<number> {
    let left = 0;
    for (const id of ids) {
      if (!(await people.anyLeft(id))) continue;
      for await (const { state } of people.everybody(id)) if (state !== 'done') left += 1;
    }
    return left;
  }

  let added = 0;
  let met = 0;
  return {
    start,
    run: (crashes: readonly (Crash | null)[], givesUpMs?: number) => start(crashes, givesUpMs).died,
    leap: () => {
      clockAheadMs += leapMs;
    },
    /**
     * To each campaign so many. Of some the carrier refuses the first call, for now or for good, or does not say whether it took it, which
     * it sometimes did.
     */
    async addPeople(count: number, misfortunes = true): Promise<void> {
      for (const id of ids) {
        const newcomers = Array.from({ length: count }, () => {
          added += 1;
          return { contactId: new Types.ObjectId(), phone: `+1312${2_000_000 + added}`, priority: 0, variant: null };
        });
        for (const [index, { phone: to }] of newcomers.entries()) {
          const times = { operation: 'create', times: 1, to } as const;
          if (!misfortunes || index % 3 === 0) continue;
          met += 1;
          twin.control.addFault({ ...misfortuneOf(met), ...times });
        }
        await people.join(id, newcomers);
      }
    },
    /** Healthy processes finish what is left, as long as it gets less; what failed on the way is due a minute later. */
    async finish(): Promise<void> {
      let [left, inVain] = [await unfinished(), 0];
      while (left > 0 && inVain < mostInVain) {
        clockAheadMs += leapMs;
        await start([], 12_000).died;
        const now = await unfinished();
        inVain = now < left ? 0 : inVain + 1;
        left = now;
      }
    },
    async compare(): Promise<Pick<CrashReport, 'people' | 'dialled' | 'refused' | 'twice' | 'lost'>> {
      const dialled = new Map<string, number>();
      for (const { to } of twin.control.calls(1_000_000)) dialled.set(to, (dialled.get(to) ?? 0) + 1);
      const lost: string[] = [];
      const twice = [...dialled].filter(([, count]) => count > 1).map(([to]) => to);
      let refused = 0;
      for (const id of ids) {
        for await (const { state, phone, outcomes } of people.everybody(id)) {
          const isRefused = outcomes.at(-1) === 'invalid-number';
          if (state !== 'done' || dialled.has(phone) === isRefused)
            lost.push(`${phone} is ${state} after ${outcomes.join() || 'nothing'}`);
          // The carrier takes the second call: whoever is refused for good has none.
          if (outcomes.includes('invalid-number')) refused += 1;
        }
      }
      return { people: added, dialled: dialled.size, refused, twice, lost };
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

/**
 * Until so many lives have ended, round after round people are added to the campaigns, and processes dial for all of them: each campaign
 * in a life of its own that ends at an operation of its own. Once every life of a process has come there, or has nothing left to do, the
 * process kills itself with -9. At the end healthy ones finish.
 */
export async function dialCrashes(
  wanted: number,
  {
    processes = 1,
    lives = Math.ceil(livesAtOnce / processes),
  }: { readonly processes?: number; readonly lives?: number } = {},
  say: (line: string) => void = () => {},
): Promise<CrashReport> {
  const atOnce = Math.min(lives, Math.ceil((2 * wanted) / processes));
  const site = await startCrashSite(atOnce);
  try {
    const ends: Record<string, Record<string, number>> = {};
    let [trial, killed] = [0, 0];
    const isDone = () => killed >= wanted && (wanted < fullRun || pointNames.every(name => ends[name]));
    // Some lives have nothing to do where they were to end.
    for (let round = 0; !isDone() && trial < 4 * wanted; round += 1) {
      // Enough for all of them, as one claims several at once.
      await site.addPeople(3 * processes);
      const deaths = Array.from({ length: processes }, () =>
        site.run(Array.from({ length: atOnce }, () => crashOf(trial++))),
      );
      for (const { operation, how } of (await Promise.all(deaths)).flat()) {
        killed += 1;
        const point = pointOf(operation);
        ends[point] = { ...ends[point], [how]: (ends[point]?.[how] ?? 0) + 1 };
      }
      site.leap();
      if (round % Math.ceil(120 / atOnce / processes) === 0)
        say(`${killed} of ${trial} lives ended where they were to`);
    }
    await site.finish();
    return { trials: trial, killed, ...(await site.compare()), ends };
  } finally {
    await site.close();
  }
}

/**
 * Freezes a process before this operation of its first call, until others have gone past its lease and called everybody; beside it
 * processes die at these operations.
 */
export async function frozenDialler(
  point: 'last look' | 'about to dial' | 'attempt',
  deaths: readonly number[] = [],
): Promise<CrashReport> {
  const site = await startCrashSite(1);
  try {
    await site.addPeople(2, false);
    const { child, died } = site.start([{ of: crashPoints[point]!, nth: 1, how: 'freeze' }], 8_000);
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: string) => text.includes('frozen') && resolve());
      child.on('exit', () => reject(new Error('the process ended before it could be frozen')));
    });
    await site.addPeople(2 * deaths.length, false);
    const dying = deaths.map((nth, index) => site.run([{ of: null, nth, how: ways[index % ways.length]! }], 4_000));
    const killed = (await Promise.all(dying)).flat().length;
    await site.finish();
    child.kill('SIGCONT');
    await died;
    await site.finish();
    return { trials: 1 + deaths.length, killed, ...(await site.compare()), ends: {} };
  } finally {
    await site.close();
  }
}

/** What the carrier does to a first call: each in its turn. */
function misfortuneOf(count: number) {
  switch (count % 5) {
    case 0:
      return { kind: 'rest-503' } as const;
    case 1:
      return { kind: 'rest-500', afterPlacing: false } as const;
    case 2:
      return { kind: 'rest-500', afterPlacing: true } as const;
    case 3:
      return { kind: 'rest-429' } as const;
    default:
      return { kind: 'rest-refused', vendorCode: 21_211 } as const;
  }
}

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
  const [first, processes = 1, lives] = process.argv.slice(2);
  const wanted = first === '--sample' ? 12 : Number(first ?? 300);
  const began = performance.now();
  const report = await dialCrashes(
    wanted,
    { processes: Number(processes), ...(lives ? { lives: Number(lives) } : {}) },
    console.log,
  );
  const { ends, ...found } = report;
  console.table(Object.fromEntries(pointNames.map(name => [name, ends[name] ?? {}])), [...ways]);
  const unreached = wanted >= fullRun ? pointNames.filter(name => !ends[name]) : [];
  console.log({ ...found, unreached, seconds: Math.round((performance.now() - began) / 1_000) });
  process.exit(found.twice.length + found.lost.length + unreached.length > 0 ? 1 : 0);
}
