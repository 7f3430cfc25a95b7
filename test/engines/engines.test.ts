import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { createElevenLabsApi } from '../../src/engines/elevenlabs/elevenlabs-api.ts';
import { vendorAgentOf } from '../../src/engines/elevenlabs/vendor-agent-protocol.ts';
import { engineHealth } from '../../src/engines/engine-health.ts';
import { createEngines } from '../../src/engines/engines.ts';
import { startTestAgent, testKey } from '../helpers/agent-twin.ts';
import { startEngine } from './elevenlabs/site.ts';

/** A vendor that answers what it is told to. */
async function startVendor(t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createElevenLabsApi({ baseUrl: `${baseUrl}/prefix/`, apiKey: testKey, timeoutMs: 400 });
  t.teardown(async () => {
    await api.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return { api, server };
}

test('an engine that is not built is refused by its name', async t => {
  const twin = await startTestAgent(t);
  const { engine } = startEngine(t, twin);
  const engines = createEngines([engine]);
  t.equal(engines.get('elevenlabs'), engine);
  t.same(engines.available, ['elevenlabs']);
  for (const kind of ['openai-realtime', 'pipeline', 'relay'] as const) {
    t.throws(() => engines.get(kind), { code: 'ENGINE_NOT_AVAILABLE', message: new RegExp(`${kind}.*elevenlabs`) });
  }
});

test('agents of the vendor are listed over pages and read', async t => {
  const twin = await startTestAgent(t);
  const { engine } = startEngine(t, twin);
  t.match(await engine.agents(), [{ id: 'agent_booker', name: 'Booker' }, { id: 'agent_talker' }]);
  t.match(await engine.agent('agent_booker'), {
    id: 'agent_booker',
    firstMessage: 'agent: good morning',
    input: { encoding: 'mulaw', sampleRate: 8000 },
    variables: [],
    overrides: ['firstMessage', 'prompt', 'language'],
    languages: ['en'],
    maxDurationSeconds: 600,
    endsSilenceAfterSeconds: null,
  });
  await t.rejects(engine.agent('agent_of_nobody'), { code: 'ENGINE_AGENT_REFUSED', fault: 'agent', httpStatus: 404 });

  const paged = await startVendor(t, (request, response) => {
    const second = request.url!.includes('cursor=two');
    response.end(
      JSON.stringify({
        agents: [{ agent_id: second ? 'b' : 'a', name: 'N' }, { agent_id: 'c', archived: true }, 7],
        has_more: !second,
        next_cursor: second ? null : 'two',
      }),
    );
  });
  t.same(await paged.api.agents(), [
    { id: 'a', name: 'N' },
    { id: 'b', name: 'N' },
  ]);
});

test('each refusal says who has to do something, in words of ours', async t => {
  let reply: [status: number, body: unknown] = [200, {}];
  const { api } = await startVendor(t, (_request, response) => {
    response.statusCode = reply[0];
    response.end(typeof reply[1] === 'string' ? reply[1] : JSON.stringify(reply[1]));
  });
  const detail = (status: string) => ({ detail: { type: 'x', code: status, status, message: 'secret words' } });
  const rows: [status: number, body: unknown, fault: string, code: string][] = [
    [401, detail('invalid_api_key'), 'credentials', 'ENGINE_CREDENTIALS_REFUSED'],
    [403, detail('missing_permissions'), 'credentials', 'ENGINE_CREDENTIALS_REFUSED'],
    [401, detail('quota_exceeded'), 'credits', 'ENGINE_CREDITS_EXHAUSTED'],
    [402, {}, 'credits', 'ENGINE_CREDITS_EXHAUSTED'],
    [404, detail('agent_not_found'), 'agent', 'ENGINE_AGENT_REFUSED'],
    [422, { detail: [{ loc: ['query'], msg: 'm', type: 'missing' }] }, 'agent', 'ENGINE_AGENT_REFUSED'],
    [429, { detail: 'system_busy' }, 'full', 'ENGINE_FULL'],
    [500, 'not JSON', 'unavailable', 'ENGINE_UNAVAILABLE'],
    [301, '', 'unavailable', 'ENGINE_UNAVAILABLE'],
    [200, 'not JSON', 'unavailable', 'ENGINE_UNAVAILABLE'],
    [200, { signed_url: 'javascript:alert(1)' }, 'unavailable', 'ENGINE_UNAVAILABLE'],
    [200, null, 'unavailable', 'ENGINE_UNAVAILABLE'],
  ];
  for (const [status, body, fault, code] of rows) {
    reply = [status, body];
    const error = await api.reserve({ vendorAgentId: 'agent_1' }).then(
      () => undefined,
      each => each,
    );
    t.match(error, { fault, code, details: { engine: 'elevenlabs' } }, `${status} ${JSON.stringify(body)}`);
    t.notMatch(`${error.message} ${JSON.stringify(error.details)}`, /secret words|sk_test/);
  }
});

test('a vendor that hangs, cuts or floods is given up in time; a kept connection that was closed is not noticed', async t => {
  let asked = 0;
  let behave: (response: ServerResponse) => void = () => undefined;
  const paths: string[] = [];
  const { api } = await startVendor(t, (request, response) => {
    asked += 1;
    paths.push(request.url!);
    behave(response);
  });
  await t.rejects(api.agents(), { code: 'ENGINE_UNAVAILABLE', details: { problem: 'no answer in time' } });
  behave = response => response.destroy();
  await t.rejects(api.agents(), { code: 'ENGINE_UNAVAILABLE' });
  behave = response => {
    const flood = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024, 0x20)));
      if (!response.destroyed) response.once('drain', flood);
    };
    flood();
  };
  await t.rejects(api.agents(), { code: 'ENGINE_UNAVAILABLE' });
  asked = 0;
  behave = response => {
    if (asked === 1) response.destroy();
    else response.end('{"agents":[]}');
  };
  t.same(await api.agents(), []);
  t.equal(asked, 2);
  t.ok(
    paths.every(path => path.startsWith('/prefix/v1/convai/agents?')),
    'a path prefix is kept',
  );
});

