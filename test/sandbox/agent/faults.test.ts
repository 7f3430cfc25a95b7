import { test } from 'tap';
import { closeCodes, documentedCodes, type ErrorType } from '../../../src/sandbox/agent/close-codes.ts';
import { signWebhook } from '../../../src/sandbox/agent/post-call-webhook.ts';
import { audioOf, startReceiver, startTestAgent } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';

test('a conversation can be made to end with every documented code, and with every error of the list', async t => {
  const twin = await startTestAgent(t);
  for (const code of documentedCodes) {
    twin.control.addFault({ kind: 'close', code, reason: `ends with ${code}`, afterMs: 100 });
    const talk = await twin.talk();
    t.match(await talk.closed, { code, ...(code === 1006 ? {} : { reason: `ends with ${code}` }) });
  }
  for (const [errorType, code] of Object.entries(closeCodes)) {
    twin.control.addFault({ kind: 'error', errorType, afterMs: 100 });
    const talk = await twin.talk();
    t.match(await talk.closed, { code }, errorType);
    t.match((await talk.next('error'))['error_event'], { code, error_type: errorType });
  }
});

test('a refusal at the start comes before the metadata, one at the upgrade before the socket', async t => {
  const twin = await startTestAgent(t);
  twin.control.addFault({ kind: 'close', code: 3000, reason: "[quota_exceeded] You've run out of credits." });
  const talk = await twin.talk();
  t.match(await talk.closed, { code: 3000, reason: /^\[quota_exceeded\]/ });
  t.same(talk.messages, []);
  for (const status of [401, 403, 429]) {
    twin.control.addFault({ kind: 'refuse-upgrade', status });
    await t.rejects(twin.talk(), new Error(`Unexpected server response: ${status}`));
  }
  twin.control.addFault({ kind: 'refuse-upgrade' });
  await t.rejects(twin.talk(), 'the connection is reset');
});

test('the agent dies in the middle of a sentence', async t => {
  const twin = await startTestAgent(t);
  twin.control.addFault({ kind: 'die-mid-sentence' });
  const talk = await twin.talk();
  t.match(await talk.closed, { code: 1006 });
  const heard = audioOf(talk.messages).length;
  t.ok(heard > 0 && heard < testClips.get('agent: good morning')!.bytes.length);
  await twin.control.idle();
  t.match(twin.control.conversations()[0], { status: 'failed', error: { code: 1006 } });
});

test('a slow start and a stall hold everything back, then go on', async t => {
  const twin = await startTestAgent(t);
  twin.control.addFault({ kind: 'slow-start', delayMs: 4_000 });
  twin.control.addFault({ kind: 'stall', afterMs: 0, forMs: 4_000 });
  const began = performance.now();
  const talk = await twin.talk();
  await talk.next('conversation_initiation_metadata');
  t.ok(performance.now() - began >= 190, 'four seconds at twentyfold speed');
  await talk.next('agent_response');
  t.ok(performance.now() - began >= 380);
});

test('noise and stale audio are sent on demand', async t => {
  const twin = await startTestAgent(t, { scale: 50 });
  const { WebSocket } = await import('ws');
  twin.control.addFault({ kind: 'noise' });
  const socket = new WebSocket(await twin.signedUrl());
  const frames: string[] = [];
  await new Promise<void>(resolve => {
    socket.on('open', () => socket.send('{"type":"conversation_initiation_client_data"}'));
    socket.on('message', data => {
      frames.push(String(data));
      if (String(data).includes('"agent_response"')) resolve();
    });
  });
  socket.close();
  t.ok(frames.includes('not JSON'));
  t.ok(
    frames.some(each => each.length > 1_400_000),
    'a frame of 1.4 MB',
  );

  twin.control.addFault({ kind: 'stale-audio' });
  const talk = await twin.talk({ agentId: 'agent_talker' });
  await talk.next('agent_response');
  talk.say(testClips.get('stop for a moment')!);
  const { event_id: id } = (await talk.next('interruption'))['interruption_event'];
  await talk.next('user_transcript');
  const from = talk.messages.findIndex(each => each['type'] === 'interruption');
  const ages = talk.messages
    .slice(from)
    .flatMap(each => (each['type'] === 'audio' ? [Math.sign(each['audio_event'].event_id - id)] : []));
  t.same(ages.slice(0, 3), [-1, 0, 1], 'older, equal, newer');
});

