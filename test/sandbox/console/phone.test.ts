import { once } from 'node:events';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { startAgentTwin } from '../../../src/sandbox/agent/agent-twin.ts';
import { createFingerprintIndex, createRecogniser } from '../../../src/sandbox/audio/fingerprint.ts';
import { loadScenario } from '../../../src/sandbox/scenarios/scenario.ts';
import { startApp, type TestApp } from '../../helpers/app.ts';
import {
  type ConsoleSite,
  joinPhone,
  openPhone,
  startConsoleSite,
  type TestPhone,
} from '../../helpers/sandbox-console.ts';
import type { AnyJson, ReceivedStream } from '../../helpers/trivial-product.ts';

const { clips } = loadScenario();
const index = createFingerprintIndex(clips.clips);
const callee = '+13125550142';
const short = (voice: (voice: string) => boolean) =>
  clips.clips.filter(each => voice(each.voice) && each.durationMs > 900).sort((a, b) => a.durationMs - b.durationMs);
/** What the phone says, and what the product plays. */
const [spoken] = short(voice => voice === 'stranger');
const [played] = short(voice => voice !== 'stranger');
const silentFrame = Buffer.alloc(160, 0xff);
/** The same, and then nothing, so that an agent takes its turn. */
const asked = Buffer.concat([spoken!.bytes, ...Array.from({ length: 60 }, () => silentFrame)]);

/** Answers the product's documents with a stream to itself. */
const bridged = ({ product }: ConsoleSite) => {
  product.answers['/twiml'] = { body: '<Response><Connect><Stream url="/media"/></Connect></Response>' };
  return `${product.localOrigin}/twiml`;
};

/** The product's end of the stream: recognises what arrives and plays what it is told to. */
async function bridge(stream: ReceivedStream) {
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  const recogniser = createRecogniser(index);
  let found = (_: string) => {};
  const heard = new Promise<string>(resolve => {
    found = resolve;
  });
  const take = (message: AnyJson) => {
    if (message['event'] === 'stop') stream.socket.close();
    if (message['event'] !== 'media') return;
    for (const { clipId, complete } of recogniser.push(Buffer.from(message['media'].payload, 'base64'))) {
      if (complete) found(clipId);
    }
  };
  for (const message of stream.messages) take(message);
  stream.socket.on('message', data => take(JSON.parse(String(data))));
  return {
    heard,
    play: (audio: Buffer) => stream.send({ event: 'media', streamSid, media: { payload: audio.toString('base64') } }),
    digits: () => stream.messages.filter(each => each['event'] === 'dtmf').map(each => each['dtmf'].digit as string),
    stream,
  };
}

async function bothWays(t: Test, site: ConsoleSite, phone: TestPhone, sid: string) {
  const far = await bridge(await site.product.stream());
  far.play(played!.bytes);
  const speaks = Buffer.concat([silentFrame, silentFrame, spoken!.bytes, silentFrame]);
  t.equal(await phone.repeat(speaks, far.heard), spoken!.id, 'the product hears every byte of what was spoken');
  await phone.hears(audio => audio.includes(played!.bytes));
  t.ok(Buffer.concat(phone.heard).includes(played!.bytes), 'the ear gets every byte of what was played');
  const { control } = site.app.sandbox.carrier!;
  t.match(control.call(sid)?.heard, [{ clipId: played!.id, complete: true }], 'the twin recognised it as well');
  t.ok(phone.heard.every(frame => frame.length === 160));
  return far;
}

test('as the callee: it rings, is picked up, talks both ways bit by bit, presses keys and hangs up', async t => {
  const site = await startConsoleSite(t);
  const url = bridged(site);
  const phone = await openPhone(t, site, site.token);
  await phone.next('ready');
  phone.send({ type: 'wait', to: callee });
  t.same(await phone.next('waiting'), { type: 'waiting', to: callee });
  const other = await site.client.calls.create({ to: '+13125550143', from: '+12125550100', url });
  const { sid } = await site.client.calls.create({ to: callee, from: '+12125550100', url });
  const { call } = await phone.next('ringing');
  t.same(call, { sid, from: '+12125550100', to: callee }, 'not the call to another number');
  t.equal(site.app.sandbox.carrier!.control.call(sid)?.state, 'ringing', 'nobody answers for its holder');
  await site.client.calls(other.sid).update({ status: 'completed' });
  phone.send({ type: 'answer' });
  await phone.next('answered');
  const far = await bothWays(t, site, phone, sid);
  phone.send({ type: 'press', digits: '4#' });
  await far.stream.message(message => message['dtmf']?.digit === '#');
  t.same(far.digits(), ['4', '#']);
  const activity = await site.call('GET', '/api/sandbox/activity', { token: site.token });
  t.match(
    activity.body.carrier.calls.find((each: AnyJson) => each['sid'] === sid),
    {
      state: 'in-progress',
      personName: `Browser phone of ${site.admin.email}`,
      streaming: true,
      heard: [{ clipId: played!.id, words: played!.text, complete: true }],
    },
  );
  phone.send({ type: 'hang-up' });
  t.match(await phone.next('ended'), { call: { sid }, by: 'us' });
  await site.app.sandbox.carrier!.control.reached(sid, 'completed');
  t.same(site.app.sandbox.carrier!.violations, []);
});

