import root, { test } from 'tap';
import { startApp } from '../helpers/app.ts';

const nobody = '0'.repeat(24);

// One application for the tests of the API: each makes agents of its own and leaves the first one alone.
const app = await startApp(root);
const token = await app.signIn();
const twin = app.app.sandbox.agent!;
const api = (method: string, path: string, body?: unknown) =>
  app.call(method, path, { token, ...(body === undefined ? {} : { body }) });
const first = await app.app.agents.byDefault();
/** An agent of ours that speaks through one of the vendor's, by its place in the list. */
const make = async (place: number, fields: object = {}) => {
  const vendorAgentId = twin.control.agents()[place]!.agent_id;
  return (await api('POST', '/api/agents', { name: `Agent ${place}`, vendorAgentId, ...fields })).body.agent;
};

const auditOf = async (action: string) => {
  const { items } = (await api('GET', '/api/audit?limit=200')).body;
  return items.filter((each: { action: string }) => each.action === action);
};

test('the agent of the first start is there, with what the vendor says of it and nothing else of it', async t => {
  const { agent } = (await api('GET', `/api/agents/${first.id}`)).body;
  t.match(agent, {
    version: 1,
    engine: 'elevenlabs',
    vendorAgentId: twin.agentId,
    overrides: {},
    vendor: {
      input: { encoding: 'mulaw', sampleRate: 8000 },
      output: { encoding: 'mulaw', sampleRate: 8000 },
      permitted: ['firstMessage', 'prompt', 'language'],
      maxSeconds: 600,
    },
  });
  t.notMatch(JSON.stringify(agent), 'Follow the script', 'the prompt stays with the vendor');
  t.match(first, { id: first.id, version: 1, vendorAgentId: twin.agentId, vendorMaxSeconds: 600 });
  t.same(await app.app.agents.current(first.id), first);
  t.same(await app.app.agents.version(first.id, 1), first);
});

test('an agent is made, read, listed, changed and archived; each save is a version that stays', async t => {
  const other = twin.control.agents()[1]!.agent_id;
  const made = await api('POST', '/api/agents', {
    name: 'Reception',
    vendorAgentId: other,
    business: 'Example Dental',
    callerId: '+12125550100',
    amd: { mode: 'detect', onMachine: 'leave-message', message: 'Please call back.' },
    overrides: { firstMessage: 'Hello.', language: 'en' },
    maxMinutes: 5,
  });
  t.match(made, {
    status: 201,
    body: { agent: { name: 'Reception', version: 1, record: null, silenceSeconds: null } },
  });
  const { id } = made.body.agent;
  t.same((await api('GET', `/api/agents/${id}`)).body.agent, made.body.agent);
  t.same(made.body.firstMessage, { text: 'Hello.', said: [], missing: ['seller', 'ai', 'way-out'] });
  const names = (await api('GET', '/api/agents?sort=name&fields=name')).body.items.map(
    (each: { name: string }) => each.name,
  );
  t.ok(names.includes('Reception') && names.includes(first.name));
  t.equal((await app.app.agents.byDefault()).id, first.id, 'the first one stays');

  const changed = await api('PATCH', `/api/agents/${id}`, { version: 1, maxMinutes: 3, overrides: {} });
  t.match(changed, {
    status: 200,
    body: { agent: { version: 2, maxMinutes: 3, overrides: {}, business: 'Example Dental' } },
  });
  t.match(await api('PUT', `/api/agents/${id}`, { version: 1, name: 'Too late' }), {
    status: 409,
    body: { error: { code: 'VERSION_CONFLICT' } },
  });
  t.match(await api('PUT', `/api/agents/${id}`, { record: true }), { status: 200, body: { agent: { version: 3 } } });
  const { items } = (await api('GET', `/api/agents/${id}/versions`)).body;
  t.match(items, [
    { version: 3, profile: { record: true, maxMinutes: 3, firstMessage: /./ } },
    { version: 2, profile: { record: null, maxMinutes: 3, overrides: {} } },
    { version: 1, profile: { maxMinutes: 5, firstMessage: 'Hello.', callerId: '+12125550100' } },
  ]);
  t.match(await app.app.agents.version(id, 1), { maxMinutes: 5, amd: { onMachine: 'leave-message' } });
  await t.rejects(app.app.agents.version(id, 9), { code: 'AGENT_NOT_FOUND' });

  t.match(await api('DELETE', `/api/agents/${id}`), { status: 200, body: { archived: id } });
  t.match(await api('DELETE', `/api/agents/${id}`), { status: 404, body: { error: { code: 'AGENT_NOT_FOUND' } } });
  t.match(await api('GET', `/api/agents/${id}`), { status: 404, body: { error: { code: 'AGENT_NOT_FOUND' } } });
  await t.rejects(app.app.agents.current(id), { code: 'AGENT_NOT_FOUND' });
  t.match(await app.app.agents.version(id, 2), { maxMinutes: 3 }, 'a call keeps the version it ran with');
  t.equal((await api('GET', `/api/agents/${id}/versions`)).body.items.length, 3);

  const entries = await auditOf('agent.change');
  t.match(entries[0], { target: { type: 'agent', id }, before: { version: 2 }, after: { version: 3, record: true } });
  t.notMatch(JSON.stringify(await auditOf('agent.create')), 'Hello.', 'no texts in the audit log');
  t.equal((await auditOf('agent.archive')).length, 1);
});

