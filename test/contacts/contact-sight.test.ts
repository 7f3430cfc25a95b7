import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

test('whoever may not see people sees contacts without names and numbers, and cannot ask for them', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const post = (path: string, body: unknown) => app.call('POST', path, { token, body });
  const user = { email: 'viewer@parley.example', password: 'a sentence nobody guesses' };
  await post('/api/users', { ...user, role: 'viewer' });
  const viewer = await app.signIn(user.email, user.password);
  const look = (path: string) => app.call('GET', path, { token: viewer });

  const { body } = await post('/api/contacts', {
    phone: '+12125550100',
    name: 'Ada Example',
    email: 'ada@example.com',
    company: 'Example Roofing',
    language: 'en-US',
    customFields: { partner: '+12125550199' },
    consent: { kind: 'express', at: '2026-03-01', source: 'web form' },
  });
  await post('/api/contacts', { phone: '+12125550101', language: 'es' });
  const masked = { phone: '+1 ••• ••00', name: null, email: null, company: 'Example Roofing', customFields: {} };
  t.match((await look(`/api/contacts/${body.contact.id}`)).body.contact, masked);
  t.match((await look('/api/contacts?language=en-US')).body.items, [masked]);
  t.notMatch(JSON.stringify((await look('/api/contacts')).body), /Ada|ada@|\+1\d|2125550|Example"/);
  for (const path of ['/api/contacts?name=ada', '/api/contacts?phone=100', '/api/contacts?sort=lastName'])
    t.match(await look(path), { status: 403, body: { error: { details: { permission: 'people:see' } } } }, path);

  const form = new FormData();
  form.set('file', new Blob(['Phone;Name\n+12125550102;Bo\nnonsense;Cy\n']), 'spring.csv');
  const uploaded = await fetch(`${app.url}/api/contacts/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  const { id } = ((await uploaded.json()) as { import: { id: string } }).import;
  t.notMatch(JSON.stringify((await look(`/api/contacts/imports/${id}`)).body), /Bo|5550102/);
  t.match((await look('/api/contacts/imports')).body.items, [{ fileName: 'spring.csv', state: 'uploaded' }]);
  for (const rest of ['rejected', 'rejected.csv'])
    t.equal((await look(`/api/contacts/imports/${id}/${rest}`)).status, 403, rest);
});

test('people are found by their consent and language', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const add = (phone: string, more: object) => app.call('POST', '/api/contacts', { token, body: { phone, ...more } });
  const found = async (query: string) =>
    (await app.call('GET', `/api/contacts?${query}`, { token })).body.items.map(
      (each: { phone: string }) => each.phone,
    );
  await add('+12125550100', { language: 'en-US', consent: { kind: 'express', at: '2026-03-01', source: 'form' } });
  await add('+12125550101', { language: 'es', consent: { kind: 'express-written', at: '2026-03-01', source: 'form' } });
  await add('+12125550102', { language: 'es' });
  t.same(await found('consent=express'), ['+12125550100']);
  t.same(await found('consent=express-written&language=es'), ['+12125550101']);
  t.same(await found('consent=none'), ['+12125550102']);
  t.same(await found('language=es&sort=createdAt'), ['+12125550101', '+12125550102']);
  t.equal((await app.call('GET', '/api/contacts?consent=perhaps', { token })).status, 400);
});

test('one number is looked up on the do-not-call list, however it is written; Google Sheets are absent without a key', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  await app.call('POST', '/api/suppressions', { token, body: { phone: '+12125550100', reason: 'asked' } });
  const found = (phone: string) => app.call('GET', `/api/suppressions?phone=${encodeURIComponent(phone)}`, { token });
  t.match((await found('(212) 555-0100')).body, { items: [{ phone: '+12125550100' }], nextCursor: null });
  t.match((await found('+12125550101')).body, { items: [] });
  t.match(await found('call me'), { status: 400, body: { error: { details: [{ field: 'phone' }] } } });
  t.match(await app.call('GET', '/api/contacts/imports/google-sheets', { token }), {
    status: 200,
    body: { available: false, account: null },
  });
});

test('the campaigns of a contact say where they stand in each', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const call = (method: string, path: string, body?: unknown) =>
    app.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const { contact } = (await call('POST', '/api/contacts', { phone: '+12125550100', name: 'Ada Example' })).body;
  t.same((await call('GET', `/api/contacts/${contact.id}/campaigns`)).body, { items: [] });
  const { campaign } = (await call('POST', '/api/campaigns', { name: 'Spring', contentClass: 'informational' })).body;
  await call('POST', `/api/campaigns/${campaign.id}/contacts`, { contacts: [{ phone: '+12125550100' }] });
  t.match((await call('GET', `/api/contacts/${contact.id}/campaigns`)).body, {
    items: [
      {
        campaign: { id: campaign.id, name: 'Spring', state: 'idle' },
        person: { contactId: contact.id, phone: '+12125550100', state: 'waiting', attempts: 0 },
        why: 'The campaign was not started.',
        nextAt: null,
      },
    ],
  });

  const timeline = async (query = '') =>
    (await call('GET', `/api/contacts/${contact.id}/campaigns/timeline${query}`)).body;
  t.same(await timeline(), { items: [], nextCursor: null });
  const other = (await call('POST', '/api/campaigns', { name: 'Autumn', contentClass: 'informational' })).body.campaign;
  const at = new Date('2026-03-02T10:00:00Z');
  for (const [index, id] of [campaign.id, other.id, campaign.id, other.id, other.id].entries()) {
    const about = { contactId: contact.id, at: new Date(at.getTime() + (index > 2 ? 60_000 : 0)) };
    await app.app.campaigns.note(id, 'contact.dialled', { attempt: index + 1 }, about);
  }
  await app.app.campaigns.note(campaign.id, 'contact.dialled', {}, { contactId: '6740a1b2c3d4e5f60718293a' });
  const seen: { campaign: { name: string }; entry: { data: { attempt: number } } }[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await timeline(`?limit=2${cursor && `&cursor=${cursor}`}`);
    t.ok(page.items.length <= 2);
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  t.same(
    seen.map(({ entry }) => entry.data.attempt),
    [5, 4, 3, 2, 1],
    'over all campaigns, newest first, also those of one moment',
  );
  t.same([...new Set(seen.map(each => each.campaign.name))].sort(), ['Autumn', 'Spring']);
  t.equal((await call('GET', `/api/contacts/${contact.id}/campaigns/timeline?cursor=nonsense`)).status, 400);
});
