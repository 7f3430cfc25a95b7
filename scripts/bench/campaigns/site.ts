import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
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
import { CampaignEventRepository } from '../../../src/campaigns/campaign-event-repository.ts';
import { createCampaignLog, outboxEntry } from '../../../src/campaigns/campaign-log.ts';
import { CampaignRepository } from '../../../src/campaigns/campaign-repository.ts';
import { PacerRepository } from '../../../src/campaigns/pacer-repository.ts';
import { createEvents } from '../../../src/events.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { inDatabase } from '../../../src/store/mongodb-uri.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { program } from '../../../test/helpers/program.ts';
import type { DialProcessOrder, DialProcessUse } from '../../prove/lib/dial-process-order.ts';
import { judgeBench } from './judging.ts';

export type BenchSite = Awaited<ReturnType<typeof startBenchSite>>;
export type DialProcess = ChildProcess;

const pieceSize = 1_000;

/** A store of its own process, and a carrier that answers at once and notes when it was asked. */
export async function startBenchSite() {
  const logger = pino({ level: 'silent' });
  /** When each call was asked for, by milliseconds of this process's clock. */
  const asked: number[] = [];
  /** The carrier's own record of what it took. */
  const taken: { readonly sid: string; readonly at: number }[] = [];
  const carrier = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      asked.push(performance.now());
      const form = new URLSearchParams(body);
      const sid = `CA${randomBytes(16).toString('hex')}`;
      taken.push({ sid, at: Date.now() });
      const call = { sid, status: 'queued', direction: 'outbound-api', to: form.get('To'), from: form.get('From') };
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(call));
    });
  });
  await once(carrier.listen(0, '127.0.0.1'), 'listening');
  const carrierUrl = `http://127.0.0.1:${(carrier.address() as AddressInfo).port}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-campaigns-'));
  const store = start('scripts/bench/campaigns/store.ts', dataDir);
  const [storeUri] = (await once(store, 'message')) as [string];

  /** So many running campaigns of equal pace in an empty database, with so many people each. */
  async function campaignsOf(callsPerSecond: number, campaignCount: number, peopleEach: number) {
    const uri = inDatabase(storeUri, `bench_${randomBytes(4).toString('hex')}`);
    const link = await openConnection({ uri, poolMax: 4, logger });
    const context = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
    const campaigns = new CampaignRepository(context);
    const people = new CampaignContactRepository(context);
    const entries = new CampaignEventRepository(context);
    const others = [new CallRepository(context), new PacerRepository(context), new SlotRepository(context)];
    await Promise.all([campaigns, people, entries, ...others].map(each => each.ensureIndexes()));
    const log = createCampaignLog({
      campaigns,
      entries,
      events: createEvents(err => logger.error({ err })),
      logger,
      now: () => new Date(),
    });
    const move = (id: string, name: 'start' | 'started', startedAt: Date | null) =>
      campaigns.move(id, name, {
        set: { startedAt },
        entry: (from, to) => outboxEntry('campaign.moved', 'user:1', new Date(), { move: name, from, to }),
      });
    const ids: string[] = [];
    let number = 0;
    for (let index = 0; index < campaignCount; index += 1) {
      const { _id } = await campaigns.create({
        name: 'Bench',
        state: 'idle',
        contentClass: 'emergency',
        emergencyReason: 'It is a drill.',
        emergencyBy: 'user:1',
        record: false,
        amd: { mode: 'off' },
        pace: { callsPerSecond, maxConcurrent: 20_000 },
      } as never);
      ids.push(_id.toHexString());
      for (let done = 0; done < peopleEach; done += pieceSize) {
        const some = Array.from({ length: Math.min(pieceSize, peopleEach - done) }, () => {
          number += 1;
          return { contactId: new Types.ObjectId(), phone: `+1312${2_000_000 + number}`, priority: 0, variant: null };
        });
        await people.join(_id, some);
      }
    }
    // Written into their logs as always, so that they can be judged.
    for (const id of ids) {
      await move(id, 'start', null);
      const running = await move(id, 'started', new Date());
      if (!running) throw new Error('a campaign of the bench could not be started');
      await log.flush(running);
    }
    await context.close();
    return { uri, ids };
  }

  /** Processes that dial for all that runs in this database; resolves when they have begun. */
  async function dialers(count: number, uri: string, accountCallsPerSecond: number): Promise<DialProcess[]> {
    const order: DialProcessOrder = {
      storeUri: uri,
      carrierUrl,
      accountSid: `AC${'5a'.repeat(16)}`,
      authToken: '7b'.repeat(16),
      publicOrigin: 'https://calls.example.com',
      from: '+12125550100',
      agentId: new Types.ObjectId().toHexString(),
      campaignId: new Types.ObjectId().toHexString(),
      accountCallsPerSecond,
      clockAheadMs: 0,
      givesUpMs: null,
      dialsOnly: true,
      counts: true,
      logs: true,
    };
    const children = Array.from({ length: count }, () =>
      start('scripts/prove/lib/dial-process.ts', JSON.stringify(order)),
    );
    await Promise.all(children.map(child => once(child.stdout!, 'data')));
    return children;
  }

  return {
    asked,
    taken,
    store,
    /** The verdicts over what was just dialled. */
    judge: (uri: string, ids: readonly string[], accountCallsPerSecond: number) =>
      judgeBench({ uri, ids, accountCallsPerSecond, carrierCalls: taken, logger }),
    campaignsOf,
    dialers,
    async close(): Promise<void> {
      carrier.close();
      carrier.closeAllConnections();
      store.send('stop');
      await once(store, 'exit');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const start = (source: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [...(process.env['BENCH_FLAGS']?.split(' ') ?? []), ...program(source, ...args)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });

/** What a process has used since its start. */
export async function useOf(child: ChildProcess): Promise<DialProcessUse> {
  child.send('use');
  const [use] = (await once(child, 'message')) as [DialProcessUse];
  return use;
}

export async function stop(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map(child => once(child, 'exit')));
}
