import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
import { test } from 'tap';
import { signWebhook } from '../../../src/sandbox/agent/post-call-webhook.ts';
import { startReceiver, startTestAgent, testKey } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';

const secret = 'wsec_test';
const refusal = (request: PromiseLike<unknown>) =>
  Promise.resolve(request).then(
    () => undefined,
    (error: unknown) => error,
  );

test('the official client reads agents: first message, formats, variables, overrides', async t => {
  const twin = await startTestAgent(t);
  const client = new ElevenLabsClient({ apiKey: testKey, baseUrl: twin.baseUrl });
  const { agents, hasMore } = await client.conversationalAi.agents.list({ pageSize: 1 });
  t.match(agents, [{ agentId: twin.agentId, name: 'Booker', archived: false }]);
  t.equal(hasMore, true);
  const agent = await client.conversationalAi.agents.get(twin.agentId);
  t.equal(agent.conversationConfig.agent?.firstMessage, 'agent: good morning');
  t.equal(agent.conversationConfig.tts?.agentOutputAudioFormat, 'ulaw_8000');
  t.equal(agent.conversationConfig.asr?.userInputAudioFormat, 'ulaw_8000');
  t.equal(agent.platformSettings?.overrides?.conversationConfigOverride?.agent?.firstMessage, true);
  t.notMatch(agent.conversationConfig.agent?.prompt?.prompt, /\{\{/, 'the first agent needs no variables');
  await client.conversationalAi.agents.update(twin.agentId, {
    conversationConfig: { tts: { agentOutputAudioFormat: 'pcm_16000' } },
  });
  const changed = await client.conversationalAi.agents.get(twin.agentId);
  t.equal(changed.conversationConfig.tts?.agentOutputAudioFormat, 'pcm_16000');
  t.equal(changed.conversationConfig.tts?.modelId, 'eleven_flash_v2_5', 'the rest stays');
});

test('the official client follows a conversation to its report', async t => {
  const product = await startReceiver(t, () => [200]);
  const twin = await startTestAgent(t, { webhookUrl: `${product.url}/hook`, webhookSecret: secret, scale: 50 });
  const client = new ElevenLabsClient({ apiKey: testKey, baseUrl: twin.baseUrl });
  const { signedUrl } = await client.conversationalAi.conversations.getSignedUrl({ agentId: twin.agentId });
  t.match(signedUrl, /^ws:\/\/127\.0\.0\.1:\d+\/v1\/convai\/conversation\?agent_id=.*&conversation_signature=cvtkn_/);
  const talk = await twin.talk({ initiation: { user_id: 'contact-7', dynamic_variables: { bridge_call_id: 'c-42' } } });
  const metadata = await talk.next('conversation_initiation_metadata');
  const id = metadata['conversation_initiation_metadata_event'].conversation_id;
  await talk.next('agent_response');
  talk.say(testClips.get('hello')!);
  await talk.next('user_transcript');
  t.equal((await client.conversationalAi.conversations.get(id)).status, 'in-progress');
  talk.socket.close(1000, 'User ended conversation');
  await twin.control.idle();
  await product.count(1);

  const [post] = product.posts;
  const event = (await client.webhooks.constructEvent(
    post!.body,
    String(post!.headers['elevenlabs-signature']),
    secret,
  )) as { type: string; data: Record<string, unknown> };
  t.equal(event.type, 'post_call_transcription');
  t.match(event.data, { conversation_id: id, status: 'done', user_id: 'contact-7' });
  await t.rejects(
    client.webhooks.constructEvent(`${post!.body} `, String(post!.headers['elevenlabs-signature']), secret),
    ElevenLabsError,
  );

  const conversation = await client.conversationalAi.conversations.get(id);
  t.equal(conversation.status, 'done');
  t.same(
    conversation.transcript.map(turn => [turn.role, turn.message]),
    [
      ['agent', 'agent: good morning'],
      ['user', 'hello'],
    ],
  );
  t.match(conversation.metadata, { terminationReason: 'Client disconnected: 1000', authorizationMethod: 'signed_url' });
  t.match(conversation.conversationInitiationClientData?.dynamicVariables, {
    bridge_call_id: 'c-42',
    system__conversation_id: id,
  });
  const found = await client.conversationalAi.conversations.list({ userId: 'contact-7', summaryMode: 'include' });
  t.match(found.conversations, [{ conversationId: id, status: 'done', messageCount: 2, transcriptSummary: /2 turns/ }]);
  const none = await client.conversationalAi.conversations.list({ callStartAfterUnix: 4_000_000_000 });
  t.same(none.conversations, []);
  const byCall = await twin.get('/v1/convai/conversations?dynamic_variable_params=bridge_call_id:eq:c-42');
  t.equal(byCall.body['conversations'].length, 1);
  await client.conversationalAi.conversations.delete(id);
  t.match(await refusal(client.conversationalAi.conversations.get(id)), { statusCode: 404 });
});

test('errors have the envelopes of the vendor', async t => {
  const twin = await startTestAgent(t);
  const wrong = new ElevenLabsClient({ apiKey: 'sk_wrong', baseUrl: twin.baseUrl, maxRetries: 0 });
  t.match(await refusal(wrong.conversationalAi.agents.list()), {
    statusCode: 401,
    body: { detail: { status: 'invalid_api_key', code: 'unauthorized' } },
  });
  const bare = await fetch(`${twin.baseUrl}/v1/convai/agents`);
  t.equal(bare.status, 401);
  t.match(await bare.json(), { detail: { status: 'needs_authorization' } });
  const path = '/v1/convai/conversation/get-signed-url';
  t.match(await twin.get(path), {
    status: 422,
    body: { detail: [{ loc: ['query', 'agent_id'], type: 'missing' }] },
  });
  await twin.provoked('rest-invalid-parameter');
  t.match(await twin.get(`${path}?agent_id=agent_nobody`), { status: 404 });
  t.match(await twin.get(`/v1/convai/conversation/get_signed_url?agent_id=${twin.agentId}`), { status: 200 });
  t.equal((await twin.get(`${path}?agent_id=${twin.agentId}`, { method: 'POST' })).status, 404, 'there is no POST');
  await twin.get(`${path}?agent_id=${twin.agentId}&agentid=x`);
  await twin.provoked('rest-unknown-parameter');
  t.match(await twin.get('/v1/convai/conversations/conv_nothing/audio'), {
    status: 404,
    body: { detail: { status: 'conversation_history_not_found' } },
  });
  twin.control.addFault({ kind: 'rest-status', status: 429 });
  t.match(await twin.get('/v1/convai/agents'), { status: 429, body: { detail: { code: 'rate_limit_exceeded' } } });
  t.equal((await twin.get('/v1/convai/agents')).status, 200, 'a fault strikes once');
});

test('the signature fits the published vector', async t => {
  t.equal(
    signWebhook('test_secret', '{"type":"post_call_transcription"}', 1_600_000_000),
    't=1600000000,v0=bc6a4b41c03861621d4946075731e2c17e37dab441fb14e2fefaf10afc325d8f',
  );
});

test('reports are repeated only where that is switched on, after failures of the server', async t => {
  const answers = [500, 429, 200];
  const product = await startReceiver(t, (_post, count) => [answers[count - 1] ?? 200]);
  const options = { webhookUrl: product.url, webhookSecret: secret, webhookRetries: true, scale: 1_000 };
  const twin = await startTestAgent(t, options);
  const talk = await twin.talk();
  await talk.next('agent_response');
  talk.socket.close(1000);
  await twin.control.idle();
  const [delivery] = twin.control.deliveries;
  t.same(
    delivery?.attempts.map(each => each.status),
    [500, 429, 200],
  );
  t.equal(delivery?.delivered, true);
  const gaps = delivery!.attempts.slice(1).map((each, index) => each.at - delivery!.attempts[index]!.at);
  t.ok(gaps[0]! >= 30_000 && gaps[1]! >= 120_000, 'half a minute, then two');
});