test('reports can be lost, doubled and wrongly signed', async t => {
  const product = await startReceiver(t, () => [200]);
  const twin = await startTestAgent(t, { webhookUrl: product.url, webhookSecret: 's', scale: 100 });
  const converse = async () => {
    const talk = await twin.talk();
    await talk.next('agent_response');
    talk.socket.close(1000);
    await talk.closed;
    await twin.control.idle();
  };
  twin.control.addFault({ kind: 'webhook-lost' });
  await converse();
  t.equal(product.posts.length, 0);
  twin.control.addFault({ kind: 'webhook-doubled' });
  await converse();
  t.equal(product.posts.length, 2);
  t.equal(product.posts[0]!.body, product.posts[1]!.body);
  twin.control.addFault({ kind: 'webhook-unsigned' });
  await converse();
  const [right, wrong] = [1, 2].map(at => {
    const { headers, body } = product.posts[at]!;
    const signature = String(headers['elevenlabs-signature']);
    return signature === signWebhook('s', body, Number(/^t=(\d+)/.exec(signature)![1]));
  });
  t.same([right, wrong], [true, false]);
});

test('limits: queue with music and admission, time-out 4300, refusal, daily limit', async t => {
  const twin = await startTestAgent(t, { concurrency: 1, scale: 50 });
  const limits = (callLimits: object, queueing: object) =>
    twin.control.configure(twin.agentId, {
      platform_settings: { call_limits: callLimits, queueing_config: queueing },
    });
  limits({ bursting_enabled: false }, { wait_timeout_seconds: 3 });
  const first = await twin.talk();
  await first.next('agent_response');
  t.same((await twin.get('/v1/convai/analytics/live-count')).body, { count: 1 });
  const second = await twin.talk();
  t.match(await second.next('queue_status'), { queue_status_event: { status: 'waiting' } });
  t.equal(Buffer.from((await second.next('audio'))['audio_event'].audio_base_64, 'base64').length, 8_000);
  first.socket.close(1000);
  t.match(await second.next('queue_status'), { queue_status_event: { status: 'admitted' } });
  await second.next('agent_response');

  const third = await twin.talk();
  t.match(await third.closed, { code: 4300 });
  t.equal(third.messages.at(-1)!['queue_status_event'].status, 'timed_out');
  limits({}, { enabled: false });
  t.match(await (await twin.talk()).closed, { code: 4300, reason: /[Cc]oncurrency/ });
  limits({ daily_limit: 2 }, {});
  t.match(await (await twin.talk()).closed, { code: 4300, reason: 'Agent has exceeded its daily call limit of 2.' });
});

test('an endless agent asks again however often it does not understand', async t => {
  const twin = await startTestAgent(t, { scale: 200 });
  twin.control.addFault({ kind: 'endless' });
  const talk = await twin.talk();
  const said = async () => (await talk.next('agent_response'))['agent_response_event'].agent_response;
  t.equal(await said(), 'agent: good morning');
  for (let time = 0; time < 8; time += 1) {
    talk.send({ type: 'user_message', text: 'nothing that a script knows' });
    t.equal(await said(), 'agent: shall I book it');
  }
  talk.socket.close(1000);
  await twin.control.idle();
});

test('silence: the agent speaks up, then says goodbye; the longest duration ends with 1000', async t => {
  const twin = await startTestAgent(t, { scale: 200 });
  const talk = await twin.talk();
  const line = setInterval(() => talk.silence(200), 2);
  t.teardown(() => clearInterval(line));
  const said = async () => (await talk.next('agent_response'))['agent_response_event'].agent_response;
  t.equal(await said(), 'agent: good morning');
  t.equal(await said(), 'agent: shall I book it');
  t.equal(await said(), 'agent: shall I book it');
  t.equal(await said(), 'agent: thank you');
  t.match(await talk.closed, { code: 1000 });
  twin.control.configure(twin.agentId, { conversation_config: { conversation: { max_duration_seconds: 5 } } });
  const short = await twin.talk();
  t.match(await short.closed, { code: 1000 });
  t.match((await short.next('error'))['error_event'], { error_type: 'max_duration_exceeded' satisfies ErrorType });
});
