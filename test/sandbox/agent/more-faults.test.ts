import { createServer } from 'node:net';
import { test } from 'tap';
import { linearOfMulaw } from '../../../src/audio/mulaw.ts';
import { audioOf, startReceiver, startTestAgent, testKey } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';

const clip = (id: string) => testClips.get(id)!;

test('half-open: the agent falls silent for good and the connection stays', async t => {
  const twin = await startTestAgent(t, { scale: 50 });
  twin.control.addFault({ kind: 'half-open', afterMs: 0 });
  const talk = await twin.talk();
  talk.say(clip('hello'));
  await twin.control.until(each => each.turns.some(turn => turn.role === 'user'));
  const other = await twin.talk();
  await other.next('agent_response');
  t.same(
    talk.messages.map(each => each['type']),
    ['conversation_initiation_metadata'],
  );
  t.equal(talk.socket.readyState, talk.socket.OPEN);
});

test('REST answers late on demand', async t => {
  const twin = await startTestAgent(t, { scale: 20 });
  twin.control.addFault({ kind: 'rest-slow', delayMs: 4_000 });
  const order: string[] = [];
  const slow = twin.get('/v1/convai/agents').then(() => order.push('slow'));
  const fast = twin.get('/v1/convai/agents').then(() => order.push('fast'));
  await Promise.all([slow, fast]);
  t.same(order.sort(), ['fast', 'slow']);
  const before = performance.now();
  twin.control.addFault({ kind: 'rest-slow', delayMs: 4_000 });
  t.equal((await twin.get('/v1/convai/agents')).status, 200);
  t.ok(performance.now() - before >= 190, 'four seconds of twin time');
});

test('reports come late on demand, and what came later arrives before', async t => {
  const product = await startReceiver(t, () => [200]);
  const twin = await startTestAgent(t, { webhookUrl: product.url, webhookSecret: 's', scale: 100 });
  twin.control.addFault({ kind: 'webhook-late', delayMs: 60_000 });
  const ids: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const talk = await twin.talk();
    const metadata = await talk.next('conversation_initiation_metadata');
    ids.push(metadata['conversation_initiation_metadata_event'].conversation_id);
    await talk.next('agent_response');
    talk.socket.close(1000);
    await talk.closed;
  }
  await product.count(2);
  t.same(
    product.posts.map(post => JSON.parse(post.body).data.conversation_id),
    ids.toReversed(),
  );
});

test('a server tool that does not answer in time is an error, and the conversation goes on', async t => {
  const silent = await startReceiver(t, () => [200]);
  const twin = await startTestAgent(t, { serverTools: { url: `${silent.url}/{tool}` }, scale: 10 });
  const { conversation_config: config } = twin.control.agents()[0]!;
  const [tool] = config.agent.prompt.tools;
  // An address at which nobody ever answers: connections are taken and kept.
  const mute = createServer(socket => socket.on('error', () => {}).resume());
  await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as { port: number };
  t.teardown(() => new Promise<void>(resolve => mute.close(() => resolve())));
  const late = { ...tool!, response_timeout_secs: 1, api_schema: { url: `http://127.0.0.1:${port}/`, method: 'POST' } };
  twin.control.configure(twin.agentId, { conversation_config: { agent: { prompt: { tools: [late] } } } });
  const talk = await twin.talk();
  await talk.next('agent_response');
  talk.say(clip('yes please'));
  t.match((await talk.next('agent_tool_response'))['agent_tool_response'], { is_error: true, tool_type: 'webhook' });
  t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'agent: a long explanation' } });
});

test('bursting: three times the limit is let in, at double the price', async t => {
  const twin = await startTestAgent(t, { concurrency: 1, scale: 50 });
  twin.control.configure(twin.agentId, { platform_settings: { queueing_config: { enabled: false } } });
  const ids: string[] = [];
  const talks = [];
  for (let round = 0; round < 3; round += 1) {
    const talk = await twin.talk();
    const metadata = await talk.next('conversation_initiation_metadata');
    ids.push(metadata['conversation_initiation_metadata_event'].conversation_id);
    await talk.next('agent_response');
    talks.push(talk);
  }
  t.match(await (await twin.talk()).closed, { code: 4300 }, 'the fourth is too many');
  for (const talk of talks) talk.socket.close(1000);
  await twin.control.idle();
  const charges = await Promise.all(
    ids.map(async id => (await twin.get(`/v1/convai/conversations/${id}`)).body['metadata'].charging.is_burst),
  );
  t.same(charges, [false, true, true]);
});