test('a vendor’s document is reduced to what a call depends on; odd ones break nothing', t => {
  const agent = vendorAgentOf({
    agent_id: 'agent_1',
    conversation_config: {
      language_presets: { de: {}, fr: { overrides: {} } },
      agent: {
        language: 'pt',
        first_message: 'Hi {{ name }}, {{system__time}}',
        prompt: {
          prompt: 'Use {{topic}} and {{secret__key}}.',
          tools: [
            {
              name: 'a',
              assignments: [{ dynamic_variable: 'filled_by_the_tool' }],
              api_schema: {
                url: 'https://example.com/{{place}}',
                path_params_schema: { id: { dynamic_variable: 'bridge_call_id' } },
                request_headers: { x: { variable_name: 'system__conversation_id' }, y: { variable_name: 'tenant' } },
              },
            },
          ],
        },
      },
      tts: { agent_output_audio_format: 'pcm_24000' },
      turn: { turn_timeout: 7, silence_end_call_timeout: 20 },
      asr: { user_input_audio_format: 'opus' },
    },
    platform_settings: {
      overrides: {
        conversation_config_override: { agent: { first_message: true, language: 'yes' }, tts: { voice_id: true } },
      },
    },
  });
  t.same(agent, {
    id: 'agent_1',
    name: 'agent_1',
    firstMessage: 'Hi {{ name }}, {{system__time}}',
    input: null,
    output: { encoding: 'pcm16', sampleRate: 24000 },
    variables: ['bridge_call_id', 'name', 'place', 'secret__key', 'tenant', 'topic'],
    overrides: ['firstMessage', 'voiceId'],
    languages: ['pt', 'de', 'fr'],
    maxDurationSeconds: null,
    endsSilenceAfterSeconds: 20,
  });
  for (const odd of [null, 7, [], {}, { agent_id: 3 }]) t.equal(vendorAgentOf(odd), undefined);
  t.match(vendorAgentOf({ agent_id: 'a', conversation_config: [], platform_settings: 'x' }), { overrides: [] });
  t.end();
});

test('the vendor’s health is asked seldom, and told without its words', async t => {
  const twin = await startTestAgent(t);
  const { engine } = startEngine(t, twin);
  let asked = 0;
  let now = Date.now();
  const health = engineHealth(
    {
      agents: () => {
        asked += 1;
        return engine.agents();
      },
    },
    () => now,
  );
  t.match([await health.check(), await health.check()], [{ state: 'up' }, { state: 'up' }]);
  t.equal(asked, 1);
  now += 31_000;
  twin.control.addFault({ kind: 'rest-status', status: 403 });
  t.match(await health.check(), { state: 'down', detail: /ELEVENLABS_API_KEY/ });
  now += 31_000;
  twin.control.addFault({ kind: 'rest-status', status: 429 });
  t.match(await health.check(), { state: 'degraded' });
});
