import { test } from 'tap';
import type { AgentProfile } from '../../src/agents/agents.types.ts';
import { amdOrder, callPolicy, mostMinutes } from '../../src/calls/call-policy.ts';
import { loadConfig } from '../../src/config.ts';

const config = loadConfig({}, () => '');
const agent: AgentProfile = {
  id: 'a',
  version: 1,
  name: 'Booker',
  engine: 'elevenlabs',
  vendorAgentId: 'agent_1',
  audio: null,
  variables: [],
  overrides: {},
  permitted: [],
  firstMessage: null,
  callerId: null,
  speaksAs: null,
  business: null,
  amd: null,
  record: null,
  maxMinutes: null,
  silenceSeconds: null,
  vendorMaxSeconds: null,
  vendorSilenceSeconds: null,
  farewell: null,
};

test('without any wish the configuration decides', async t => {
  t.same(callPolicy(agent, config, {}), {
    amd: {
      mode: 'detect',
      onMachine: 'hang-up',
      timeoutSeconds: 30,
      speechThresholdMs: 2400,
      speechEndThresholdMs: 1200,
      silenceTimeoutMs: 5000,
    },
    record: false,
    maxSeconds: 570,
    silenceMs: 8000,
  });
});

test('call over campaign over agent over configuration, field by field', async t => {
  const speaker = { ...agent, amd: { mode: 'off', timeoutSeconds: 10, silenceTimeoutMs: 3000 } as const, record: true };
  const campaign = { amd: { mode: 'detect', timeoutSeconds: 20 } as const, record: false };
  const policy = callPolicy(speaker, config, { amd: { timeoutSeconds: 25 }, record: true }, campaign);
  t.match(policy.amd, { mode: 'detect', timeoutSeconds: 25, silenceTimeoutMs: 3000, speechThresholdMs: 2400 });
  t.equal(policy.record, true);
  t.equal(callPolicy(speaker, config, {}, campaign).record, false);
  t.equal(callPolicy(speaker, config, {}).amd.mode, 'off');
});

test('leaving a message means waiting for the end of the greeting', async t => {
  t.equal(callPolicy(agent, config, { amd: { onMachine: 'leave-message' } }).amd.mode, 'wait-for-end');
  t.equal(callPolicy(agent, config, { amd: { mode: 'off', onMachine: 'leave-message' } }).amd.mode, 'off');
});

test("limits are only lowered, and end at least 30 s before the vendor's own", async t => {
  const seconds = (limits: Partial<AgentProfile>, wish?: number, minutes = '10') =>
    callPolicy(
      { ...agent, ...limits },
      loadConfig({ MAX_CALL_MINUTES: minutes }, () => ''),
      { maxMinutes: wish },
    ).maxSeconds;
  t.equal(seconds({}, 5), 300);
  t.equal(seconds({ maxMinutes: 3 }, 5), 180);
  t.equal(seconds({ maxMinutes: 20 }), 570);
  t.equal(seconds({ vendorMaxSeconds: 1800 }), 600);
  t.equal(seconds({ vendorMaxSeconds: 1800 }, undefined, '60'), 1770);
  t.equal(seconds({ vendorMaxSeconds: 300 }), 270);
  t.equal(seconds({ engine: 'openai-realtime' }, undefined, '60'), 3600, 'no known limit of the vendor');
  t.equal(mostMinutes({ ...agent, maxMinutes: 3 }, config), 3);
  t.equal(mostMinutes(agent, config), 10);
});

test('of two timers for silence one is off: ours, where the vendor would end the call before we do', async t => {
  const silenceMs = (limits: Partial<AgentProfile>) => callPolicy({ ...agent, ...limits }, config, {}).silenceMs;
  t.equal(silenceMs({}), 8_000);
  t.equal(silenceMs({ silenceSeconds: 20 }), 20_000);
  t.equal(silenceMs({ vendorSilenceSeconds: 16 }), 0, 'asked after eight, we would say goodbye after sixteen');
  t.equal(silenceMs({ vendorSilenceSeconds: 17 }), 8_000, 'its own is never reached');
  t.equal(silenceMs({ vendorSilenceSeconds: 17, silenceSeconds: 20 }), 0);
  const older = { ...agent, vendorSilenceSeconds: undefined as unknown as null };
  t.equal(callPolicy(older, config, {}).silenceMs, 8_000, 'a version that an older release saved says nothing of it');
});

test('the carrier is told all thresholds, or nothing when detection is off', async t => {
  const { amd } = callPolicy(agent, config, { amd: { mode: 'wait-for-end', speechThresholdMs: 3000 } });
  t.same(amdOrder(amd, config, 'https://calls.example.com/amd'), {
    wait: 'end',
    callback: 'https://calls.example.com/amd',
    timeoutSeconds: 30,
    speechThresholdMs: 3000,
    speechEndThresholdMs: 1200,
    silenceTimeoutMs: 5000,
  });
  t.equal(amdOrder({ ...amd, mode: 'off' }, config, 'x'), undefined);
});