test('as the caller: the phone calls a number, and hears when the far side hangs up', async t => {
  const site = await startConsoleSite(t);
  const url = bridged(site);
  await site.app.numbersReady();
  const [number] = await site.client.incomingPhoneNumbers.list();
  await site.client.incomingPhoneNumbers(number!.sid).update({ voiceUrl: url });
  const phone = await openPhone(t, site, site.token);
  // Somebody else waits for a call meanwhile; it is not this one that reaches them.
  site.app.sandbox.carrier!.control.answerNext(site.app.sandbox.carrier!.control.people()[0]!.id);
  phone.send({ type: 'call', from: '+13125550199', to: number!.phoneNumber });
  const { call } = await phone.next('calling');
  t.match(call, { from: '+13125550199', to: number!.phoneNumber });
  await phone.next('answered');
  const far = await bothWays(t, site, phone, call.sid);
  far.stream.socket.close();
  t.match(await phone.next('ended'), { call: { sid: call.sid }, by: 'far', why: /TwiML/ });
  phone.send({ type: 'call', from: '+13125550199', to: '+19995550100' });
  t.match(await phone.next('refused'), { command: 'call', message: /is not a number of this account/ });
  phone.send({ type: 'wait' });
  await phone.next('waiting');
  t.pass('the phone is free for the next call');
});

test('through the product’s own bridge a person at the phone talks with the agent', async t => {
  const site = await startConsoleSite(t);
  await site.app.numbersReady();
  const { carrier, agent } = site.app.sandbox;
  const phone = await openPhone(t, site, site.token);
  phone.send({ type: 'call', from: '+14155550123' });
  const { call } = await phone.next('calling');
  await phone.next('answered');
  const talk = await agent!.control.until(each => each.turns.some(turn => turn.role === 'agent'));
  const greeting = clips.clips.find(each => each.text === talk.turns[0]!.message)!;
  const opening = greeting.bytes.subarray(0, 2 * 8_000);
  await phone.hears(audio => audio.includes(opening));
  const whole = agent!.control.until(each => each.heard.some(({ complete }) => complete), talk.id);
  const { heard } = await phone.repeat(asked, whole);
  t.equal(heard.find(each => each.complete)?.clipId, spoken!.id, 'the agent heard every byte');
  t.match(
    carrier!.control.call(call.sid)?.heard[0],
    { clipId: greeting.id, from: 0 },
    'and what it said before that person spoke came unaltered',
  );
  phone.send({ type: 'hang-up' });
  await phone.next('ended');
  t.same(carrier!.violations, []);
});

test('whoever has only an agent’s key talks to that agent over the same phone', async t => {
  const agent = await startAgentTwin({ scenario: loadScenario(), apiKey: 'an-invented-key' }); // allow-secret: invented
  t.teardown(() => agent.close());
  const site = await startApp(t, {
    env: {
      ELEVENLABS_API_KEY: 'an-invented-key', // allow-secret: invented
      ELEVENLABS_API_BASE_URL: agent.baseUrl,
      ELEVENLABS_AGENT_ID: agent.agentId,
    },
  });
  const token = await site.signIn();
  t.equal(site.app.sandbox.agent, null, 'for the product it is the real vendor');
  const phone = await openPhone(t, site, token);
  phone.send({ type: 'call', from: '+14155550123' });
  const { call } = await phone.next('calling');
  await phone.next('answered');
  const talk = await agent.control.until(each => each.turns.some(turn => turn.role === 'agent'));
  const greeting = clips.clips.find(each => each.text === talk.turns[0]!.message)!;
  await phone.hears(audio => audio.includes(greeting.bytes.subarray(0, 8_000)));
  const whole = agent.control.until(each => each.heard.some(({ complete }) => complete), talk.id);
  const { heard } = await phone.repeat(asked, whole);
  t.equal(heard.find(each => each.complete)?.clipId, spoken!.id);
  const { body } = await site.call('GET', '/api/sandbox/activity', { token });
  t.match(body, { agent: null, carrier: { calls: [{ sid: call.sid, state: 'in-progress', streaming: true }] } });
  phone.send({ type: 'hang-up' });
  await phone.next('ended');
  t.same([...agent.violations, ...site.app.sandbox.carrier!.violations], []);
});

