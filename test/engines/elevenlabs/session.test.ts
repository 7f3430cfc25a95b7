import { test } from 'tap';
import { startTestAgent } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';
import { startEngine } from './site.ts';

const clip = (id: string) => testClips.get(id)!.bytes;
const mulaw = { encoding: 'mulaw', sampleRate: 8000 };

test('a conversation from the reservation to the goodbye: audio, words, a tool, keys, pings', async t => {
  const twin = await startTestAgent(t, { scale: 20 });
  const site = startEngine(t, { ...twin, limits: { keysMs: 30 } });
  const reservation = await site.engine.reserve({ vendorAgentId: twin.agentId });
  t.ok(reservation.expiresAt.getTime() > Date.now() + 13 * 60_000);
  const call = site.open({ reservation, variables: { caller_name: 'Ada' }, userId: 'contact-7' });
  t.equal(call.session.conversationId, null, 'nothing is known before the server said it');

  const [, formats] = await call.next('ready');
  t.match(formats, { input: mulaw, output: mulaw, conversationId: /^conv_/ });
  t.equal(call.session.conversationId, formats.conversationId);
  t.same((await call.next('transcript')).slice(1), ['agent', 'agent: good morning', true]);
  call.say(clip('hello'));
  let [, role, text, final] = await call.next('transcript');
  while (!final) [, role, text, final] = await call.next('transcript');
  t.same([role, text], ['caller', 'hello']);
  t.ok(call.audio().equals(clip('agent: good morning')), 'every bit of audio arrived');

  await twin.control.until(each => each.turns.length === 2);
  call.say(clip('yes please'));
  const [, tool] = await call.next('tool');
  t.match(tool, { name: 'book', arguments: { slot: '10:30' }, expectsResult: true });
  call.session.answerTool(tool.toolCallId, '{"ok":true}', false);
  call.session.answerTool(tool.toolCallId, 'a second answer', true);
  call.session.answerTool('call_unheard_of', 'nobody waits', true);
  const said = async (wanted: string) => {
    for (;;) {
      const [, who, words, isFinal] = await call.next('transcript');
      if (who === 'agent' && isFinal) return t.equal(words, wanted);
    }
  };
  await said('agent: shall I book it');
  call.session.addContext('The caller is a customer.');
  call.session.keepAlive();
  call.session.sendDtmf('1');
  await said('agent: good morning');
  call.say(clip('goodbye'));
  await said('agent: thank you');
  t.match(await call.ended, { kind: 'agent', reason: 'agent-ended', detail: { closeCode: 1000 } });

  await twin.control.idle();
  const [view] = twin.control.conversations();
  t.match(view, { status: 'done', context: ['The caller is a customer.'] });
  t.same(
    view!.heard.map(each => each.clipId),
    ['hello', 'yes please', 'goodbye'],
  );
  const record = await site.engine.api.conversation(formats.conversationId);
  t.match(record?.['conversation_initiation_client_data'], {
    user_id: 'contact-7',
    dynamic_variables: { caller_name: 'Ada', parley_call_id: 'attempt-1' },
  });
  t.equal(await site.engine.api.conversationOfCall('attempt-1', twin.agentId), formats.conversationId);
  t.equal(await site.engine.api.conversationOfCall('attempt-2', twin.agentId), null);
  t.equal(await site.engine.api.conversation('conv_of_nobody'), null);
  const metrics = await site.metrics.registry.metrics();
  t.match(metrics, 'parley_engine_connect_seconds_count{engine="elevenlabs"} 1');
  t.match(metrics, 'parley_engine_sessions_ended_total{engine="elevenlabs",how="agent",code="1000"} 1');
});

test('keys pressed one after the other are one answer, # ends it at once', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, { ...twin, limits: { keysMs: 60_000 } });
  const call = site.open();
  await call.next('ready');
  await call.next('transcript');
  for (const digit of ['4', 'x', '', '2', '7', '12', '#']) call.session.sendDtmf(digit);
  const view = await twin.control.until(each => each.turns.some(turn => turn.medium === 'dtmf'));
  t.same(
    view.turns.flatMap(turn => (turn.medium === 'dtmf' ? [turn.message] : [])),
    ['427#'],
  );
});

test('an interruption voids strictly older audio; the equal id and newer ones play', async t => {
  const twin = await startTestAgent(t, { scale: 20 });
  twin.control.addFault({ kind: 'stale-audio' });
  const site = startEngine(t, twin);
  const call = site.open({ agent: { vendorAgentId: 'agent_talker' } });
  await call.next('transcript');
  call.say(clip('stop for a moment'));
  const [, id] = await call.next('interrupted');
  let answer = await call.next('transcript');
  while (!(answer[1] === 'caller' && answer[3])) answer = await call.next('transcript');
  const from = call.heard.findIndex(([what]) => what === 'interrupted');
  const ages = call.heard.slice(from).flatMap(each => (each[0] === 'audio' ? [Math.sign(each[2] - id)] : []));
  t.same(ages.slice(0, 2), [0, 1], 'the older one of three was dropped');
});

