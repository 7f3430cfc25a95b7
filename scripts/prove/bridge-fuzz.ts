// Sends mutated media frames, agent frames and webhooks to the running product: it must not crash, keep a session, or keep memory.
// Takes the number of messages (1,000,000 unless given) and a seed, or --sample for 20,000.
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { startHostileAgent } from './lib/hostile-agent.ts';
import { createMutator, type Mutator } from './lib/mutator.ts';
import { eventually, type Product, type ProductSite, publicOrigin, startProductSite } from './lib/product-site.ts';

export interface FuzzReport {
  readonly mediaFrames: number;
  readonly agentFrames: number;
  readonly webhooks: number;
  readonly calls: number;
  readonly conversations: number;
  readonly heapBefore: number;
  readonly heapAfter: number;
  readonly problems: string[];
}

/** Callers at once, and how many frames one of them sends at most. */
const callersAtOnce = 12;
const framesOfCaller = 240;
/** What may be more on the heap afterwards: caches that fill once, and code that was compiled. */
const allowedBytes = 12 * 1024 * 1024;
const probe = fileURLToPath(new URL('lib/memory-probe.mjs', import.meta.url));

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
    env: { MAX_CONCURRENT_CALLS: '200', INBOUND_RESERVE: '100' },
  });
  const mutator = createMutator(seed);
  const sent = { media: 0, webhooks: 0 };
  const agent = await startHostileAgent(site.agent.baseUrl, mutator, () => total() < messages);
  const total = () => sent.media + sent.webhooks + agent.frames;
  try {
    const product = await site.start('fuzzed', { ELEVENLABS_API_BASE_URL: agent.url }, [
      '--expose-gc',
      '--import',
      probe,
    ]);
    let died = '';
    void product.closed.then(({ code, signal }) => (died = `the product ended with ${signal ?? code}`));
    const caller = callerOf(site, product, mutator, sent);
    // Once through everything first, so that what is loaded and cached for good is not counted as kept.
    await Promise.all(Array.from({ length: callersAtOnce }, () => caller.call()));
    await settled(site, product, caller.sids);
    const before = await memoryOf(product);

    let saidAt = Date.now();
    const work = async () => {
      while (total() < messages && died === '') {
        const kind = mutator.below(10);
        if (kind < 4) await caller.call();
        else if (kind < 8) await caller.stranger();
        else await caller.webhooks(10);
        if (Date.now() - saidAt < 10_000) continue;
        saidAt = Date.now();
        say(`${total()} messages, ${caller.sids.size} calls`);
      }
    };
    await Promise.all(Array.from({ length: callersAtOnce }, work));
    const problems: string[] = [];
    if (died === '') await settled(site, product, caller.sids).catch(error => problems.push(String(error)));
    if (died) problems.push(died);
    const after = died === '' ? await memoryOf(product) : Number.NaN;
    if (after > before + allowedBytes) problems.push(`the heap grew from ${before} to ${after} bytes`);
    const mistakes = product
      .output()
      .split('\n')
      .filter(line => /"level":(50|60)/.test(line));
    for (const line of mistakes.slice(0, 5)) problems.push(line.slice(0, 400));
    if (mistakes.length > 5) problems.push(`${mistakes.length} lines of errors in its log`);
    return {
      mediaFrames: sent.media,
      agentFrames: agent.frames,
      webhooks: sent.webhooks,
      calls: caller.sids.size,
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

/** Callers, strangers and forged callbacks, as the carrier's address would bring them. */
function callerOf(site: ProductSite, product: Product, mutator: Mutator, sent: { media: number; webhooks: number }) {
  const sids = new Set<string>();
  let number = 0;
  const { accountSid, authToken, phoneNumber } = site.carrier;
  const sign = (path: string, form: Record<string, string> = {}, origin = publicOrigin) => {
    const fields = Object.keys(form).sort();
    const data = origin + path + fields.map(name => name + form[name]).join('');
    return createHmac('sha1', authToken).update(data).digest('base64');
  };
  const post = async (path: string, form: Record<string, string>, signature = sign(path, form)) => {
    const response = await fetch(new URL(path, product.address), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
      body: new URLSearchParams(form),
    });
    return response.text();
  };
  const formOf = (sid: string, more: Record<string, string> = {}) => ({
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: sid,
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: `+1312555${String(100 + (number % 100)).padStart(4, '0')}`,
    To: phoneNumber,
    ...more,
  });
  const newSid = (kind: string) => {
    number += 1;
    return kind + number.toString(16).padStart(32, '0');
  };
  const open = async () => {
    const path = '/media-stream';
    const signature = sign(path, {}, publicOrigin.replace('http', 'ws'));
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
    sids,
    /** A call that the product answers, and whose stream then goes mad. */
    async call() {
      const sid = newSid('CA');
      sids.add(sid);
      const document = await post('/voice', formOf(sid));
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
      sent.webhooks += 2;
    },
    /** A socket whose upgrade is signed, and that never says who it is. */
    async stranger() {
      const socket = await open();
      await rave(socket, newSid('MZ'), 8);
      await leave(socket);
    },
    /** Callbacks that are signed and senseless, or not signed at all. */
    async webhooks(many: number) {
      const paths = [
        '/call-status-callback',
        '/amd-status-callback',
        '/stream-ended',
        '/voice',
        '/outbound-call-twiml',
      ];
      for (let each = 0; each < many; each += 1) {
        sent.webhooks += 1;
        const path = paths[mutator.below(paths.length)]!;
        const sid = mutator.below(2) === 0 ? ([...sids].at(-1 - mutator.below(5)) ?? 'CA') : newSid('CA');
        const form: Record<string, string> = formOf(sid, { AnsweredBy: 'human', SequenceNumber: '2' });
        // Who calls with `/voice` would be answered: their calls are to be refused here, so that none is left without an end.
        if (path === '/voice') form['To'] = '+12125550188';
        const names = Object.keys(form);
        for (let change = mutator.below(3); change >= 0; change -= 1) {
          const name = names[mutator.below(names.length)]!;
          if (path === '/voice' && name === 'To') continue;
          form[name] = mutator.mutated(Buffer.from(form[name] || 'x')).toString('latin1');
        }
        await post(path, form, mutator.below(5) === 0 ? sign(path) : sign(path, form));
      }
    },
  };
}

/** Nothing is left of anybody: no session, and no call that goes on. */
async function settled(site: ProductSite, product: Product, sids: ReadonlySet<string>): Promise<void> {
  const list = async (path: string) => (await site.ask(product, 'GET', path)).body.items as { callSid?: string }[];
  await eventually(async () => (await list('/api/admin/sessions')).length === 0, 'an empty registry', 60_000);
  await eventually(
    async () => (await list('/api/calls?active=true')).length === 0,
    `the end of every one of ${sids.size} calls`,
    60_000,
  );
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
  const { problems, ...figures } = await fuzz(sample ? 20_000 : Number(process.argv[2] ?? 1_000_000), seed, line =>
    console.log(line),
  );
  console.log(JSON.stringify(figures));
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? '0 crashes, 0 stuck sessions, memory back' : `${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}
