import { type Test, test } from 'tap';
import twilio from 'twilio';
import { linearOfMulaw } from '../../../src/audio/mulaw.ts';
import { createFingerprintIndex, createRecogniser } from '../../../src/sandbox/audio/fingerprint.ts';
import { defaultAccount } from '../../../src/sandbox/carrier/carrier-twin.ts';
import { startTestCarrier, testClips } from '../../helpers/carrier.ts';
import { type ReceivedStream, startTrivialProduct } from '../../helpers/trivial-product.ts';

const { accountSid, authToken, phoneNumber } = defaultAccount;
const index = createFingerprintIndex(testClips.clips);
const callee = '+13125550142';

const scenario = `
name: three ways to answer
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: good morning"
    farewell: "agent: thank you"
people:
  - id: talker
    name: A person who talks
    answer: human
    rings: 1
    greets: hello
    agent: booker
    script:
      - says: yes please
      - agent: "agent: shall I book it"
      - presses: "1"
      - agent: "agent: thank you"
      - says: goodbye
      - hangsUp: true
  - id: machine
    name: A machine
    answer: voicemail
    rings: 2
    announcement: you have reached a machine, leave a message
  - id: impatient
    name: A person who interrupts
    answer: human
    rings: 1
    greets: hello
    agent: booker
    script:
      - says: stop for a moment
        interruptsAfter: 0.8
      - agent: "agent: thank you"
      - hangsUp: true
`;

async function place(t: Test, person: string, options: { amd?: boolean; amdAsync?: boolean } = {}) {
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, { scenario, deliver: { [product.publicOrigin]: product.localOrigin } });
  const client = twilio(accountSid, authToken);
  client.api.baseUrl = carrier.baseUrl;
  product.answers['/twiml'] = {
    body: `<Response><Connect><Stream url="wss://calls.example.com/media" statusCallback="${product.publicOrigin}/stream">
      <Parameter name="token" value="k3y.s1g"/></Stream></Connect><Hangup/></Response>`,
  };
  carrier.control.answerNext(person);
  const call = await client.calls.create({
    to: callee,
    from: phoneNumber,
    url: `${product.publicOrigin}/twiml`,
    statusCallback: `${product.publicOrigin}/status`,
    record: true,
    recordingChannels: 'dual',
    trim: 'do-not-trim',
    recordingStatusCallback: `${product.publicOrigin}/recording`,
    ...(options.amd ? { machineDetection: 'DetectMessageEnd' } : {}),
    ...(options.amdAsync
      ? {
          asyncAmd: 'true',
          asyncAmdStatusCallback: `${product.publicOrigin}/amd`,
          asyncAmdStatusCallbackMethod: 'POST',
        }
      : {}),
  });
  return { product, carrier, client, call };
}

/** The bridge of these tests: recognises what the caller says, and says what it is told to. */
async function bridge(stream: ReceivedStream) {
  const recogniser = createRecogniser(index);
  const heard: string[] = [];
  const waiting: { isNow(): boolean; resolve(): void }[] = [];
  const until = (isNow: () => boolean) =>
    new Promise<void>(resolve => (isNow() ? resolve() : void waiting.push({ isNow, resolve })));
  stream.socket.on('message', data => {
    const message = JSON.parse(String(data));
    if (message.event === 'stop') stream.socket.close();
    if (message.event !== 'media') return;
    for (const { clipId, complete } of recogniser.push(Buffer.from(message.media.payload, 'base64'))) {
      heard.push(complete ? clipId : `${clipId} (in part)`);
    }
    for (const each of waiting.filter(({ isNow }) => isNow())) {
      waiting.splice(waiting.indexOf(each), 1);
      each.resolve();
    }
  });
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  return {
    heard,
    hears: (id: string) => until(() => heard.includes(id)),
    beginsToHear: (id: string) => until(() => recogniser.current()?.clipId === id),
    /** Sends a clip in pieces that are no multiple of a frame, followed by a mark. */
    says(id: string, mark = id) {
      const { bytes } = testClips.get(id)!;
      for (let at = 0; at < bytes.length; at += 1_111) {
        stream.send({
          event: 'media',
          streamSid,
          media: { payload: bytes.subarray(at, at + 1_111).toString('base64') },
        });
      }
      stream.send({ event: 'mark', streamSid, mark: { name: mark } });
      return stream.message(message => message['event'] === 'mark' && message['mark'].name === mark);
    },
    clear() {
      stream.send({ event: 'clear', streamSid });
    },
  };
}

