import { Types } from 'mongoose';
import { type Test, test } from 'tap';
import { type AdmissionOptions, createAdmission, slotLeaseMs } from '../../src/calls/admission.ts';
import type { NewCall } from '../../src/calls/call-document.ts';
import { createCallMetrics } from '../../src/calls/call-metrics.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import type { NoRoom } from '../../src/calls/calls.types.ts';
import { createEngineLimits } from '../../src/calls/engine-limits.ts';
import { overload } from '../../src/calls/overload.ts';
import { SlotRepository } from '../../src/calls/slot-repository.ts';
import { memoryLimit } from '../../src/ops/memory-limit.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { SettingsRepository } from '../../src/ops/settings-repository.ts';
import { silent, startTestStore } from '../helpers/store.ts';

const newId = () => new Types.ObjectId().toHexString();

/** Several processes on one store, with one clock that the test moves. */
async function site(t: Test, given: Partial<AdmissionOptions> = {}) {
  const store = await startTestStore(t);
  const slots = new SlotRepository(store);
  const calls = new CallRepository(store);
  const settings = new SettingsRepository(store);
  for (const each of [slots, calls, settings]) await each.ensureIndexes();
  let at = Date.now();
  const now = () => new Date(at);
  const process = (processId: string, options: Partial<AdmissionOptions> = {}) => {
    const metrics = createMetrics();
    t.teardown(() => metrics.stop());
    const admission = createAdmission({
      slots,
      calls,
      limits: createEngineLimits(settings, now),
      metrics: createCallMetrics(metrics),
      logger: silent,
      processId,
      now,
      maxCalls: undefined,
      inboundReserve: 0,
      guard: () => null,
      ...given,
      ...options,
    });
    const gauge = async (name: string) => (await metrics.registry.getSingleMetric(name)!.get()).values;
    return { ...admission, gauge };
  };
  const call = async (fields: Partial<NewCall> = {}) =>
    (
      await calls.create({
        direction: 'outbound',
        to: '+12125550100',
        from: '+14155550123',
        ...fields,
      } as Parameters<typeof calls.create>[0])
    )._id.toHexString();
  return { process, slots, calls, call, pass: (ms: number) => (at += ms), now };
}

const placed = (results: PromiseSettledResult<unknown>[]) =>
  results.filter(({ status }) => status === 'fulfilled').length;

test('50 calls at once over two processes never take more than there are, and none of what is kept for inbound', async t => {
  const { process } = await site(t, { maxCalls: 12, inboundReserve: 2 });
  const [one, two] = [process('one'), process('two')];
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? one : two).outbound(newId(), 'elevenlabs')),
  );
  t.equal(placed(results), 10);
  const refused = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  t.match(refused.reason, { code: 'CALLS_FULL', status: 503, headers: { 'retry-after': '5' } });
  t.equal(await one.inbound(newId(), 'elevenlabs'), null);
  t.equal(await two.inbound(newId(), 'elevenlabs'), null);
  t.equal(await two.inbound(newId(), 'elevenlabs'), 'CALLS_FULL');
});

test('inbound calls use what is kept for them first, and then what is free', async t => {
  const { process } = await site(t, { maxCalls: 3, inboundReserve: 1 });
  const one = process('one');
  t.equal(await one.inbound(newId(), 'elevenlabs'), null);
  await one.outbound(newId(), 'elevenlabs');
  t.equal(await one.inbound(newId(), 'elevenlabs'), null, 'takes the last free one');
  await t.rejects(one.outbound(newId(), 'elevenlabs'), { code: 'CALLS_FULL' });
});

test('a place is free again when its call ended, whichever process says so', async t => {
  const { process } = await site(t, { maxCalls: 1 });
  const [one, two] = [process('one'), process('two')];
  const first = newId();
  await one.outbound(first, 'elevenlabs');
  await t.rejects(two.outbound(newId(), 'elevenlabs'), { code: 'CALLS_FULL' });
  await two.free(first);
  await two.outbound(newId(), 'elevenlabs');
  await one.tend();
  t.match(await one.gauge('parley_calls_active'), [{ value: 0 }, { value: 0 }], 'the first process noticed');
  t.match(await two.gauge('parley_calls_active_peak'), [{ value: 1 }]);
});