test('a call may be declined, withdrawn while it rings, or not be waited for any more', async t => {
  const site = await startConsoleSite(t);
  const url = bridged(site);
  const { control } = site.app.sandbox.carrier!;
  const phone = await openPhone(t, site, site.token);
  await phone.next('ready');
  const ring = async () => {
    phone.send({ type: 'wait' });
    await phone.next('waiting');
    const { sid } = await site.client.calls.create({ to: callee, from: '+12125550100', url });
    await phone.next('ringing');
    return sid;
  };
  const declined = await ring();
  phone.send({ type: 'decline' });
  t.match(await phone.next('ended'), { by: 'us' });
  t.equal((await control.reached(declined, 'busy')).state, 'busy');

  const withdrawn = await ring();
  await site.client.calls(withdrawn).update({ status: 'canceled' });
  t.match(await phone.next('ended'), { call: { sid: withdrawn }, by: 'far' });
  phone.send({ type: 'answer' });
  t.match(await phone.next('refused'), { command: 'answer', message: 'There is no call at this phone.' });

  phone.send({ type: 'wait' });
  await phone.next('waiting');
  phone.send({ type: 'stop-waiting' });
  await phone.next('ready');
  t.same(control.cast().next, []);
});

test('when the page goes away its call ends, and a phone that waited rings no more', async t => {
  const site = await startConsoleSite(t);
  const url = bridged(site);
  const { control } = site.app.sandbox.carrier!;
  const first = await openPhone(t, site, site.token);
  first.send({ type: 'wait' });
  await first.next('waiting');
  const { sid } = await site.client.calls.create({ to: callee, from: '+12125550100', url });
  await first.next('ringing');
  first.send({ type: 'answer' });
  await first.next('answered');
  first.socket.terminate();
  await control.reached(sid, 'completed');

  const second = await openPhone(t, site, site.token);
  second.send({ type: 'wait' });
  await second.next('waiting');
  t.equal(control.cast().next.length, 1);
  second.socket.close();
  await second.closed;
  while (control.cast().next.length > 0) await new Promise(resolve => setImmediate(resolve));
  t.pass();
});

test('a ticket is needed, and opens one phone once', async t => {
  const site = await startConsoleSite(t);
  const ws = site.url.replace('http', 'ws');
  const { body, headers, status } = await site.call('POST', '/api/sandbox/phone', { token: site.token });
  t.equal(status, 201);
  t.equal(headers.get('cache-control'), 'no-store');
  const refusal = async (query: string) => {
    const socket = new WebSocket(`${ws}${body.path}${query}`);
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    response.destroy();
    return response.statusCode;
  };
  t.equal(await refusal(''), 403, 'none');
  t.equal(await refusal('?ticket=made-up'), 403);
  t.equal(await refusal(`?ticket=${body.ticket}&ticket=${body.ticket}`), 403);
  t.equal(
    (await site.call('GET', `${body.path}?ticket=${body.ticket}`)).status,
    400,
    'a plain request uses nothing up',
  );
  const phone = await joinPhone(t, `${ws}${body.path}?ticket=${body.ticket}`);
  await phone.next('ready');
  t.equal(await refusal(`?ticket=${body.ticket}`), 403, 'used');
  t.notOk(
    site.log.some(line => line.includes(body.ticket)),
    'the log never shows one',
  );
});