test('a person talks with the agent, and every word arrives bit by bit on both sides', async t => {
  const { product, carrier, client, call } = await place(t, 'talker');
  const stream = await product.stream();
  const agent = await bridge(stream);
  t.ok(stream.signed, 'the upgrade is signed over the wss address');
  t.match(stream.request.headers, { 'user-agent': 'Twilio.TmeWs/1.0', host: 'calls.example.com' });
  t.notOk(stream.request.headers['sec-websocket-extensions']);
  t.notOk(stream.request.headers.origin);

  const start = await stream.message(message => message['event'] === 'start');
  t.same(stream.messages[0], { event: 'connected', protocol: 'Call', version: '1.0.0' });
  t.same(start, {
    event: 'start',
    sequenceNumber: '1',
    start: {
      accountSid,
      streamSid: start['streamSid'],
      callSid: call.sid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { token: 'k3y.s1g' },
    },
    streamSid: start['streamSid'],
  });
  await agent.says('agent: good morning');
  await agent.hears('yes please');
  const booked = agent.says('agent: shall I book it');
  const key = await stream.message(message => message['event'] === 'dtmf');
  t.match(key, { dtmf: { track: 'inbound_track', digit: '1' }, sequenceNumber: /^\d+$/ });
  await booked;
  await agent.says('agent: thank you');
  await agent.hears('goodbye');
  await carrier.control.reached(call.sid, 'completed');
  await carrier.control.idle();

  // The greeting may be over before the stream is open, as with a real call.
  t.same(
    agent.heard.filter(each => !each.startsWith('hello')),
    ['yes please', 'goodbye'],
  );
  t.same(
    carrier.control.call(call.sid)!.heard,
    ['agent: good morning', 'agent: shall I book it', 'agent: thank you'].map(clipId => ({
      clipId,
      from: 0,
      to: testClips.get(clipId)!.bytes.length,
      complete: true,
    })),
  );
  checkSequence(t, stream);
  t.equal(stream.messages.at(-1)!['event'], 'stop');
  t.same(stream.messages.at(-1)!['stop'], { accountSid, callSid: call.sid });
  t.same(
    product.hooks.filter(hook => hook.path === '/stream').map(hook => hook.fields['StreamEvent']),
    ['stream-started', 'stream-stopped'],
  );
  t.ok(product.hooks.every(hook => hook.signed));

  const [recording] = await client.recordings.list({ callSid: call.sid });
  t.match(recording, { status: 'completed', source: 'OutboundAPI', channels: 2 });
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const wav = Buffer.from(await (await fetch(recording!.mediaUrl, { headers: { authorization } })).arrayBuffer());
  t.same(clipsIn(wav, 0), ['hello', 'yes please', 'goodbye'], 'the first channel holds the person');
  t.same(
    clipsIn(wav, 1),
    ['agent: good morning', 'agent: shall I book it', 'agent: thank you'],
    'the second the agent',
  );
});

test('a machine is heard to the end of its greeting, then gets its message', async t => {
  const { product, carrier, call } = await place(t, 'machine', { amd: true });
  const twiml = await product.hook('/twiml');
  t.match(twiml.fields, { AnsweredBy: 'machine_end_beep', MachineDetectionDuration: /^\d{4}$/ });
  const agent = await bridge(await product.stream());
  await agent.says('agent: good morning');
  await carrier.control.reached(call.sid, 'completed');
  const { fields } = await product.hook('/status');
  t.match(fields, { AnsweredBy: 'machine_end_beep', CallStatus: 'completed' });
  t.match(carrier.control.call(call.sid)?.heard, [{ clipId: 'agent: good morning', complete: true }]);
});

test('asynchronous detection tells its verdict while the conversation runs', async t => {
  const { product, carrier, call } = await place(t, 'talker', { amd: true, amdAsync: true });
  const agent = await bridge(await product.stream());
  const verdict = await product.hook('/amd');
  t.ok(verdict.signed);
  t.match(verdict.fields, { AnsweredBy: 'human', CallSid: call.sid, MachineDetectionDuration: /^\d+$/ });
  t.notOk((await product.hook('/twiml')).fields['AnsweredBy']);
  carrier.control.hangUp(call.sid);
  await carrier.control.idle();
  t.ok(agent);
});

test('an interruption leaves the rest of the sentence unheard', async t => {
  const { product, carrier, call } = await place(t, 'impatient');
  const stream = await product.stream();
  const agent = await bridge(stream);
  const echoed = agent.says('agent: a long explanation', 'end of the explanation');
  await agent.beginsToHear('stop for a moment');
  agent.clear();
  await echoed;
  await agent.says('agent: thank you');
  await carrier.control.reached(call.sid, 'completed');
  const [cut, whole] = carrier.control.call(call.sid)!.heard;
  t.match(cut, { clipId: 'agent: a long explanation', from: 0, complete: false });
  t.ok(cut!.to < testClips.get('agent: a long explanation')!.bytes.length / 2, 'most of it was never heard');
  t.match(whole, { clipId: 'agent: thank you', complete: true });
  checkSequence(t, stream);
});

function checkSequence(t: Test, stream: ReceivedStream) {
  const numbered = stream.messages.slice(1);
  t.same(
    numbered.map(message => message['sequenceNumber']),
    numbered.map((_, at) => String(at + 1)),
    'one number each, no gap',
  );
  const media = numbered.filter(message => message['event'] === 'media').map(message => message['media']);
  t.same(
    media.map(each => each.chunk),
    media.map((_, at) => String(at + 1)),
  );
  const first = Number(media[0]!.timestamp);
  t.ok(first >= 100 && first <= 170);
  t.same(
    media.map(each => each.timestamp),
    media.map((_, at) => String(first + at * 20)),
  );
  t.ok(media.every(each => each.track === 'inbound' && each.payload.length === 216));
}

/** The clips in one channel of a WAV file. Mu-law survives the way to 16-bit samples and back. */
function clipsIn(wav: Buffer, channel: number): string[] {
  const byteOf = new Map([...linearOfMulaw].map((sample, byte) => [sample, byte]));
  const bytes = new Uint8Array((wav.length - 44) / 4);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = byteOf.get(wav.readInt16LE(44 + at * 4 + channel * 2))!;
  return createRecogniser(index)
    .push(bytes)
    .filter(each => each.complete)
    .map(each => each.clipId);
}
