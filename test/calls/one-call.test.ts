import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

test('a call in the sandbox, from the request to its outcome, in both directions', async t => {
  const { app, call, log } = await startApp(t, {
    env: { API_KEY, COMPANY_NAME: 'Brightwater Dental', TWILIO_CPS: '10' },
  });
  const { control, phoneNumber } = app.sandbox.carrier!;
  const api = (method: string, path: string, body?: unknown) =>
    call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  await app.numbersReady();

  const ended = new Map<string, Record<string, unknown>>();
  const reported = new Set<string>();
  app.operations.events.on('calls.reported', event => {
    reported.add(event.call.id);
    wake();
  });
  let wake = () => {};
  app.operations.events.on('calls.ended', event => {
    ended.set(event.call.id, event.call);
    wake();
  });
  const endOf = async (id: string) => {
    while (!ended.has(id)) {
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
    return ended.get(id)!;
  };
  const spoken = async (id: string) =>
    (await api('GET', `/api/calls/${id}/transcript`)).body.turns.map((turn: { role: string }) => turn.role);

  const person = control.people().find(each => each.answer === 'human')!;
  control.answerNext(person.id);
  const placed = await api('POST', '/api/calls', { to: '+13125550142', amd: { mode: 'off' }, maxMinutes: 1 });
  t.equal(placed.status, 201, JSON.stringify(placed.body));
  const { id } = placed.body.call;
  /** The first sentence was heard to its end, and checked. */
  const talking = async (callId: string) => {
    while (!(await api('GET', `/api/calls/${callId}`)).body.call.firstTurn) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  await talking(id);
  t.match((await api('GET', `/api/calls/${id}`)).body.call, {
    status: 'in-progress',
    firstTurn: { at: String, ai: true, seller: true },
  });
  t.ok((await spoken(id)).includes('agent'));
  t.equal((await api('DELETE', `/api/calls/${id}`)).status, 202);
  t.match(await endOf(id), {
    status: 'completed',
    terminationSource: 'api',
    terminationReason: 'requested',
    outcome: 'conversation',
  });
  t.equal((await api('DELETE', `/api/calls/${id}`)).status, 409);

  // The agent's vendor has worked it up and told us, signed.
  while (!reported.has(id)) {
    await new Promise<void>(resolve => {
      wake = resolve;
    });
  }
  t.match((await api('GET', `/api/calls/${id}`)).body.call, {
    summary: /turns/,
    analysis: { success: /^(success|unknown)$/, language: 'en' },
    cost: {
      currency: 'USD',
      parts: [
        { part: 'carrier', amount: '0.014', estimated: true },
        { part: 'engine', estimated: false },
      ],
    },
  });
  const receipts = async () => (await api('GET', `/api/admin/webhook-receipts?callId=${id}`)).body.items;
  while ((await receipts())[0]?.state !== 'done') await new Promise(resolve => setTimeout(resolve, 50));
  t.match(await receipts(), [{ source: 'elevenlabs', type: 'post_call_transcription', callId: id }]);

  const { sid } = control.callIn({ from: '+14155550123', to: phoneNumber, personId: person.id });
  while ((await api('GET', `/api/calls/${sid}`)).status !== 200) await new Promise(resolve => setTimeout(resolve, 50));
  const inbound = (await api('GET', `/api/calls/${sid}`)).body.call;
  while (!(await spoken(inbound.id)).includes('agent')) await new Promise(resolve => setTimeout(resolve, 50));
  control.hangUp(sid);
  t.match(await endOf(inbound.id), {
    direction: 'inbound',
    // The agent had begun to speak; whether a word of it was heard is a matter of milliseconds.
    outcome: /^(conversation|abandoned)$/,
    terminationSource: 'twilio',
    from: '+14155550123',
  });
  t.match(
    String((await api('GET', '/metrics')).body),
    /^parley_carrier_requests_total\{operation="limit",result="ok"\} 1$/m,
    'the carrier ends the call that reached us if we do not; it knew of the one we placed',
  );
  t.same(control.violations, []);
  t.same(
    log.filter(line => /"level":50/.test(line)),
    [],
  );
});
