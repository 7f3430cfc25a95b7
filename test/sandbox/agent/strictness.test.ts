import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { test } from 'tap';
import { type AgentViolationKind, violationKinds as agentKinds } from '../../../src/sandbox/agent/agent-ledger.ts';
import { readClientMessage } from '../../../src/sandbox/agent/client-messages.ts';
import { violationKinds as carrierKinds } from '../../../src/sandbox/carrier/twin-ledger.ts';
import { createTwinClock } from '../../../src/sandbox/clock.ts';
import { startTestAgent, type TestTalk } from '../../helpers/agent-twin.ts';
import { loaderFlags, moduleUrl } from '../../helpers/program.ts';
import { createMessageSchema } from '../../helpers/server-message-check.ts';
import type { AnyJson } from '../../helpers/trivial-product.ts';

const start = (fields: AnyJson = {}) => ({ type: 'conversation_initiation_client_data', ...fields });

/** What the product does wrong after the metadata, and what that is called; everything here closes with 1008. */
const closing: [what: string, kind: AgentViolationKind, breach: (talk: TestTalk) => void][] = [
  ['a binary frame', 'ws-binary-frame', talk => talk.send(Buffer.alloc(160))],
  ['text that is not JSON', 'ws-not-json', talk => talk.send('hello')],
  ['JSON that is no object', 'ws-not-json', talk => talk.send('[]')],
  ['an unknown type', 'ws-unknown-type', talk => talk.send({ type: 'commit' })],
  ['audio with a type', 'ws-unknown-type', talk => talk.send({ type: 'user_audio_chunk', user_audio_chunk: '' })],
  ['no type at all', 'ws-field-missing', talk => talk.send({ audio: 'AAAA' })],
  ['a missing field', 'ws-field-missing', talk => talk.send({ type: 'pong' })],
  ['an unknown field', 'ws-field-unknown', talk => talk.send({ user_audio_chunk: '/w==', event_id: 1 })],
  ['a field of the wrong type', 'ws-field-invalid', talk => talk.send({ type: 'pong', event_id: '1' })],
  [
    'a result that is no string',
    'ws-field-invalid',
    talk => talk.send({ type: 'client_tool_result', tool_call_id: 'c', result: {}, is_error: false }),
  ],
  ['audio that is not base64', 'ws-audio-invalid', talk => talk.send({ user_audio_chunk: '*' })],
  ['a second initiation', 'ws-initiated-twice', talk => talk.send(start())],
  ['a pong that nobody asked for', 'pong-unknown', talk => talk.send({ type: 'pong', event_id: 4_711 })],
];

test('a breach of the message rules is recorded and closes with 1008', async t => {
  for (const [what, kind, breach] of closing) {
    await t.test(what, async t => {
      const twin = await startTestAgent(t);
      const talk = await twin.talk();
      const metadata = await talk.next('conversation_initiation_metadata');
      breach(talk);
      t.match(await talk.closed, { code: 1008, reason: /./ });
      t.match(await talk.next('error'), { error_event: { code: 1008 } });
      const { conversation_id: id } = metadata['conversation_initiation_metadata_event'];
      t.match(await twin.provoked(kind), { conversationId: id, detail: /./ });
    });
  }
});

const refused: [what: string, kind: AgentViolationKind, reason: RegExp, initiation: AnyJson][] = [
  [
    'an override that the agent does not allow',
    'override-refused',
    /^Override for field 'voice_id' is not allowed by config$/,
    { conversation_config_override: { tts: { voice_id: 'voice_1' } } },
  ],
  [
    'a language that the agent does not have',
    'override-refused',
    /^$/,
    { conversation_config_override: { agent: { language: 'xx' } } },
  ],
  [
    'a missing variable',
    'variables-missing',
    /^Missing required dynamic variables in first message: \{'name'\}$/,
    { conversation_config_override: { agent: { first_message: 'Hello {{name}}' } } },
  ],
  ['a reserved variable', 'ws-field-invalid', /reserved/, { dynamic_variables: { system__time: 'now' } }],
];