test('it is said what a first message leaves out of what a call must open with', async t => {
  const text = 'Hello, this is the AI assistant of Example Dental. To stop calls, press 9.';
  const { body } = await api('POST', '/api/agents', {
    name: 'Opening',
    vendorAgentId: twin.control.agents()[1]!.agent_id,
    business: 'Example Dental',
    overrides: { firstMessage: text },
    record: true,
  });
  t.same(body.firstMessage, { text, said: ['seller', 'ai', 'way-out'], missing: ['recording'] });
  t.match(await api('PATCH', `/api/agents/${body.agent.id}`, { record: false }), {
    body: { firstMessage: { missing: [] } },
  });
  await api('DELETE', `/api/agents/${body.agent.id}`);
});

test('what cannot be is refused, naming the field', async t => {
  const before = (await api('GET', '/api/agents')).body.items.length;
  const vendorAgentId = first.vendorAgentId;
  const rows: [body: object, status: number, error: object][] = [
    [{ name: 'A' }, 400, { details: [{ field: 'vendorAgentId' }] }],
    [{ name: ' ', vendorAgentId }, 400, { details: [{ field: 'name' }] }],
    [{ name: 'A', vendorAgentId, prompt: 'x' }, 400, { details: [{ field: 'prompt' }] }],
    [{ name: 'A', vendorAgentId, callerId: '555-0100' }, 400, { details: [{ field: 'callerId' }] }],
    [{ name: 'A', vendorAgentId, maxMinutes: 0 }, 400, { details: [{ field: 'maxMinutes' }] }],
    [{ name: 'A', vendorAgentId, amd: { mode: 'guess' } }, 400, { details: [{ field: 'amd.mode' }] }],
    [{ name: 'A', vendorAgentId, engine: 'pipeline' }, 422, { code: 'ENGINE_NOT_AVAILABLE', message: /pipeline/ }],
    [{ name: 'A', vendorAgentId, engine: 'parrot' }, 400, { details: [{ field: 'engine' }] }],
    [{ name: 'A', vendorAgentId: 'agent_of_nobody' }, 400, { details: [{ field: 'vendorAgentId' }] }],
    [
      { name: 'A', vendorAgentId, overrides: { voiceId: 'voice_2', language: 'en' } },
      422,
      { code: 'AGENT_OVERRIDE_REFUSED', message: /voiceId/, details: [{ field: 'overrides.voiceId' }] },
    ],
  ];
  for (const [body, status, error] of rows) {
    t.match(await api('POST', '/api/agents', body), { status, body: { error } }, JSON.stringify(body));
  }
  t.match(await api('PATCH', `/api/agents/${first.id}`, { overrides: { voiceId: 'v' } }), { status: 422 });
  t.match(await api('PATCH', `/api/agents/${first.id}`, { engine: 'elevenlabs' }), { status: 400 });
  t.match(await api('PATCH', `/api/agents/${first.id}`, {}), { status: 400 });
  for (const [method, path] of [
    ['GET', `/api/agents/${nobody}`],
    ['DELETE', `/api/agents/${nobody}`],
  ] as const) {
    t.match(await api(method, path), { status: 404, body: { error: { code: 'AGENT_NOT_FOUND' } } });
  }
  t.match(await api('PATCH', `/api/agents/${nobody}`, { name: 'A' }), { status: 404 });
  t.equal((await api('GET', '/api/agents')).body.items.length, before, 'nothing was made');

  await app.app.numbersReady();
  const use = 'the campaign Spring';
  app.app.agents.neededBy(async id => (id === first.id ? [use] : []));
  t.match(await api('DELETE', `/api/agents/${first.id}`), {
    status: 409,
    body: {
      error: {
        code: 'AGENT_IN_USE',
        message: /the number \+\d+, the campaign Spring/,
        details: { usedBy: [/^the number /, use] },
      },
    },
  });
});

