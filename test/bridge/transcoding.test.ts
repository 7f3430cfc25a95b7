import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { linearOfMulaw, mulawOfLinear } from '../../src/audio/mulaw.ts';
import { sine } from '../audio/signals.ts';
import { startCallSite } from './call-site.ts';
import { stranger } from './stranger.ts';

const hertz = 700;
/** What eight bits of mu-law leave of a tone; the way there and back may not cost more. */
const leastDb = 30;

/** An agent that says one tone in its own format and keeps what it hears, byte by byte. */
async function startToneAgent(t: Test, input: string, output: string) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ signed_url: `ws://127.0.0.1:${port}/conversation` }));
  });
  const sockets = new WebSocketServer({ server });
  const heard: Buffer[] = [];
  const waiting = new Set<() => void>();
  sockets.on('connection', (socket: WebSocket) => {
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on('message', data => {
      const message = JSON.parse(String(data)) as Record<string, string>;
      if (message['user_audio_chunk']) heard.push(Buffer.from(message['user_audio_chunk'], 'base64'));
      for (const look of waiting) look();
      if (message['type'] !== 'conversation_initiation_client_data') return;
      const formats = { agent_output_audio_format: output, user_input_audio_format: input };
      send({
        type: 'conversation_initiation_metadata',
        conversation_initiation_metadata_event: { conversation_id: 'conv_tone', ...formats },
      });
      const tone = inFormat(output, 1);
      // Cut anywhere: also between the two bytes of a sample.
      for (let at = 0; at < tone.length; at += 3_001) {
        const audio = { audio_base_64: tone.subarray(at, at + 3_001).toString('base64'), event_id: 1 };
        send({ type: 'audio', audio_event: audio });
      }
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  t.teardown(async () => {
    for (const client of sockets.clients) client.terminate();
    await new Promise(resolve => server.close(resolve));
  });
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    /** Resolves with so many bytes of what it heard. */
    heard: (bytes: number): Promise<Buffer> =>
      new Promise(resolve => {
        const look = () => {
          const all = Buffer.concat(heard);
          if (all.length < bytes) return;
          waiting.delete(look);
          resolve(all);
        };
        waiting.add(look);
        look();
      }),
  };
}

const rateOf = (format: string) => Number(format.split('_')[1]);
const bytesOf = (format: string) => rateOf(format) * (format.startsWith('ulaw') ? 1 : 2);

/** The tone as an agent of this format sends it. */
function inFormat(format: string, seconds: number): Buffer {
  const samples = sine(rateOf(format), hertz, rateOf(format) * seconds);
  return format.startsWith('ulaw') ? Buffer.from(samples.map(mulawOfLinear)) : Buffer.from(samples.buffer);
}

const samplesOf = (format: string, bytes: Buffer): number[] =>
  format.startsWith('ulaw')
    ? [...bytes].map(byte => linearOfMulaw[byte]!)
    : Array.from({ length: Math.floor(bytes.length / 2) }, (_, at) => bytes.readInt16LE(at * 2));

/** How far what arrived stands above what is not the tone, whatever its phase and loudness, in its middle second half. */
function ratio(samples: readonly number[], rate: number): number {
  const part = samples.slice(Math.floor(samples.length * 0.25), Math.floor(samples.length * 0.75));
  const angle = (at: number) => (2 * Math.PI * hertz * at) / rate;
  const scale = 2 / part.length;
  const sin = scale * part.reduce((sum, value, at) => sum + value * Math.sin(angle(at)), 0);
  const cos = scale * part.reduce((sum, value, at) => sum + value * Math.cos(angle(at)), 0);
  const tone = part.map((_, at) => sin * Math.sin(angle(at)) + cos * Math.cos(angle(at)));
  const power = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);
  return 10 * Math.log10(power(tone) / power(part.map((value, at) => value - tone[at]!)));
}

for (const [input, output] of [
  ['ulaw_8000', 'ulaw_8000'],
  ['pcm_8000', 'pcm_24000'],
  ['pcm_16000', 'pcm_16000'],
  ['pcm_22050', 'pcm_22050'],
  ['pcm_24000', 'ulaw_8000'],
  ['pcm_44100', 'pcm_44100'],
  ['pcm_48000', 'pcm_48000'],
  ['ulaw_8000', 'pcm_16000'],
] as const) {
  test(`an agent that hears ${input} and speaks ${output}: each hears the other’s tone, whole and clean`, async t => {
    const tones = await startToneAgent(t, input, output);
    const site = await startCallSite(t, { scale: 1, agentBaseUrl: tones.baseUrl });
    const caller = await stranger(site, { admitted: true });
    const spoken = inFormat('ulaw_8000', 1);
    // Twice: one second may wait in the resampler for what follows it.
    for (let at = 0; at < 2 * spoken.length; at += 160) {
      caller.media(spoken.subarray(at % spoken.length, (at % spoken.length) + 160).toString('base64'));
    }
    const there = samplesOf(input, (await tones.heard(bytesOf(input))).subarray(0, bytesOf(input)));
    const back = await caller.audio(7_900);
    t.ok(Math.abs(back.length - 8_000) <= 100, `a second stays a second: ${back.length / 8} ms`);
    for (const [who, db] of [
      ['agent', ratio(there, rateOf(input))],
      ['caller', ratio(samplesOf('ulaw_8000', back), 8_000)],
    ] as const) {
      t.ok(db > leastDb, `the ${who} hears it at ${db.toFixed(1)} dB`);
    }
    caller.send('stop', { stop: {} });
    await site.sessions.settled();
    t.equal(site.pulse.size, 0);
    t.same(site.errors, []);
  });
}

test('an agent whose format nobody knows is not talked to: apology, end, cause', async t => {
  const tones = await startToneAgent(t, 'ulaw_8000', 'opus_48000_32');
  const site = await startCallSite(t, { agentBaseUrl: tones.baseUrl });
  const sid = await site.call('silent');
  t.match(await site.over(sid), {
    source: 'system',
    reason: 'agent-unavailable',
    detail: { reason: 'audio-format-unknown', message: /opus_48000_32/ },
  });
  t.ok(site.desk.types().includes('apology-played'));
});