test('a session can be refused after its metadata', async t => {
  for (const [what, kind, reason, initiation] of refused) {
    await t.test(what, async t => {
      const twin = await startTestAgent(t);
      const talk = await twin.talk({ initiation });
      t.match(await talk.closed, { code: 1008, reason });
      t.same(
        talk.messages.map(each => each['type']),
        ['conversation_initiation_metadata'],
      );
      await twin.provoked(kind);
      await twin.control.idle();
      t.match(twin.control.conversations()[0], { status: 'failed', error: { code: 1008 } });
    });
  }
  await t.test('a null override counts as absent, a given variable is filled in', async t => {
    const twin = await startTestAgent(t);
    const override = { agent: { first_message: 'Hello {{name}}' }, tts: { voice_id: null } };
    const talk = await twin.talk({
      initiation: { conversation_config_override: override, dynamic_variables: { name: 'Ada' } },
    });
    t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'Hello Ada' } });
    t.ok((await talk.next('audio'))['audio_event'].audio_base_64.length > 100, 'and can be heard');
  });
});

test('a frame that is against the WebSocket protocol is recorded', async t => {
  const twin = await startTestAgent(t);
  const talk = await twin.talk();
  await talk.next('conversation_initiation_metadata');
  // A client has to mask what it sends: this text is not.
  (talk.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
    Buffer.from([0x81, 0x02, 0x7b, 0x7d]),
  );
  t.match(await talk.closed, { code: 1002 });
  t.match(await twin.provoked('ws-websocket-protocol'), { detail: /MASK/ });
});

test('the first message has to be the initiation', async t => {
  const twin = await startTestAgent(t);
  const talk = await twin.talk({ initiation: null });
  talk.silence(20);
  t.match(await talk.closed, { code: 1008 });
  await twin.provoked('ws-not-initiated');
});

test('a client that never answers pings is dropped', async t => {
  const twin = await startTestAgent(t, { pongTimeoutMs: 100, scale: 100 });
  const talk = await twin.talk({ pong: false });
  t.match(await talk.closed, { code: 1002 });
  await twin.provoked('pong-missing');
});

test('a client that sends no audio is dropped after a minute', async t => {
  const twin = await startTestAgent(t, { scale: 500 });
  twin.control.configure(twin.agentId, { conversation_config: { turn: { turn_timeout: -1 } } });
  const talk = await twin.talk();
  t.match(await talk.closed, { code: 1002 });
  t.match(await talk.next('error'), { error_event: { error_type: 'transport_receive_timeout' } });
  await twin.provoked('ws-caller-silent');
});

test('tool results: unknown and doubled ones, and those that never come, are recorded', async t => {
  const twin = await startTestAgent(t);
  twin.control.configure(twin.agentId, {
    conversation_config: {
      agent: {
        prompt: {
          tools: [
            { type: 'client', name: 'book', description: '', expects_response: true, response_timeout_secs: 0.1 },
          ],
        },
      },
    },
  });
  const talk = await twin.talk();
  await talk.next('agent_response');
  const result = { type: 'client_tool_result', tool_call_id: 'call_1', result: 'ok', is_error: false };
  talk.send(result);
  await twin.provoked('tool-result-unknown');
  talk.send({ type: 'user_message', text: 'yes please' });
  await twin.provoked('tool-result-missing');
  t.match((await talk.next('agent_tool_response'))['agent_tool_response'], { is_error: true });
  talk.send({ ...result, tool_call_id: (await talk.next('client_tool_call'))['client_tool_call'].tool_call_id });
  t.match(
    await talk.next('agent_response'),
    { agent_response_event: { agent_response: 'agent: a long explanation' } },
    'the agent goes on, and a late result is no breach',
  );
});

