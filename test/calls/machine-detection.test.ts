import { test } from 'tap';
import type { AmdPolicy } from '../../src/agents/agents.types.ts';
import type { Call } from '../../src/calls/call-document.ts';
import { wavFile } from '../../src/sandbox/carrier/wav-file.ts';
import type { Stored } from '../../src/store/schema.ts';
import { type CallSite, callee, newSid, ourNumber, startCallSite, statusOf, tokenIn } from '../helpers/call-site.ts';

const policyOf = (amd: Partial<AmdPolicy>) => ({
  amd: { mode: 'detect', onMachine: 'hang-up', timeoutSeconds: 30, ...amd } as AmdPolicy,
  record: false,
  maxSeconds: 570,
  silenceMs: 8_000,
});

/** A call that is really live at the carrier, silent on both sides, and known here. */
async function liveCall(site: CallSite, amd: Partial<AmdPolicy>, fields: Partial<Call> = {}) {
  const attempt = await site.attempt({ to: callee, liveTo: null, policy: policyOf(amd), ...fields });
  const id = attempt._id.toHexString();
  const { carrierAddresses: addresses, carrier } = site.app;
  const { sid } = await carrier.dial({
    to: callee,
    from: ourNumber,
    url: 'https://calls.example.com/hold',
    fallbackUrl: addresses.fallback(id),
    statusCallback: addresses.callStatus(id),
    timeLimitSeconds: 600,
    ringSeconds: 30,
  });
  await site.carrier.control.reached(sid, 'in-progress');
  await site.calls.attachSid(id, sid);
  await site.until(attempt, each => each.state === 'in-progress');
  return { id, sid, call: (await site.calls.findById(id))! };
}

/** A document that keeps a call alive while nothing streams. */
const hold = (app: CallSite['app']) =>
  app.post('/hold', { config: { access: 'public', audit: false } }, (_request, reply) =>
    reply.type('text/xml').send('<Response><Pause length="600"/></Response>'),
  );

const verdict = (site: CallSite, { id, sid }: { id: string; sid: string }, AnsweredBy: string) =>
  site.ask(`/amd-status-callback?attempt=${id}`, {
    AccountSid: site.carrier.accountSid,
    CallSid: sid,
    AnsweredBy,
    MachineDetectionDuration: '2100',
  });

const answeredNow = { state: 'in-progress', answeredAt: new Date() } as const;

test('a machine is hung up at the carrier, and the call says why', async t => {
  const site = await startCallSite(t, { prepare: hold });
  const call = await liveCall(site, {});
  t.equal((await verdict(site, call, 'machine_start')).status, 204);
  const ended = await site.until(call.id, each => each.outcome !== null);
  t.match(ended, {
    answeredBy: 'machine_start',
    terminationSource: 'amd',
    terminationReason: 'machine',
    outcome: 'voicemail',
    amd: { verdict: 'machine_start', detectionMs: 2100, state: 'done', action: 'hang-up' },
  });
  t.equal((await verdict(site, call, 'human')).status, 204);
  t.match(await site.calls.findById(call.id), { answeredBy: 'machine_start' }, 'the first verdict counts');
  await site.counted('carrier_callbacks_total{kind="amd",result="doubled"}', 1);
  await site.counted('amd_verdicts_total{verdict="machine_start",action="hang-up"}', 1);
  await site.counted('amd_accuracy_total{verdict="machine_start",shown="silent"}', 1);
});

test('a text or a recording is played to a machine to its end, and the end of the stream does not cut it', async t => {
  let fetched = 0;
  const site = await startCallSite(t, {
    prepare: app => {
      hold(app);
      app.get('/message.wav', { config: { access: 'public' } }, (_request, reply) => {
        fetched += 1;
        return reply.type('audio/wav').send(wavFile([new Uint8Array(8_000).fill(0x20)]));
      });
    },
  });
  for (const message of ['Please call us back.', 'https://calls.example.com/message.wav']) {
    const call = await liveCall(site, { mode: 'wait-for-end', onMachine: 'leave-message', message });
    await verdict(site, call, 'machine_end_beep');
    await site.until(call.id, each => each.terminationReason === 'leaving-message');
    // The session sees its stream end, and says so.
    await site.app.callDesk.end(call.id, { source: 'twilio', reason: 'stream-stopped' });
    const ended = await site.until(call.id, each => each.outcome !== null);
    t.match(ended, { outcome: 'message-left', terminationSource: 'amd', terminationReason: 'message-left' }, message);
  }
  t.equal(fetched, 1, 'the carrier fetched the recording');
});

