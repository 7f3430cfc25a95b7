import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { startCarrierTwin } from '../../../src/sandbox/carrier/carrier-twin.ts';
import type { LoadOrder } from '../../../src/sandbox/load/load-order.ts';
import type { LoadReport } from '../../../src/sandbox/load/load-report.ts';

/**
 * What a simulated call costs the carrier twin, which must carry as many as a core can so that a load test measures the product.
 *
 *   node --import=tsx scripts/bench/sandbox/carrier-calls.ts [SECONDS]
 *
 * Every call goes the whole way: TwiML over HTTP, a signed stream, frames to a bridge in another process and back. That bridge
 * sends each frame straight back, or nothing to those who are silent. The processor time is that of the twin's process alone.
 */
const seconds = Number(process.argv[2] ?? 15);

const rounds: [name: string, order: Pick<LoadOrder, 'calls' | 'talking' | 'silence'>][] = [
  ['1,000 calls, silent, silence suppressed (a frame a second)', { calls: 1_000, talking: 0, silence: 'sparse' }],
  ['1,000 calls, silent, a frame every 20 ms to the product', { calls: 1_000, talking: 0, silence: 'steady' }],
  ['500 calls, talking, a stamped frame every 20 ms both ways', { calls: 500, talking: 1, silence: 'steady' }],
];

/** The product's part: answers every call with a stream and sends back what is said. */
async function bridge(): Promise<void> {
  const server = createServer((_request, response) => {
    const { port } = server.address() as AddressInfo;
    response.setHeader('content-type', 'text/xml');
    response.end(`<Response><Connect><Stream url="ws://127.0.0.1:${port}/media"/></Connect></Response>`);
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', socket => {
    let streamSid = '';
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.startsWith('{"event":"start"')) streamSid = JSON.parse(text).streamSid;
      else if (text.startsWith('{"event":"media"')) {
        const at = text.indexOf('"payload":"') + 11;
        const payload = text.slice(at, text.indexOf('"', at));
        // What begins with a stamp was said; the rest is silence and is listened to only.
        if (payload.startsWith('sSyzLbUu')) {
          socket.send(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"${payload}"}}`);
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send!((server.address() as AddressInfo).port);
  process.on('disconnect', () => process.exit());
}

async function measure(port: number, order: Pick<LoadOrder, 'calls' | 'talking' | 'silence'>): Promise<LoadReport> {
  const twin = await startCarrierTwin({ recognise: false });
  twin.control.startLoad({
    ...order,
    ...{ rampSeconds: order.calls / 50, holdSeconds: seconds, direction: 'inbound' },
    voiceUrl: `http://127.0.0.1:${port}/voice`,
  });
  await twin.control.loadFinished();
  const report = twin.control.load()!;
  await twin.close();
  return report;
}

async function main(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), {
    env: { ...process.env, BENCH_BRIDGE: '1' },
    execArgv: process.execArgv,
  });
  const [port] = (await once(child, 'message')) as [number];
  for (const [name, order] of rounds) {
    const { calls, cost, frames, latencyMs, failures, violations } = await measure(port, order);
    if (!cost) throw new Error('the run was too short to measure anything');
    const lines = [
      name,
      `  up              ${calls.peak} of ${order.calls}, failures ${JSON.stringify(failures)}, violations ${JSON.stringify(violations)}`,
      `  processor       ${cost.processorPercent} % of a core for ${cost.calls} calls over ${cost.seconds} s`,
      `  cost per call   ${cost.microsecondsPerCallSecond} µs of processor a second, ${cost.kibPerCall} KiB of memory`,
      `  one core        ${cost.callsPerCore} calls; ${cost.microsecondsPerFrame} µs a frame; kept ${cost.pacePercent} % of its pace`,
      ...(latencyMs.roundTrip
        ? [
            `  round trip      p50 ${latencyMs.roundTrip.p50} ms, p99 ${latencyMs.roundTrip.p99} ms; ${frames.lost} of ${frames.expected} frames lost`,
          ]
        : []),
    ];
    console.log(`${lines.join('\n')}\n`);
  }
  child.disconnect();
}

await (process.env['BENCH_BRIDGE'] ? bridge() : main());