test('signatures: a reserved one works once, all expire, and strangers get 401 and 403', async t => {
  const running = createTwinClock(20);
  let laterMs = 0;
  const twin = await startTestAgent(t, { clock: { ...running, now: () => running.now() + laterMs } });
  const { WebSocket } = await import('ws');
  const statusOf = (url: string, headers = {}) =>
    new Promise<number>(resolve => {
      const socket = new WebSocket(url, ['convai'], { headers });
      socket.once('open', () => {
        resolve(socket.protocol === 'convai' ? 101 : 0);
        socket.close(1000);
      });
      socket.once('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
        socket.terminate();
      });
      socket.on('error', () => undefined);
    });
  const path = `/v1/convai/conversation/get-signed-url?agent_id=${twin.agentId}&include_conversation_id=true`;
  const once = (await twin.get(path)).body['signed_url'];
  const often = await twin.signedUrl();
  t.equal(await statusOf(once), 101);
  t.equal(await statusOf(once), 403);
  await twin.provoked('signed-url-reused');
  t.equal(await statusOf(often), 101);
  t.equal(await statusOf(`${often}&source=node_js_sdk&version=1.0.0`), 101, 'official clients append to it');
  laterMs = 15 * 60_000 + 1;
  t.equal(await statusOf(often), 403);
  await twin.provoked('signed-url-expired');
  const plain = `${twin.baseUrl.replace('http', 'ws')}/v1/convai/conversation?agent_id=${twin.agentId}`;
  t.equal(await statusOf(plain), 401);
  await twin.provoked('ws-unauthorised');
  t.equal(await statusOf(plain, { 'xi-api-key': twin.apiKey }), 101);
  t.equal(await statusOf(`${plain}&conversation_signature=made_up`), 403);
  await twin.provoked('ws-unauthorised');
  twin.control.configure(twin.agentId, { platform_settings: { auth: { enable_auth: false } } });
  t.equal(await statusOf(plain), 101, 'a public agent needs nothing');
});

test("the twin's reader and the schema agree on what a client may send", async t => {
  const { fitsClient } = createMessageSchema();
  const file = new URL('../../fixtures/elevenlabs/client-messages.json', import.meta.url);
  const { valid, invalid } = JSON.parse(readFileSync(file, 'utf8')) as { valid: AnyJson[]; invalid: AnyJson[] };
  t.ok(valid.length >= 15 && invalid.length >= 15);
  for (const message of valid) {
    t.ok(fitsClient(message), `the schema takes ${JSON.stringify(message).slice(0, 80)}`);
    t.match(readClientMessage(JSON.stringify(message)), { ok: true }, 'and so does the twin');
  }
  for (const message of invalid) {
    t.notOk(fitsClient(message), `the schema refuses ${JSON.stringify(message).slice(0, 80)}`);
    t.match(readClientMessage(JSON.stringify(message)), { ok: false }, 'and so does the twin');
  }
});

test('a violation that a test does not name fails it', async t => {
  const careless = `
    import { test } from 'tap';
    import { startTestAgent } from '${moduleUrl('test/helpers/agent-twin.ts')}';
    test('careless', async t => {
      const talk = await (await startTestAgent(t)).talk();
      talk.send({ type: 'commit' });
      await talk.closed;
    });
  `;
  const run = promisify(execFile)(process.execPath, [...loaderFlags, '--input-type=module', '-e', careless]);
  const { code, stdout } = await run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  t.not(code, 0);
  t.match(stdout, /not ok .* careless: the agent's protocol was violated: ws-unknown-type/);
});

test('every rule of both twins is broken on purpose by some test', async t => {
  const folder = new URL('../', import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map(name => readFile(new URL(name, folder), 'utf8')));
  const all = texts.join('\n');
  for (const kind of [...agentKinds, ...carrierKinds]) t.ok(all.includes(`'${kind}'`), kind);
});
