// Sends mutated media frames, agent frames and webhooks to the running product: it must not crash, keep a session, or keep memory.
// Takes the number of messages (1,000,000 unless given) and a seed, or --sample for 4,000.
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { startHostileAgent } from './lib/hostile-agent.ts';
import { createHostileSender, type HostileSender } from './lib/hostile-sender.ts';
import { createMutator, type Mutator } from './lib/mutator.ts';
import { eventually, type Product, type ProductSite, publicOrigin, startProductSite } from './lib/product-site.ts';

export interface FuzzReport {
  readonly mediaFrames: number;
  readonly agentFrames: number;
  readonly webhooks: number;
  /** How the webhooks were answered, by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly conversations: number;
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly problems: string[];
}

/** Workers at once, how much of all they send is webhooks, and how many frames one caller sends at most. */
const workersAtOnce = 24;
const webhookShare = 0.2;
const framesOfCaller = 240;
/** What may be more on the heap afterwards: caches that fill once, and code that was compiled. */
const allowedBytes = 12 * 1024 * 1024;
const probe = fileURLToPath(new URL('lib/memory-probe.mjs', import.meta.url));

const webhookSecret = 'wsec_of_a_proof'; // allow-secret: invented
const payload = Buffer.alloc(160, 0xff).toString('base64');

/** What a stream's messages look like when they are right. */
const seedsOf = (streamSid: string): Buffer[] =>
  [
    { event: 'connected', protocol: 'Call', version: '1.0.0' },
    { event: 'dtmf', streamSid, sequenceNumber: '5', dtmf: { track: 'inbound_track', digit: '7' } },
    { event: 'mark', streamSid, sequenceNumber: '6', mark: { name: 'p1' } },
    { event: 'start', streamSid, sequenceNumber: '1', start: { streamSid, callSid: `CA${'0'.repeat(32)}` } },
    { event: 'later', streamSid, sequenceNumber: '7' },
    mediaOf(streamSid, 8),
    mediaOf(streamSid, 9),
    mediaOf(streamSid, 10),
  ].map(message => Buffer.from(JSON.stringify(message)));

const mediaOf = (streamSid: string, number: number) => ({
  event: 'media',
  sequenceNumber: String(number),
  media: { track: 'inbound', chunk: String(number), timestamp: String(number * 20), payload },
  streamSid,
});

export async function fuzz(messages: number, seed: number, say: (line: string) => void): Promise<FuzzReport> {
  const site = await startProductSite({
    recognise: false,
    callsPerSecond: 100,
    env: { MAX_CONCURRENT_CALLS: '200', INBOUND_RESERVE: '100', ELEVENLABS_WEBHOOK_SECRET: webhookSecret },
  });
  const mutator = createMutator(seed);
  const sent = { media: 0 };
  let sender: HostileSender | undefined;
  const agent = await startHostileAgent(site.agent.baseUrl, mutator, () => total() < messages);
  const total = () => sent.media + (sender?.sent ?? 0) + agent.frames;
  try {
    const product = await site.start('fuzzed', { ELEVENLABS_API_BASE_URL: agent.url }, [
      '--expose-gc',
      '--import',
      probe,
    ]);
    let died = '';
    void product.closed.then(({ code, signal }) => (died = `the product ended with ${signal ?? code}`));
    const hooks = createHostileSender({ site, product, mutator, webhookSecret });
    sender = hooks;
    const caller = callerOf(site, product, mutator, hooks, sent);
    // Once through everything first, so that what is loaded and cached for good is not counted as kept.
    await Promise.all(Array.from({ length: workersAtOnce }, () => caller.call()));
    await hooks.send(400);
    await settled(site, product, hooks.sids);
    const before = await memoryOf(product);

    let saidAt = Date.now();
    const work = async () => {
      while (total() < messages && died === '') {
        if (hooks.sent < total() * webhookShare) await hooks.send(20);
        else if (mutator.below(2) === 0) await caller.call();
        else await caller.stranger();
        if (Date.now() - saidAt < 10_000) continue;
        saidAt = Date.now();
        await hooks.lookForCalls();
        const megabytes = Math.round((await memoryOf(product)) / 1e5) / 10;
        say(`${total()} messages, ${hooks.sids.size} calls, ${hooks.sent} webhooks, ${megabytes} MB kept and in use`);
      }
    };
    await Promise.all(Array.from({ length: workersAtOnce }, work));
    const problems: string[] = [];
    if (died === '') await settled(site, product, hooks.sids).catch(error => problems.push(String(error)));
    if (died) problems.push(died);
    const after = died === '' ? await memoryOf(product) : Number.NaN;
    if (after > before + allowedBytes) problems.push(`the heap grew from ${before} to ${after} bytes`);
    for (const [status, count] of Object.entries(hooks.answers)) {
      if (status.startsWith('5')) problems.push(`${count} webhooks were answered ${status}`);
    }
    const mistakes = product
      .output()
      .split('\n')
      .filter(line => /"level":(50|60)/.test(line));
    for (const line of mistakes.slice(0, 5)) problems.push(line.slice(0, 400));
    if (mistakes.length > 5) problems.push(`${mistakes.length} lines of errors in its log`);
    return {
      mediaFrames: sent.media,
      agentFrames: agent.frames,
      webhooks: hooks.sent,
      answers: hooks.answers,
      calls: hooks.sids.size,
      conversations: agent.conversations,
      heapBefore: before,
      heapAfter: after,
      problems,
    };
  } finally {
    await site.close();
    await agent.close();
  }
}

/** Callers and strangers, as the carrier's address would bring them. */
function callerOf(
  site: ProductSite,
  product: Product,
  mutator: Mutator,
  { sids, newSid, formOf, post, signed }: HostileSender,
  sent: { media: number },
) {
  const { accountSid } = site.carrier;
  const open = async () => {
    const path = '/media-stream';
    const signature = signed(path, {}, publicOrigin.replace('http', 'ws'));
    const socket = new WebSocket(product.address.replace('http', 'ws') + path, {
      perMessageDeflate: false,
      headers: { 'x-twilio-signature': signature },
    });
    socket.on('error', () => undefined);
    await new Promise(resolve => {
      socket.once('open', resolve);
      socket.once('close', resolve);
    });
    return socket;
  };
  /** Frames of which most are wrong, until the socket closes or the caller has enough. */
  const rave = async (socket: WebSocket, streamSid: string, wrongOf: number) => {
    const seeds = seedsOf(streamSid);
    const many = mutator.below(framesOfCaller);
    for (let frame = 0; frame < many && socket.readyState === WebSocket.OPEN; frame += 1) {
      sent.media += 1;
      const right = mutator.below(10) >= wrongOf;
      const seed = seeds[mutator.below(seeds.length)]!;
      const message = right ? Buffer.from(JSON.stringify(mediaOf(streamSid, frame + 2))) : mutator.mutated(seed);
      socket.send(message, { binary: !right && mutator.below(50) === 0, fin: right || mutator.below(100) > 0 });
      if (frame % 20 === 19) await new Promise(resolve => setTimeout(resolve, 2));
    }
  };
  const leave = async (socket: WebSocket) => {
    if (socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise(resolve => socket.once('close', resolve));
    const how = mutator.below(4);
    if (how === 0) socket.terminate();
    else if (how === 1) socket.close();
    else socket.send('{"event":"stop"}', () => socket.close());
    const late = setTimeout(() => socket.terminate(), 3_000);
    await closed;
    clearTimeout(late);
  };

  return {
    /** A call that the product answers, and whose stream then goes mad. */
    async call() {
      const sid = newSid('CA');
      sids.add(sid);
      const { text: document } = await post('/voice', formOf(sid));
      const token = /name="token" value="([^"]+)"/.exec(document)?.[1];
      const socket = await open();
      const streamSid = newSid('MZ');
      if (token && socket.readyState === WebSocket.OPEN) {
        const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
        const start = {
          accountSid,
          streamSid,
          callSid: sid,
          tracks: ['inbound'],
          mediaFormat,
          customParameters: { token },
        };
        socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid }));
        await rave(socket, streamSid, 3);
        if (mutator.below(4) === 0) socket.send(JSON.stringify({ event: 'stop', sequenceNumber: '999', streamSid }));
      }
      await leave(socket);
      await post(
        '/call-status-callback',
        formOf(sid, { CallStatus: 'completed', CallDuration: '3', SequenceNumber: '4' }),
      );
    },
    /** A socket whose upgrade is signed, and that never says who it is. */
    async stranger() {
      const socket = await open();
      await rave(socket, newSid('MZ'), 8);
      await leave(socket);
    },
  };
}