test('corrections, tools of the vendor, guardrails and what is new reach the listener or are passed over', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, { ...twin, limits: { endCallMs: 20 } });
  const call = site.open();
  const [, { conversationId: id }] = await call.next('ready');
  await call.next('transcript');
  const inject = (message: { type: string; [field: string]: unknown }) => twin.control.inject(id, message);
  inject({
    type: 'agent_response_correction',
    agent_response_correction_event: { original_agent_response: 'A b c', corrected_agent_response: 'A b', event_id: 3 },
  });
  t.same((await call.next('corrected')).slice(1), ['A b c', 'A b']);
  inject({ type: 'mcp_tool_call', mcp_tool_call: { tool_call_id: 'm', tool_name: 'x', state: 'awaiting_approval' } });
  inject({ type: 'guardrail_triggered' });
  inject({ type: 'client_error', error_event: { code: 1008, error_name: 'missing_fields', message: 'words' } });
  for (let count = 0; count < 3; count += 1) inject({ type: 'type_of_next_year' });
  const call2 = { tool_name: 'book', tool_call_id: 'w', parameters: ['no object'], expects_response: true };
  inject({ type: 'client_tool_call', client_tool_call: call2 });
  await twin.provoked('tool-result-unknown'); // it was answered with an error at once, without asking anybody
  inject({ type: 'agent_tool_response', agent_tool_response: { tool_name: 'end_call', status: 'success' } });
  t.match(await call.ended, { kind: 'agent', reason: 'agent-ended' }, 'it did not close by itself');
  const notes = call.heard.flatMap(each => (each[0] === 'note' && each[1] !== 'ping' ? [each.slice(1)] : []));
  t.match(notes, [
    ['mcp-tool', { tool: 'x' }],
    ['guardrail', { name: null }],
    ['complaint', { name: 'missing_fields', code: 1008 }],
    ['unknown-message', { kind: 'type_of_next_year' }],
    ['tool-finished', { tool: 'end_call' }],
  ]);
  t.notMatch(JSON.stringify(notes), 'words', 'nothing of what was said');
  t.match(
    await site.metrics.registry.metrics(),
    'parley_engine_messages_not_understood_total{engine="elevenlabs",problem="unknown"} 3',
  );
});

test('a full vendor makes the session wait, with music; then it begins', async t => {
  const twin = await startTestAgent(t, { concurrency: 1, scale: 50 });
  twin.control.configure(twin.agentId, { platform_settings: { call_limits: { bursting_enabled: false } } });
  const site = startEngine(t, twin);
  const first = site.open();
  await first.next('transcript');
  const second = site.open();
  t.same(await second.next('queued'), ['queued', true]);
  await second.next('audio');
  first.session.close('caller-hung-up');
  t.match(await first.ended, { kind: 'closed', reason: 'caller-hung-up' });
  t.same(await second.next('queued'), ['queued', false]);
  await second.next('transcript');
});

test('noise of a future vendor, empty audio and a frame of 1.4 MB disturb nobody', async t => {
  const twin = await startTestAgent(t, { scale: 50 });
  twin.control.addFault({ kind: 'noise' });
  const site = startEngine(t, twin);
  const call = site.open();
  t.same((await call.next('transcript')).slice(1), ['agent', 'agent: good morning', true]);
  t.ok(call.heard.some(each => each[0] === 'audio' && each[1].length > 1_400_000));
  t.ok(call.heard.every(each => each[0] !== 'audio' || each[1].length > 0));
});

test('a resumed session is told what was said and does not greet again', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, twin);
  const resume = { conversation: 'Agent: Good morning.\nCaller: Hello.' };
  const permitted = site.open({ resume, agent: { vendorAgentId: twin.agentId, permitted: ['firstMessage'] } });
  await permitted.next('ready');
  const view = await twin.control.until(each => each.context.length > 0 && each.turns.length > 0);
  t.match(view.context[0], /Good morning[\s\S]*Hello/);
  t.equal(view.turns[0]?.role, 'user', 'the agent said nothing before it was asked to go on');
  const record = await site.engine.api.conversation(view.id);
  t.match(record?.['conversation_initiation_client_data'], {
    conversation_config_override: { agent: { first_message: '' } },
    dynamic_variables: { conversation_so_far: /Hello/ },
  });
});

test('where the greeting cannot be left out it is not heard, nor written down', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, { ...twin, limits: { greetingMs: 200 } });
  const agent = { vendorAgentId: twin.agentId, permitted: [] };
  const call = site.open({ resume: { conversation: 'Agent: Good morning.' }, agent });
  const [, { conversationId: id }] = await call.next('ready');
  await twin.control.until(each => each.turns.some(turn => turn.role === 'agent'), id);
  twin.control.inject(id, {
    type: 'agent_response',
    agent_response_event: { agent_response: 'As I said', event_id: 900 },
  });
  twin.control.inject(id, { type: 'audio', audio_event: { audio_base_64: 'AAAA', event_id: 901 } });
  t.same((await call.next('transcript')).slice(1), ['agent', 'As I said', true]);
  t.same((await call.next('audio')).slice(1), ['AAAA', 901]);
});

test('an agent that understood that it talks to a mailbox ends the call as such, whoever closes first', async t => {
  const twin = await startTestAgent(t);
  const detected = { tool_name: 'voicemail_detection', status: 'success' };
  for (const [endCallMs, closer] of [
    [20, 'we'],
    [5_000, 'the vendor'],
  ] as const) {
    const call = startEngine(t, { ...twin, limits: { endCallMs } }).open();
    const { conversationId } = (await call.next('ready'))[1];
    await call.next('audio');
    twin.control.inject(conversationId, { type: 'agent_tool_response', agent_tool_response: detected });
    if (closer === 'the vendor') twin.control.end(conversationId, { code: 1000 });
    t.match(await call.ended, { kind: 'agent', reason: 'voicemail-detected' }, `${closer} closed`);
  }
});