test('people, unknown answers and calls of which nobody asked go on', async t => {
  const site = await startCallSite(t);
  for (const [answeredBy, amd] of [
    ['human', {}],
    ['unknown', {}],
    ['something_new', {}],
    ['machine_start', { mode: 'off' }],
  ] as [string, Partial<AmdPolicy>][]) {
    const { _id, sid } = await site.attempt({ sid: newSid(), ...answeredNow, policy: policyOf(amd) });
    await verdict(site, { id: _id.toHexString(), sid: sid! }, answeredBy);
    const call = await site.until(_id.toHexString(), each => each.amd?.['state'] === 'done');
    t.match(call, { answeredBy, amd: { action: 'none' }, terminationSource: null, endedAt: null });
  }
});

test('the agent is told of a machine, or speaks after the beep, where its session is', async t => {
  const site = await startCallSite(t);
  for (const [onMachine, asked] of [
    ['continue', 'addContext'],
    ['leave-message', 'leaveMessage'],
  ] as const) {
    const call = await site.attempt({ sid: newSid(), ...answeredNow, policy: policyOf({ onMachine }) });
    const session = site.openSession(call);
    await verdict(site, { id: session.callId, sid: call.sid! }, 'machine_end_beep');
    await site.until(session.callId, each => each.amd?.['state'] === 'done');
    await site.eventually(() => session.asked.length > 0, `${asked} of the session`);
    t.match(session.asked, [[asked, /machine/]]);
    t.match(await site.calls.findById(session.callId), { terminationSource: null });
  }
});

test('a person taken for a machine is not cut off', async t => {
  const site = await startCallSite(t);
  const call = await site.attempt({ sid: newSid(), ...answeredNow, streams: 1 });
  const turns = (['caller', 'agent', 'caller'] as const).map(role => ({
    role,
    text: 'Yes.',
    startMs: 0,
    endMs: 1,
    interrupted: false,
  }));
  await site.spoken(call, ...turns);
  await verdict(site, { id: call._id.toHexString(), sid: call.sid! }, 'machine_start');
  const after = await site.until(call._id.toHexString(), each => each.amd?.['state'] === 'done');
  t.match(after, { amd: { action: 'none' }, terminationSource: null });
});

test('two processes: the verdict reaches one, the session lives in the other', async t => {
  const first = await startCallSite(t);
  const second = await startCallSite(t, { beside: first });
  const attempt = await first.attempt({ policy: policyOf({ onMachine: 'continue' }) });
  const id = attempt._id.toHexString();
  const callSid = newSid();
  const { body } = await first.ask(`/outbound-call-twiml?attempt=${id}`, statusOf(callSid, 'in-progress', 0));
  await second.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid: 'MZ1' });
  const session = second.openSession((await second.calls.findById(id)) as Stored<Call>);
  await verdict(first, { id, sid: callSid }, 'machine_start');
  await second.eventually(() => session.asked.length > 0, 'the other process tells the agent');
  t.match(session.asked, [['addContext', /machine/]]);
  t.match(await first.until(id, each => each.amd?.['state'] === 'done'), { amd: { action: 'tell-agent' } });
});

test('a verdict that never comes is noted when its time is over, and the call goes on', async t => {
  const now = { at: new Date() };
  const site = await startCallSite(t, { now: () => now.at });
  const attempt = await site.attempt({ policy: policyOf({ timeoutSeconds: 10 }) });
  const id = attempt._id.toHexString();
  const callSid = newSid();
  const { body } = await site.ask(`/outbound-call-twiml?attempt=${id}`, statusOf(callSid, 'in-progress', 0));
  await site.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid: 'MZ1' });
  site.openSession((await site.calls.findById(id))!);
  now.at = new Date(now.at.getTime() + 15_001);
  t.ok((await site.typesOf(attempt, 'amd.missing')).includes('stream.started'));
  t.match(await site.calls.findById(id), { answeredBy: null, amd: null, terminationSource: null });
  await site.counted('amd_verdicts_total{verdict="none",action="none"}', 1);
});

test('a verdict after the end is kept and does nothing', async t => {
  const site = await startCallSite(t);
  const call = await site.attempt({
    sid: newSid(),
    state: 'completed',
    ...{ answeredAt: new Date(), endedAt: new Date() },
  });
  await verdict(site, { id: call._id.toHexString(), sid: call.sid! }, 'machine_start');
  t.match(await site.until(call._id.toHexString(), each => each.amd?.['state'] === 'done'), {
    answeredBy: 'machine_start',
    amd: { action: 'none' },
    terminationSource: null,
  });
  await site.counted('carrier_callbacks_total{kind="amd",result="late"}', 1);
});

test('malformed verdicts and those of other calls are counted and change nothing', async t => {
  const site = await startCallSite(t);
  const call = await site.attempt({ sid: newSid(), ...answeredNow });
  const id = call._id.toHexString();
  await verdict(site, { id, sid: newSid() }, 'machine_start');
  await verdict(site, { id, sid: call.sid! }, '<script>');
  await verdict(site, { id: 'f'.repeat(24), sid: call.sid! }, 'human');
  t.match(await site.calls.findById(id), { amd: null, answeredBy: null });
});
