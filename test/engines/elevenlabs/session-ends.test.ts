import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Test, test } from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { endOfClose } from '../../../src/engines/elevenlabs/session-end-protocol.ts';
import type { EngineEnd } from '../../../src/engines/engine-contract.ts';
import { closeCodes } from '../../../src/sandbox/agent/close-codes.ts';
import { startTestAgent } from '../../helpers/agent-twin.ts';
import { startEngine } from './site.ts';

test('every documented close code means one thing', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, twin);
  const meaning: [code: number, kind: EngineEnd['kind'], reason: string][] = [
    [1000, 'agent', 'agent-ended'],
    [1002, 'lost', 'vendor-failed'],
    [1006, 'lost', 'connection-lost'],
    [1008, 'refused', 'policy-violation'],
    [1011, 'lost', 'vendor-crashed'],
    [3000, 'refused', 'credits-exhausted'],
    [3008, 'refused', 'limit-reached'],
    [4300, 'refused', 'limit-reached'],
  ];
  for (const [code, kind, reason] of meaning) {
    twin.control.addFault({ kind: 'close', code, afterMs: 100, reason: 'its words' });
    const end = await site.open().ended;
    t.match(end, { kind, reason, detail: { closeCode: code } }, `${code}`);
    if (code !== 1006) t.equal(end.detail.closeReason, 'its words');
  }
  const metrics = await site.metrics.registry.metrics();
  t.match(metrics, 'parley_engine_sessions_ended_total{engine="elevenlabs",how="lost",code="1006"} 1');
});

test('every error of the vendor’s list ends the call as its kind', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, twin);
  const special: Record<string, [kind: EngineEnd['kind'], reason: string]> = {
    max_duration_exceeded: ['agent', 'max-duration'],
    safety_violation: ['refused', 'safety-violation'],
    override_error: ['refused', 'override-refused'],
    missing_dynamic_variable: ['refused', 'variable-missing'],
    llm_timeout: ['lost', 'model-failed'],
    tts_cascade_error: ['lost', 'voice-failed'],
    transport_receive_timeout: ['lost', 'no-input'],
  };
  await Promise.all(
    Object.entries(closeCodes).map(async ([errorType, code]) => {
      // One after the other would take longer than the whole file may.
      twin.control.addFault({ kind: 'error', errorType, afterMs: 100 });
      return code;
    }),
  );
  for (let count = 0; count < Object.keys(closeCodes).length; count += 1) {
    const { kind, reason, detail } = await site.open().ended;
    const errorType = detail.message ?? '';
    t.ok(errorType in closeCodes, `${errorType} → ${kind} ${reason}`);
    const expected = special[errorType];
    if (expected) t.same([kind, reason], expected, errorType);
    else t.equal(kind, detail.closeCode === 1008 ? 'refused' : 'lost', errorType);
  }
});

test('words decide where the code says too little', t => {
  const close = (code: number, reason: string, established = true) =>
    endOfClose({ code, reason, error: null, established });
  t.match(close(1002, 'This request exceeds your quota limit.'), { kind: 'refused', reason: 'credits-exhausted' });
  t.match(close(1008, "Override for field 'voice_id' is not allowed by config"), { reason: 'override-refused' });
  t.match(close(1008, "Missing required dynamic variables in tools: {'x'}"), { reason: 'variable-missing' });
  t.match(close(4300, 'Agent has exceeded its daily call limit of 5.'), { reason: 'limit-reached' });
  t.match(close(1000, '', false), { kind: 'refused', reason: 'refused-at-start' });
  t.match(close(4999, ''), { kind: 'lost', reason: 'closed-by-vendor' });
  t.end();
});

test('a refusal after the metadata is a refusal, and so is one before', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, twin);
  const after = site.open({ overrides: { voiceId: 'voice_2' } });
  t.match(await after.ended, { kind: 'refused', reason: 'override-refused', detail: { closeCode: 1008 } });
  t.equal(after.heard[0]?.[0], 'ready', 'it had looked accepted');
  await twin.provoked('override-refused');
  const agent = { vendorAgentId: twin.agentId, permitted: ['firstMessage'] as const };
  const leftOut = site.open({ agent, overrides: { voiceId: 'voice_2', firstMessage: 'agent: thank you' } });
  t.same((await leftOut.next('transcript')).slice(1), ['agent', 'agent: thank you', true], 'it goes on without it');
  t.match(leftOut.heard, [['note', 'complaint', { name: 'override-left-out', field: 'voiceId' }]]);
  twin.control.configure(twin.agentId, { conversation_config: { agent: { first_message: 'Hello {{name}}' } } });
  t.match(await site.open().ended, { kind: 'refused', reason: 'variable-missing' });
  await twin.provoked('variables-missing');
  twin.control.addFault({ kind: 'close', code: 3000, reason: "[quota_exceeded] You've run out of credits." });
  const before = site.open();
  t.match(await before.ended, { kind: 'refused', reason: 'credits-exhausted' });
  t.notOk(before.heard.some(([what]) => what === 'ready'));
});