test('a place is kept as long as its process lives, and no longer', async t => {
  const { process, pass, call } = await site(t, { maxCalls: 1 });
  const [one, two] = [process('one'), process('two')];
  await one.outbound(await call(), 'elevenlabs');
  for (let round = 0; round < 5; round += 1) {
    pass(slotLeaseMs - 1);
    await one.tend();
    await t.rejects(two.outbound(newId(), 'elevenlabs'), { code: 'CALLS_FULL' });
  }
  pass(slotLeaseMs + 1);
  await two.outbound(newId(), 'elevenlabs');
});

test('the process that takes over the sockets takes over the place', async t => {
  const { process, pass, call } = await site(t, { maxCalls: 1 });
  const [one, two] = [process('one'), process('two')];
  const callId = await call();
  await one.outbound(callId, 'elevenlabs');
  await two.adopt(callId);
  t.match(await two.gauge('parley_calls_active'), [
    { labels: { direction: 'inbound' }, value: 0 },
    { labels: { direction: 'outbound' }, value: 1 },
  ]);
  pass(slotLeaseMs - 1);
  await Promise.all([one.tend(), two.tend()]);
  pass(slotLeaseMs - 1);
  await t.rejects(one.outbound(newId(), 'elevenlabs'), { code: 'CALLS_FULL' }, 'kept by the second');
});

test('a place whose call ended in a process that died is found and freed', async t => {
  const { process, call, now } = await site(t, { maxCalls: 1 });
  const one = process('one');
  await one.outbound(await call({ endedAt: now(), state: 'completed' }), 'elevenlabs');
  await one.tend();
  await one.outbound(newId(), 'elevenlabs');
});

test('a full vendor lowers the limit for a minute, in every process', async t => {
  const { process, pass } = await site(t);
  const [one, two] = [process('one'), process('two')];
  const ids = [newId(), newId(), newId(), newId()];
  for (const id of ids) await one.outbound(id, 'elevenlabs');
  await one.vendorFull('elevenlabs');
  await one.free(ids[3]!);
  await t.rejects(one.outbound(newId(), 'elevenlabs'), {
    code: 'ENGINE_FULL',
    status: 503,
    headers: { 'retry-after': '60' },
  });
  await t.rejects(two.outbound(newId(), 'elevenlabs'), { code: 'ENGINE_FULL' });
  await two.outbound(newId(), 'openai-realtime');
  t.equal(await two.inbound(newId(), 'elevenlabs'), 'ENGINE_FULL');
  await two.free(ids[0]!);
  const next = newId();
  await two.outbound(next, 'elevenlabs');
  pass(slotLeaseMs - 1);
  await Promise.all([one.tend(), two.tend()]);
  pass(60_001 - slotLeaseMs);
  await Promise.all([one.tend(), two.tend()]);
  await one.outbound(newId(), 'elevenlabs');
  t.pass('let in again after a minute');
});

test('a call that finds its vendor full holds no place of the installation', async t => {
  const { process } = await site(t, { maxCalls: 2 });
  const one = process('one');
  await one.outbound(newId(), 'elevenlabs');
  await one.vendorFull('elevenlabs');
  await t.rejects(one.outbound(newId(), 'elevenlabs'), { code: 'ENGINE_FULL' });
  await one.outbound(newId(), 'openai-realtime');
});

test('a busy or stopping process refuses before it asks the store', async t => {
  let stop: Extract<NoRoom, 'OVERLOADED' | 'DRAINING'> = 'OVERLOADED';
  const { process, slots } = await site(t, { guard: () => stop });
  const one = process('one');
  await t.rejects(one.outbound(newId(), 'elevenlabs'), { code: 'OVERLOADED', status: 503 });
  stop = 'DRAINING';
  t.equal(await one.inbound(newId(), 'elevenlabs'), 'DRAINING');
  t.equal(await slots.provided('engine:elevenlabs'), 0);
});

test('overload: late for 5 s, or above a share of the memory limit', async t => {
  const limits = { delayMs: 100, memoryPercent: 80 };
  const facts = { delayMs: 0, usedBytes: 79, limitBytes: 100 };
  t.equal(overload(facts, limits), null);
  t.equal(overload({ ...facts, delayMs: 100 }, limits), null);
  t.equal(overload({ ...facts, delayMs: 101 }, limits), 'delay');
  t.equal(overload({ ...facts, usedBytes: 81 }, limits), 'memory');
  t.equal(overload({ ...facts, usedBytes: 1e15, limitBytes: undefined }, limits), null);
  t.equal(memoryLimit(0, 100), undefined, 'no limit');
  t.equal(memoryLimit(2 ** 60, 100), undefined, 'more than there is');
  t.equal(memoryLimit(50, 100), 50);
});