test('while the vendor is away, fields that need no question to it can still be changed', async t => {
  const { id, vendorAgentId } = await make(0);
  twin.control.addFault({ kind: 'rest-status', status: 500, times: 100 });
  t.match(await api('PATCH', `/api/agents/${id}`, { maxMinutes: 2 }), { status: 200 });
  for (const body of [{ overrides: { language: 'en' } }, { vendorAgentId }]) {
    t.match(await api('PATCH', `/api/agents/${id}`, body), {
      status: 503,
      body: { error: { code: 'ENGINE_UNAVAILABLE' } },
    });
  }
  t.match(await api('POST', '/api/agents/sync'), { status: 503, body: { error: { code: 'ENGINE_UNAVAILABLE' } } });
  twin.control.clearFaults();
  twin.control.addFault({ kind: 'rest-status', status: 403 });
  t.match(await api('POST', '/api/agents/sync'), {
    status: 503,
    body: { error: { code: 'ENGINE_CREDENTIALS_REFUSED', message: /ELEVENLABS_API_KEY/ } },
  });
});

test('a sync takes over what changed at the vendor, as a new version, and says what no longer fits', async t => {
  const { id, vendorAgentId } = await make(1);
  await api('PATCH', `/api/agents/${id}`, { overrides: { language: 'en' } });
  const mine = (items: { id: string }[]) => items.find(each => each.id === id);
  const ofVendor = (items: { id: string }[]) => items.find(each => each.id === vendorAgentId);
  const quiet = await api('POST', '/api/agents/sync');
  t.match(mine(quiet.body.agents), { version: 2, changed: false, problem: null });
  t.match(ofVendor(quiet.body.vendorAgents), { engine: 'elevenlabs', agentIds: [id] });
  t.equal(quiet.body.vendorAgents.length, twin.control.agents().length);

  twin.control.configure(vendorAgentId, {
    conversation_config: {
      agent: {
        first_message: 'Hello {{ caller_name }}, this is {{company_name}}.',
        prompt: { prompt: 'Use {{system__time}}.' },
      },
      tts: { agent_output_audio_format: 'pcm_16000' },
      conversation: { max_duration_seconds: 120 },
      turn: { silence_end_call_timeout: 12 },
    },
    platform_settings: { overrides: { conversation_config_override: { agent: { language: false } } } },
  });
  const loud = await api('POST', '/api/agents/sync');
  t.match(mine(loud.body.agents), { version: 3, changed: true, problem: /language/ });
  t.match(await app.app.agents.current(id), {
    version: 3,
    audio: { output: { encoding: 'pcm16', sampleRate: 16000 } },
    variables: ['caller_name', 'company_name'],
    permitted: ['firstMessage', 'prompt'],
    vendorMaxSeconds: 120,
    vendorSilenceSeconds: 12,
    firstMessage: 'Hello {{ caller_name }}, this is {{company_name}}.',
  });
  t.match((await api('GET', `/api/agents/${id}`)).body.agent.vendor, { maxSeconds: 120, endsSilenceAfterSeconds: 12 });
  t.match(
    await app.app.agents.version(id, 2),
    { vendorMaxSeconds: 600, vendorSilenceSeconds: null },
    'older versions stay as they were',
  );
});