test('the agents are steered over HTTP with their key', async t => {
  const twin = await startTestAgent(t, { scale: 50 });
  const steer = (method: string, path: string, body?: object) =>
    twin.get(`/twin/${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
  t.equal((await fetch(`${twin.baseUrl}/twin/conversations`)).status, 401);
  t.equal((await fetch(`${twin.baseUrl}/twin/faults`, { headers: { 'xi-api-key': `${testKey}x` } })).status, 401);

  const changed = await steer('POST', `agents/${twin.agentId}`, { conversation_config: { turn: { turn_timeout: 9 } } });
  t.equal(changed.body['conversation_config'].turn.turn_timeout, 9);
  t.equal((await steer('POST', 'agents/agent_nobody', {})).status, 404);
  await steer('POST', 'faults', { kind: 'rest-status', status: 503, times: 1 });
  t.match((await steer('GET', 'faults')).body, { items: [{ kind: 'rest-status', status: 503 }] });
  t.match(await steer('POST', 'faults', { kind: 'close' }), { status: 400, body: { error: /close needs code/ } });
  t.match(await steer('POST', 'faults', { kind: 'flood' }), { status: 400 });
  t.match(await steer('DELETE', 'faults'), { status: 200, body: { ok: true } });
  t.same((await steer('GET', 'faults')).body, { items: [] });

  const talk = await twin.talk();
  const metadata = await talk.next('conversation_initiation_metadata');
  const id = metadata['conversation_initiation_metadata_event'].conversation_id;
  await talk.next('agent_response');
  t.match((await steer('GET', 'conversations')).body, { items: [{ id, status: 'in-progress' }] });
  await steer('POST', `conversations/${id}/inject`, {
    type: 'interruption',
    interruption_event: { event_id: 99 },
  });
  t.match(await talk.next('interruption'), { interruption_event: { event_id: 99 } });
  t.match(await steer('POST', `conversations/${id}/inject`, {}), { status: 400 });
  t.match(await steer('POST', `conversations/${id}/end`, { code: 77 }), { status: 400 });
  await steer('POST', `conversations/${id}/end`, { errorType: 'transport_receive_timeout', message: 'on purpose' });
  await talk.next('error');
  await talk.closed;
  await twin.control.idle();
  t.match((await steer('GET', `conversations/${id}`)).body, { status: 'failed' });
  t.match(await steer('POST', `conversations/${id}/end`, { code: 1000 }), { status: 400, body: { error: /no / } });
  t.same((await steer('GET', 'violations')).body, { items: [] });
  t.same((await steer('DELETE', 'violations')).body, { items: [] });
  t.same((await steer('GET', 'deliveries')).body, { items: [] });
});

for (const rate of [22_050, 24_000, 44_100, 48_000]) {
  test(`the caller is recognised and the agent heard at ${rate} Hz`, async t => {
    const twin = await startTestAgent(t);
    const format = `pcm_${rate}`;
    twin.control.configure(twin.agentId, {
      conversation_config: { tts: { agent_output_audio_format: format }, asr: { user_input_audio_format: format } },
    });
    const talk = await twin.talk();
    await talk.next('agent_response');
    const { bytes } = clip('yes please');
    // The nearest sample before: what a telephone bridge without a filter would send.
    const samples = Math.floor((bytes.length * rate) / 8_000);
    const pcm = Buffer.alloc(samples * 2);
    for (let at = 0; at < samples; at += 1) {
      pcm.writeInt16LE(linearOfMulaw[bytes[Math.floor((at * 8_000) / rate)]!]!, at * 2);
    }
    for (let at = 0; at < pcm.length; at += 1_777) {
      talk.send({ user_audio_chunk: pcm.subarray(at, at + 1_777).toString('base64') });
    }
    talk.send({ user_audio_chunk: Buffer.alloc(rate * 2).toString('base64') });
    const { user_transcription_event: heard } = await talk.next('user_transcript');
    if (rate % 8_000 === 0) t.equal(heard.user_transcript, 'yes please', 'whole multiples keep every sample');
    else t.match(heard.user_transcript, /\S/, 'speech is noticed at any rate');
    const spoken = audioOf(talk.messages);
    const expected = (clip('agent: good morning').bytes.length * rate * 2) / 8_000;
    t.ok(Math.abs(spoken.length - expected) <= 40, `${spoken.length} bytes for ${expected}`);
  });
}