test('an upgrade that is refused or reset, an address that ran out, a wrong key, a full vendor, no vendor', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, twin);
  for (const [status, kind, reason] of [
    [401, 'refused', 'credentials-refused'],
    [403, 'refused', 'credentials-refused'],
    [429, 'refused', 'limit-reached'],
    [503, 'lost', 'unreachable'],
  ] as const) {
    twin.control.addFault({ kind: 'refuse-upgrade', status });
    t.match(await site.open().ended, { kind, reason }, `${status}`);
  }
  twin.control.addFault({ kind: 'refuse-upgrade' });
  t.match(await site.open().ended, { kind: 'lost', reason: 'unreachable' });

  const stale = await site.engine.reserve({ vendorAgentId: twin.agentId });
  const call = site.open({ reservation: { ...stale, secret: `${stale.secret}x` } });
  await call.next('ready');
  await twin.provoked('ws-unauthorised');
  await site.open({ reservation: { ...stale, expiresAt: new Date(0) } }).next('ready');
  await site.open({ reservation: { ...stale, vendorAgentId: 'agent_of_another' } }).next('ready');

  twin.control.addFault({ kind: 'rest-status', status: 401 });
  t.match(await site.open().ended, { kind: 'refused', reason: 'credits-exhausted' });
  twin.control.addFault({ kind: 'rest-status', status: 429 });
  t.match(await site.open().ended, { kind: 'refused', reason: 'limit-reached' });
  const unknown = await site.open({ agent: { vendorAgentId: 'agent_of_nobody' } }).ended;
  t.match(unknown, { kind: 'refused', reason: 'agent-unknown' });
  const nobody = startEngine(t, { baseUrl: 'http://127.0.0.1:1', agentId: 'agent_x' });
  t.match(await nobody.open().ended, { kind: 'lost', reason: 'unreachable' });
});

test('a slow start is waited for, up to a limit', async t => {
  const twin = await startTestAgent(t, { scale: 20 });
  const patient = startEngine(t, twin);
  twin.control.addFault({ kind: 'slow-start', delayMs: 4_000 });
  await patient.open().next('ready');
  const hasty = startEngine(t, { ...twin, limits: { startMs: 100 } });
  twin.control.addFault({ kind: 'slow-start', delayMs: 60_000 });
  const call = hasty.open();
  t.match(await call.ended, { kind: 'lost', reason: 'start-timeout' });
  twin.control.addFault({ kind: 'rest-slow', delayMs: 60_000 });
  t.match(await hasty.open().ended, { kind: 'lost', reason: 'start-timeout' });
});

test('a half-open socket is noticed, and closing one takes no longer than it may', async t => {
  const twin = await startTestAgent(t, { scale: 100 });
  twin.control.addFault({ kind: 'half-open', afterMs: 8_000 });
  const site = startEngine(t, { ...twin, limits: { silenceMs: 300, closeMs: 50 } });
  const call = site.open();
  await call.next('ready');
  t.match(await call.ended, { kind: 'lost', reason: 'silent' });
  t.equal(call.session.bufferedBytes, 0);
});

test('closing at any moment ends once, as closed', async t => {
  const twin = await startTestAgent(t);
  const site = startEngine(t, twin);
  const atOnce = site.open();
  atOnce.session.close('changed-my-mind');
  atOnce.session.close('again');
  t.match(await atOnce.ended, { kind: 'closed', reason: 'changed-my-mind' });
  const connecting = site.open({ reservation: await site.engine.reserve({ vendorAgentId: twin.agentId }) });
  await new Promise(resolve => setImmediate(resolve));
  connecting.session.close('hung-up');
  t.match(await connecting.ended, { kind: 'closed', reason: 'hung-up' });
  const talking = site.open();
  await talking.next('audio');
  talking.session.close('hung-up');
  const upTo = talking.heard.length;
  talking.session.sendAudio('AAAA');
  talking.session.addContext('late');
  talking.session.answerTool('x', 'y', false);
  talking.session.sendDtmf('1');
  t.match(await talking.ended, { kind: 'closed', reason: 'hung-up' });
  t.equal(talking.heard.length, upTo + 1, 'nothing is heard after closing but the end');
});

