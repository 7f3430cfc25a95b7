// Measures how exactly campaigns are paced, and how fast a process claims and dials flat out. The carrier answers at once; the store runs
// in this process, the dialling processes beside it. Takes the seconds of each measurement (20 unless given), and
// the paces (1,5,30).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Types } from 'mongoose';
import { pino } from 'pino';
import { CallRepository } from '../../../src/calls/call-repository.ts';
import { SlotRepository } from '../../../src/calls/slot-repository.ts';
import { CampaignContactRepository } from '../../../src/campaigns/campaign-contact-repository.ts';
import { CampaignRepository } from '../../../src/campaigns/campaign-repository.ts';
import { PacerRepository } from '../../../src/campaigns/pacer-repository.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { inDatabase } from '../../../src/store/mongodb-uri.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { program } from '../../../test/helpers/program.ts';
import type { DialProcessOrder } from '../../prove/lib/dial-process-order.ts';

const seconds = Number(process.argv[2] ?? 20);
const paces = (process.argv[3] ?? '1,5,30').split(',').map(Number);
const logger = pino({ level: 'silent' });
const accountSid = `AC${'5a'.repeat(16)}`;

/** When each call was asked for, by milliseconds of this process's clock. */
let asked: number[] = [];
const carrier = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    asked.push(performance.now());
    const form = new URLSearchParams(body);
    const sid = `CA${randomBytes(16).toString('hex')}`;
    const call = { sid, status: 'queued', direction: 'outbound-api', to: form.get('To'), from: form.get('From') };
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(call));
  });
});
await new Promise<void>(resolve => carrier.listen(0, '127.0.0.1', resolve));
const carrierUrl = `http://127.0.0.1:${(carrier.address() as AddressInfo).port}`;
const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-campaigns-'));
const embedded = await startEmbedded({ dataDir, logger });

/** One campaign and so many processes that dial for it. */
async function measure(name: string, callsPerSecond: number, processes: number, campaignCount = 1): Promise<void> {
  const storeUri = inDatabase(embedded.uri, `bench_${randomBytes(4).toString('hex')}`);
  const link = await openConnection({ uri: storeUri, poolMax: 4, logger });
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
  const campaigns = new CampaignRepository(store);
  const people = new CampaignContactRepository(store);
  const others = [new CallRepository(store), new PacerRepository(store), new SlotRepository(store)];
  await Promise.all([campaigns, people, ...others].map(each => each.ensureIndexes()));
  let number = 0;
  const ids: string[] = [];
  for (let index = 0; index < campaignCount; index += 1) {
    const { _id } = await campaigns.create({
      name: 'Bench',
      state: 'running',
      contentClass: 'emergency',
      emergencyReason: 'It is a drill.',
      emergencyBy: 'user:1',
      record: false,
      amd: { mode: 'off' },
      pace: { callsPerSecond, maxConcurrent: 20_000 },
    } as never);
    ids.push(_id.toHexString());
    const count = Math.min(20_000, Math.ceil(callsPerSecond * (seconds + 15)) + 10);
    for (let done = 0; done < count; done += 1_000) {
      const some = Array.from({ length: Math.min(1_000, count - done) }, () => {
        number += 1;
        return { contactId: new Types.ObjectId(), phone: `+1312${2_000_000 + number}`, priority: 0, variant: null };
      });
      await people.join(_id, some);
    }
  }
  const order: DialProcessOrder = {
    storeUri,
    carrierUrl,
    accountSid,
    authToken: '7b'.repeat(16),
    publicOrigin: 'https://calls.example.com',
    from: '+12125550100',
    agentId: new Types.ObjectId().toHexString(),
    campaignId: ids[0]!,
    accountCallsPerSecond: Math.max(1_000, callsPerSecond),
    clockAheadMs: 0,
    dieAt: null,
    dieHow: 'after',
    amidMs: 0,
    givesUpMs: null,
    dialsOnly: true,
  };
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, program('scripts/prove/lib/dial-process.ts', JSON.stringify(order)), {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map(child => new Promise<void>(resolve => child.stdout.once('data', () => resolve()))));
  // The pace is measured once it is reached.
  await new Promise(resolve => setTimeout(resolve, 3_000));
  const from = performance.now();
  await new Promise(resolve => setTimeout(resolve, seconds * 1_000));
  const to = performance.now();
  const within = asked.filter(at => at >= from && at < to);
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map(child => new Promise(resolve => child.once('exit', resolve))));
  let most = 0;
  for (let first = 0, last = 0; last < within.length; last += 1) {
    while (within[last]! - within[first]! >= 1_000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  const reached = within.length / ((to - from) / 1_000);
  const wanted = callsPerSecond * campaignCount;
  console.log(
    `${name.padEnd(34)} wanted ${String(wanted).padStart(6)}/s  reached ${reached.toFixed(2).padStart(8)}/s (${((reached / wanted - 1) * 100).toFixed(1)} %)  at most ${most} in one second`,
  );
  asked = [];
  await store.close();
}

try {
  for (const pace of paces) {
    await measure(`pace ${pace}/s, one process`, pace, 1);
    await measure(`pace ${pace}/s, three processes`, pace, 3);
  }
  await measure('100 campaigns at 0.2/s, one process', 0.2, 1, 100);
  await measure('flat out, one process', 1_000, 1);
} finally {
  carrier.close();
  carrier.closeAllConnections();
  await embedded.close();
  await rm(dataDir, { recursive: true, force: true });
}