/** Nothing is left of anybody: no session, and no call that goes on. */
async function settled(site: ProductSite, product: Product, sids: ReadonlySet<string>): Promise<void> {
  const list = async (path: string) => (await site.ask(product, 'GET', path)).body.items as { callSid?: string }[];
  await eventually(async () => (await list('/api/admin/sessions')).length === 0, 'an empty registry', 60_000);
  const active = () => list('/api/calls?active=true');
  await eventually(
    async () => (await active()).length === 0,
    `the end of every one of ${sids.size} calls`,
    60_000,
  ).catch(async error => {
    const left = await active();
    if (left.length === 0) return;
    throw new Error(`${error.message}; ${left.length} are left, one of them ${JSON.stringify(left[0])}`);
  });
}

/** Collects the product's garbage and asks what is left on its heap, in bytes. */
async function memoryOf(product: Product): Promise<number> {
  const lines = () => [...product.output().matchAll(/^memory (\{.*\})$/gm)];
  const known = lines().length;
  process.kill(product.pid, 'SIGUSR2');
  const [, text] = await eventually(() => lines()[known], 'a word about memory');
  const { heapUsed, external } = JSON.parse(text!) as { heapUsed: number; external: number };
  return heapUsed + external;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sample = process.argv[2] === '--sample';
  const seed = Number(process.argv[3] ?? 20_261);
  const { problems, ...figures } = await fuzz(sample ? 4_000 : Number(process.argv[2] ?? 1_000_000), seed, line =>
    console.log(line),
  );
  console.log(JSON.stringify(figures));
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? '0 crashes, 0 stuck sessions, memory back' : `${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}