/** A vendor as hostile as it likes: one behaviour per connection. */
async function startRogue(t: Test, behave: (socket: WebSocket, tcp: Socket) => void) {
  const server: Server = createServer((_request, response) => {
    const { port } = server.address() as AddressInfo;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ signed_url: `ws://127.0.0.1:${port}/talk` }));
  });
  const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 * 1024 });
  sockets.on('connection', (socket, request) => behave(socket, request.socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const metadata = (output = 'ulaw_8000') =>
  JSON.stringify({
    type: 'conversation_initiation_metadata',
    conversation_initiation_metadata_event: {
      conversation_id: 'conv_1',
      agent_output_audio_format: output,
      user_input_audio_format: 'ulaw_8000',
    },
  });

test('a hostile server: frames too large, broken, binary, doubled; the process goes on', async t => {
  const huge = Buffer.alloc(17 * 1024 * 1024, 0x41);
  const rows: [name: string, send: (socket: WebSocket, tcp: Socket) => void, end: object][] = [
    ['more than 16 MB', socket => socket.send(huge, { binary: false }), { kind: 'lost', reason: 'message-too-large' }],
    ['no WebSocket frame', (_, tcp) => tcp.write(Buffer.alloc(64, 0xff)), { kind: 'lost', reason: 'protocol-broken' }],
    ['not UTF-8', socket => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }), { reason: 'protocol-broken' }],
    ['a format of its own', socket => socket.send(metadata('opus_48000')), { reason: 'audio-format-unknown' }],
    ['gone at once', (_, tcp) => tcp.destroy(), { kind: 'lost' }],
  ];
  for (const [name, send, end] of rows) {
    const baseUrl = await startRogue(t, (socket, tcp) => {
      socket.on('error', () => undefined);
      socket.once('message', () => send(socket, tcp));
    });
    t.match(await startEngine(t, { baseUrl, agentId: 'agent_x' }).open().ended, end, name);
  }

  const baseUrl = await startRogue(t, socket => {
    socket.on('error', () => undefined);
    socket.once('message', () => {
      socket.send('{"type":"audio","audio_event":{"audio_base_64":"AAAA","event_id":1}}');
      socket.send(metadata());
      socket.send(metadata());
      socket.send(Buffer.from('binary'), { binary: true });
      socket.send(`{"type":"audio","audio_event":{"audio_base_64":"${'A'.repeat(15 * 1024 * 1024)}","event_id":2}}`);
      socket.send(huge.subarray(0, 15 * 1024 * 1024), { binary: false });
      socket.send('{"type":"audio","audio_event":{"audio_base_64":"*","event_id":1}}');
      const call = '{"type":"client_tool_call","client_tool_call":{"tool_name":"a","tool_call_id":"1"}}';
      socket.send(call);
      socket.send(call);
      socket.close(1011);
    });
  });
  const call = startEngine(t, { baseUrl, agentId: 'agent_x' }).open();
  t.match(await call.ended, { kind: 'lost', reason: 'vendor-crashed' });
  const notes = call.heard.flatMap(each => (each[0] === 'note' ? [each[2]['kind']] : []));
  t.same(notes, ['before-metadata', 'metadata-again', 'binary', 'too-long', 'audio', 'tool-call-again']);
  t.equal(call.heard.filter(([what]) => what === 'tool').length, 1);
  t.equal(call.heard.filter(([what]) => what === 'audio').length, 1, '15 MB of audio are audio');
});

test('an agent that sends no pings is asked through the socket whether it is there', async t => {
  let asked = 0;
  let answer = true;
  const baseUrl = await startRogue(t, (socket, tcp) => {
    socket.once('message', () => socket.send(metadata()));
    socket.on('ping', () => {
      asked += 1;
      if (asked >= 3) answer = false;
      if (!answer) tcp.pause();
    });
  });
  const call = startEngine(t, { baseUrl, agentId: 'agent_x', limits: { silenceMs: 60 } }).open();
  await call.next('ready');
  t.match(await call.ended, { kind: 'lost', reason: 'silent' });
  t.ok(asked >= 2, 'it lived on while it answered');
});
