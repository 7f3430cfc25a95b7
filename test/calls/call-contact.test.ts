import { test } from 'tap';
import { newSid, ourNumber, startCallSite, tokenIn } from '../helpers/call-site.ts';

test('the agent knows whoever calls: name, fields and language', async t => {
  const site = await startCallSite(t);
  await site.app.contacts.add(
    [
      {
        phone: '+13125550142',
        name: 'Ana Muestra',
        language: 'es-MX',
        customFields: { 'Next visit': '2026-12-01', 'plan ü': 'gold', call_sid: 'forged' },
      },
    ],
    { origin: 'api', by: 'user:1' },
  );
  const { version } = site.app.agents;
  Object.assign(site.app.agents, {
    version: async (id: string, number: number) => ({
      ...(await version(id, number)),
      permitted: ['language'],
      languages: ['en', 'es'],
      overrides: {},
    }),
  });
  const ring = async (from: string) => {
    const callSid = newSid();
    const { body } = await site.ask('/voice', {
      CallSid: callSid,
      To: ourNumber,
      From: from,
      Direction: 'inbound',
      CallStatus: 'ringing',
    });
    const plan = await site.app.callDesk.admit({ token: tokenIn(body), callSid, streamSid: `MZ${'0'.repeat(32)}` });
    return { plan, callSid };
  };
  const { plan, callSid } = await ring('+13125550142');
  t.match(plan.variables, {
    caller_name: 'Ana Muestra',
    Next_visit: '2026-12-01',
    plan_u: 'gold',
    contact_language: 'es-MX',
    call_sid: callSid,
  });
  t.same(plan.agent.overrides, { language: 'es' });
  await site.app.contacts.add([{ phone: '+13125550144', name: 'Ana Exemple', language: 'fr' }], {
    origin: 'api',
    by: 'user:1',
  });
  t.match(
    (await ring('+13125550144')).plan,
    { variables: { contact_language: 'fr' }, agent: { overrides: { language: undefined } } },
    'a session in a language that the agent does not have would be refused',
  );
  const call = await site.until(plan.callId, ({ contactName }) => contactName !== null, 'named');
  t.equal(call.contactName, 'Ana Muestra');
  t.ok(call.contactId);

  const stranger = await ring('+13125550143');
  t.match(stranger.plan, { variables: { caller_name: '' }, agent: { overrides: {} } });
  Object.assign(site.app.contacts, { byPhone: () => new Promise(() => {}) });
  t.match((await ring('+13125550142')).plan, { variables: { caller_name: '' } }, 'a slow store keeps nobody waiting');
});