test('a ticket opens the phone of whoever asked for it, and moves nobody else’s', async t => {
  const site = await startConsoleSite(t);
  const { body } = await site.call('POST', '/api/users', {
    token: site.token,
    body: { email: 'dana@example.com', role: 'manager' },
  });
  const dana = await site.signIn('dana@example.com', body.password);
  const ticketOf = async (token: string) => (await site.call('POST', '/api/sandbox/phone', { token })).body;
  const [mine, hers] = [await ticketOf(site.token), await ticketOf(dana)];
  const line = `${site.url.replace('http', 'ws')}${mine.path}?ticket=`;
  const [my, her] = [await joinPhone(t, line + mine.ticket), await joinPhone(t, line + hers.ticket)];
  await Promise.all([my.next('ready'), her.next('ready')]);
  her.send({ type: 'call', from: '+14155550123' });
  const { call } = await her.next('calling');
  const { body: activity } = await site.call('GET', '/api/sandbox/activity', { token: site.token });
  t.match(activity.carrier.calls, [{ sid: call.sid, personName: 'Browser phone of dana@example.com' }]);
  t.equal(my.socket.readyState, WebSocket.OPEN, 'the other phone is where it was');
  her.send({ type: 'hang-up' });
  await her.next('ended');
});

test('whoever guesses tickets is held back', async t => {
  const site = await startConsoleSite(t);
  const { body } = await site.call('POST', '/api/sandbox/phone', { token: site.token });
  const line = `${site.url.replace('http', 'ws')}${body.path}?ticket=`;
  const guess = async (): Promise<number> => {
    const socket = new WebSocket(`${line}guessed`);
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    response.destroy();
    return response.statusCode;
  };
  const answers: number[] = [];
  while (answers.at(-1) !== 429 && answers.length < 210) answers.push(await guess());
  t.equal(answers.at(-1), 429, 'an address without credentials has 200 requests a minute');
  t.ok(answers.length > 100 && answers.slice(0, -1).every(status => status === 403));
});

test('of two tabs the newer one has the phone, unless the older one is on a call', async t => {
  const site = await startConsoleSite(t);
  const url = bridged(site);
  const first = await openPhone(t, site, site.token);
  const second = await openPhone(t, site, site.token);
  t.match(await first.closed, { code: 4001, reason: /another tab/ });
  second.send({ type: 'wait' });
  await second.next('waiting');
  await site.client.calls.create({ to: callee, from: '+12125550100', url });
  await second.next('ringing');
  const refused = await site.call('POST', '/api/sandbox/phone', { token: site.token });
  t.match(refused, { status: 409, body: { error: { code: 'SANDBOX_PHONE_IN_USE', message: /Hang up there first/ } } });
  second.send({ type: 'decline' });
  await second.next('ended');
  t.equal((await site.call('POST', '/api/sandbox/phone', { token: site.token })).status, 201);
});

test('whoever is no phone is cut off, and the twin goes on', async t => {
  const site = await startConsoleSite(t);
  const misuse: [string, (phone: TestPhone) => void, number, RegExp][] = [
    ['audio of the wrong size', phone => phone.socket.send(Buffer.alloc(161)), 1008, /160 bytes/],
    ['no audio', phone => phone.socket.send(Buffer.alloc(0)), 1008, /160 bytes/],
    ['text that is not JSON', phone => phone.socket.send('hello'), 1008, /not JSON/],
    ['an unknown command', phone => phone.socket.send('{"type":"dance"}'), 1008, /without a type/],
    ['a huge command', phone => phone.socket.send(`{"type":"${'x'.repeat(2_000)}"}`), 1008, /longer than/],
    ['a huge message', phone => phone.socket.send(Buffer.alloc(200_000)), 1009, /.*/],
    [
      'commands without end',
      phone => {
        for (let count = 0; count < 60; count += 1) phone.socket.send('{"type":"answer"}');
      },
      1008,
      /too many/,
    ],
    [
      'audio faster than speech',
      phone => {
        for (let count = 0; count < 800; count += 1) phone.socket.send(silentFrame);
      },
      1008,
      /faster/,
    ],
  ];
  for (const [what, misbehave, code, reason] of misuse) {
    const phone = await openPhone(t, site as TestApp, site.token);
    await phone.next('ready');
    misbehave(phone);
    t.match(await phone.closed, { code, reason }, what);
  }
  const phone = await openPhone(t, site, site.token);
  await phone.next('ready');
  t.same(site.app.sandbox.carrier!.control.cast().next, []);
});

test('when the server stops, its phones close with it', async t => {
  const site = await startConsoleSite(t);
  const url = bridged(site);
  const phone = await openPhone(t, site, site.token);
  phone.send({ type: 'wait' });
  await phone.next('waiting');
  await site.client.calls.create({ to: callee, from: '+12125550100', url });
  await phone.next('ringing');
  const closing = site.app.close();
  await phone.closed;
  await closing;
  t.equal(site.app.sandbox.carrier!.control.ongoing, 0);
});
