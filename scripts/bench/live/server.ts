import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Types } from 'mongoose';
import { buildApp } from '../../../src/app.ts';
import type { LiveSession } from '../../../src/bridge/bridge.types.ts';
import type { CallView } from '../../../src/calls/calls.types.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLogging } from '../../../src/ops/logger.ts';
import { parleyBridge } from '../bridge/parley.ts';

// The server of the bench: the whole application with live calls that only say what real ones would, and in the same process the
// product's bridge, which relays real audio for some more of them: server.ts CALLS API_KEY AGENT_PORT STORE_URI

const [, , callCount = '500', apiKey = '', agentPort = '', storeUri = ''] = process.argv;
const count = Number(callCount);
const config = loadConfig(
  {
    DATA_DIR: mkdtempSync(join(tmpdir(), 'parley-live-bench-')),
    API_KEY: apiKey,
    SANDBOX: 'on',
    MONGODB_URI: storeUri.replace('/?', '/live?'),
    LOG_LEVEL: 'error',
    ADMIN_PASSWORD: randomBytes(12).toString('hex'),
  },
  () => '',
);
const logging = createLogging({
  level: 'error',
  secrets: [],
  destination: { write: line => void process.stderr.write(line) },
});
const app = await buildApp({ config, logging, version: '0.0.0-bench', dashboardRoot: join(config.DATA_DIR, 'none') });

const { calls } = app.callRecords;
const views: CallView[] = [];
const live = new Map<string, LiveSession>();
const url = await app.listen({ port: 0, host: '127.0.0.1' });
for (let index = 0; index < count; index += 1) {
  const end = String(index).padStart(4, '0');
  const begun = await calls.begin({
    direction: 'outbound',
    to: `+1312555${end}`,
    from: '+12125550100',
    engine: 'elevenlabs',
    contactName: `Somebody ${index}`,
    variables: { caller_name: `Somebody ${index}`, reason: 'a reminder of tomorrow' },
  });
  const view = calls.toApi(begun);
  views.push(view);
  live.set(view.id, talking(view.id, index));
}
Object.assign(app.sessions, { get: (id: string) => live.get(id), all: () => [...live.values()] });

/** Speaks for two seconds and listens for two, each call at its own time. */
function talking(callId: string, index: number): LiveSession {
  const startedAt = new Date();
  return {
    callId,
    callSid: `CA${new Types.ObjectId().toHexString()}00000000`,
    startedAt,
    turns: [],
    resumed: false,
    people: { view: () => [] },
    leave: () => undefined,
    view: () => {
      const speaks = Math.floor((Date.now() + index * 37) / 2_000) % 2 === 0;
      const at = new Date();
      return {
        agent: 'ready',
        startedAt,
        lastAgentAudioAt: speaks ? at : null,
        lastCallerAudioAt: at,
        queuedMs: 0,
        person: false,
        tool: null,
        waitsSince: null,
      };
    },
  } as unknown as LiveSession;
}

/** What 500 calls of three minutes say: a word of a turn every second, and some ten changes each. */
let turn = 0;
const saying = setInterval(() => {
  const perTick = Math.ceil(count / 20);
  for (let each = 0; each < perTick; each += 1) {
    turn += 1;
    const view = views[turn % count]!;
    const text = `This is what somebody says in about one breath, number ${turn} of many.`;
    const spoken = {
      role: turn % 2 ? 'agent' : 'caller',
      text,
      startMs: turn,
      endMs: turn + 900,
      interrupted: false,
    } as const;
    app.operations.events.publish('transcript.appended', {
      callId: view.id,
      index: Math.floor(turn / count / 3),
      turn: spoken,
      at: new Date(),
    });
  }
}, 50);
let change = 0;
const changing = setInterval(
  () => {
    change += 1;
    const index = change % count;
    const view = views[index]!;
    const next = { ...view, seq: view.seq + 1, latency: { p50: change, p95: change * 2 } } as CallView;
    views[index] = next;
    app.operations.events.publish('calls.changed', { call: next, fields: ['latency'] });
  },
  1_000 / Math.max(1, count / 18),
);

const loop = monitorEventLoopDelay({ resolution: 5 });
let cpu = process.cpuUsage();
let since = performance.now();
loop.enable();

process.on('message', (message: 'begin' | 'end' | 'stop') => {
  if (message === 'begin') {
    loop.reset();
    cpu = process.cpuUsage();
    since = performance.now();
  } else if (message === 'end') {
    const used = process.cpuUsage(cpu);
    process.send!({
      cpu: (used.user + used.system) / 1_000 / (performance.now() - since),
      loopP99: loop.percentile(99) / 1e6,
      rss: process.memoryUsage.rss(),
    });
  } else {
    clearInterval(saying);
    clearInterval(changing);
    void app.close().then(() => process.exit(0));
  }
});
process.send!({ url, mediaPort: await parleyBridge(Number(agentPort), storeUri.replace('/?', '/audio?')) });
