import { Types } from 'mongoose';
import { test } from 'tap';
import { startProduct } from '../helpers/product.ts';

const people = `
name: who speaks another language
agents:
  - id: talker
    name: Talker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: patient
    name: Somebody who waits
    answer: human
    rings: 1
    agent: talker
    script:
      - hangsUp: true
        afterSilence: 2
`;

/** In one campaign: who speaks a language of the agent's, who another one, and who told none. */
const languages: Readonly<Record<string, string | null>> = {
  '+13125550171': 'es-MX',
  '+13125550172': 'fr',
  '+13125550173': null,
};

test('the language of a contact reaches the agent of a campaign’s call, if the agent has it', async t => {
  const product = await startProduct(t, { scenario: people, scale: 10 });
  const { app, agent } = product;
  const [record] = (await product.api('GET', '/api/agents')).body.items;
  agent.control.configure(record.vendorAgentId, { conversation_config: { language_presets: { es: {} } } });
  const synced = await product.api('POST', '/api/agents/sync');
  t.match(synced.status, 200);
  t.match((await product.api('GET', `/api/agents/${record.id}`)).body.agent.vendor, { languages: ['en', 'es'] });

  const { repository: campaigns, people: queue } = app.campaigns;
  const { _id } = await campaigns.create({
    name: 'Storm warning',
    state: 'paused',
    contentClass: 'emergency',
    emergencyReason: 'The river rises.',
    emergencyBy: 'user:1',
    record: false,
    pace: { callsPerSecond: 20, maxConcurrent: 20 },
    amd: { mode: 'off' },
    retry: { maxAttempts: 1, afterMinutes: {} },
  } as never);
  const { contacts } = await app.contacts.add(
    Object.entries(languages).map(([phone, language]) => ({ phone, ...(language ? { language } : {}) })),
    { origin: 'api', by: 'test' },
  );
  for (const { id, phone } of contacts)
    await queue.create({ campaignId: _id, contactId: new Types.ObjectId(id), phone, dueAt: new Date() } as never);
  await campaigns.changeById(_id, { $set: { state: 'running' } });
  app.dialer.wake(_id.toHexString());

  for (const [phone, language] of Object.entries(languages)) {
    const contact = await app.contacts.byPhone(phone);
    let callId: string | undefined;
    for (const deadline = Date.now() + 30_000; callId === undefined; ) {
      const person = (await queue.ofContact(contact!.id))[0]!;
      callId = person.callId?.toHexString();
      if (Date.now() > deadline) throw new Error(`nobody called ${phone}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    await product.until(callId, call => call?.conversationId, 'with an agent');
    const { conversationId } = (await product.api('GET', `/api/calls/${callId}`)).body.call;
    const { body } = await agent.get(`/v1/convai/conversations/${conversationId}`);
    const { conversation_config_override: override, dynamic_variables: variables } =
      body['conversation_initiation_client_data'];
    t.equal(override.agent?.language, language === 'es-MX' ? 'es' : undefined, `${language}: the session's language`);
    t.equal(variables.contact_language, language ?? undefined, `${language}: what the agent's texts can use`);
    await product.until(callId, call => call.outcome, 'over');
  }
});
