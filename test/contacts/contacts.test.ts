import { once } from 'node:events';
import { Types } from 'mongoose';
import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

async function desk(t: Parameters<typeof startApp>[0], options: Parameters<typeof startApp>[1] = {}) {
  const app = await startApp(t, options);
  const token = await app.signIn();
  const call = (method: string, path: string, body?: unknown) =>
    app.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const add = async (body: Record<string, unknown>) => (await call('POST', '/api/contacts', body)).body.contact;
  const names = async (query: string) =>
    (await call('GET', `/api/contacts?${query}`)).body.items.map((each: { name: string }) => each.name);
  return { ...app, request: app.call, token, call, add, names };
}

const consent = { kind: 'express', at: '2026-03-01T12:00:00.000Z', source: 'web form' };

test('a contact is added in any way of writing its number, and merged when it is known', async t => {
  const { call } = await desk(t);
  const first = await call('POST', '/api/contacts', {
    phone: '(212) 555-0100',
    name: 'Ada Example',
    company: 'Example Roofing',
    tags: ['spring'],
    customFields: { plan: 'gold', seats: 4 },
    consent: { ...consent, kind: 'express-written' },
  });
  t.match(first, { status: 201, body: { contact: { phone: '+12125550100', firstName: 'Ada', lastName: 'Example' } } });

  const again = await call('POST', '/api/contacts', {
    phone: '+1 212 555 0100',
    company: '',
    role: 'owner',
    lastName: 'Sample',
    tags: ['autumn'],
    customFields: { seats: 5 },
    consent: { ...consent, at: '2026-04-01T12:00:00.000Z' },
  });
  t.equal(again.status, 200);
  t.match(again.body.contact, {
    id: first.body.contact.id,
    name: 'Ada Sample',
    company: 'Example Roofing',
    role: 'owner',
    tags: ['spring', 'autumn'],
    customFields: { plan: 'gold', seats: 5 },
    consent: { kind: 'express-written', at: consent.at },
  });
  t.equal(again.body.contact.consentHistory.length, 2, 'neither consent is lost');
  t.equal((await call('GET', '/api/contacts')).body.items.length, 1);

  for (const [field, body] of [
    ['phone', { phone: '911' }],
    ['timeZone', { phone: '+12125550101', timeZone: 'Nowhere/Land' }],
    ['lists.0', { phone: '+12125550101', lists: ['0123456789abcdef01234567'] }],
  ] as const) {
    t.match(await call('POST', '/api/contacts', body), {
      status: 400,
      body: { error: { code: 'VALIDATION_FAILED', details: [{ field }] } },
    });
  }
});

test('many are added at once: what is wrong is told by index, doubles are one', async t => {
  const { call, app } = await desk(t);
  const contacts = [
    { phone: '+12125550100', name: 'Ada Example' },
    { phone: 'nonsense' },
    { phone: '212 555 0100', email: 'ada@example.com' },
    { phone: '+12125550101', email: 'no address' },
    'not even an object',
    { phone: '+12125550102', tags: ['own'] },
  ];
  const answer = await call('POST', '/api/contacts/bulk', { contacts, tags: ['fair'] });
  t.match(answer, { status: 200, body: { added: 2, merged: 1 } });
  t.same(
    answer.body.rejected.map((each: { index: number; code: string; field: string }) => [
      each.index,
      each.code,
      each.field,
    ]),
    [
      [1, 'INVALID_NUMBER', 'phone'],
      [3, 'VALIDATION_FAILED', 'email'],
      [4, 'VALIDATION_FAILED', ''],
    ],
  );
  const { items } = (await call('GET', '/api/contacts?tag=fair')).body;
  t.match(
    items.find((each: { phone: string }) => each.phone === '+12125550100'),
    { email: 'ada@example.com', name: 'Ada Example' },
  );
  t.match(
    items.find((each: { phone: string }) => each.phone === '+12125550102'),
    { tags: ['own', 'fair'] },
  );
  t.match(await app.contacts.byPhone('+12125550100'), { name: 'Ada Example', consent: null });
  t.equal((await call('POST', '/api/contacts/bulk', { contacts: new Array(1001).fill({}) })).status, 400);
});

test('two that add the same people at the same moment lose nobody and double nobody', async t => {
  const { app } = await desk(t);
  const entries = (field: string) =>
    Array.from({ length: 50 }, (_, index) => ({
      phone: `+121255501${String(index).padStart(2, '0')}`,
      customFields: { [field]: index },
    }));
  const reports = await Promise.all(
    ['a', 'b', 'c', 'd'].map(field => app.contacts.add(entries(field), { origin: 'api', by: 'user:1' })),
  );
  t.equal(
    reports.reduce((sum, { added }) => sum + added, 0),
    50,
  );
  t.equal(
    reports.reduce((sum, { merged }) => sum + merged, 0),
    150,
  );
  for (const index of [0, 49]) {
    const contact = await app.contacts.byPhone(`+121255501${String(index).padStart(2, '0')}`);
    t.same(contact?.customFields, { a: index, b: index, c: index, d: index });
  }
});

test('contacts are found by list, tag, beginning of the name and last digits, page by page', async t => {
  const { call, add, names } = await desk(t);
  const { list } = (await call('POST', '/api/contact-lists', { name: 'Spring offer' })).body;
  await add({ phone: '+12125550100', name: 'Ada Example', tags: ['vip'], lists: [list.id] });
  await add({ phone: '+12125550101', name: 'Adam Zeller', tags: ['vip'] });
  await add({ phone: '+13105550100', name: 'Élise Adler', lists: [list.id] });

  t.same(await names('sort=lastName'), ['Élise Adler', 'Ada Example', 'Adam Zeller']);
  t.same(await names(`list=${list.id}&sort=createdAt`), ['Ada Example', 'Élise Adler']);
  t.same(await names('tag=vip&sort=createdAt'), ['Ada Example', 'Adam Zeller']);
  t.same(await names('name=ad&sort=createdAt'), ['Ada Example', 'Adam Zeller', 'Élise Adler']);
  t.same(await names('name=ADA%20E'), ['Ada Example']);
  t.same(await names(`name=${encodeURIComponent('éL')}`), ['Élise Adler']);
  t.same(await names('phone=0100&sort=createdAt'), ['Ada Example', 'Élise Adler']);
  t.same(await names(`phone=${encodeURIComponent('(310) 555-0100')}`), ['Élise Adler']);
  t.same(await names(`phone=0100&tag=vip&list=${list.id}`), ['Ada Example']);
  t.equal((await call('GET', '/api/contacts?phone=12')).status, 400);
  t.equal((await call('GET', '/api/contacts?name=%20')).status, 400);

  const first = (await call('GET', '/api/contacts?limit=2&sort=lastName&fields=name,phone')).body;
  t.same(first.items[0], { name: 'Élise Adler', phone: '+13105550100' });
  const second = (await call('GET', `/api/contacts?limit=2&sort=lastName&fields=name&cursor=${first.nextCursor}`)).body;
  t.same(second, { items: [{ name: 'Adam Zeller' }], nextCursor: null });
  t.equal((await call('GET', '/api/contacts?fields=secret')).status, 400);
});

test('a contact is changed field by field, and its number stays', async t => {
  const { call, add, names } = await desk(t);
  const { id } = await add({
    phone: '+12125550100',
    name: 'Ada Example',
    company: 'Roofs',
    customFields: { a: 1, b: 2 },
  });
  const changed = await call('PATCH', `/api/contacts/${id}`, {
    company: null,
    lastName: 'Sample',
    customFields: { a: null, c: 'x' },
    tags: ['new'],
    phone: '(212) 555-0100',
  });
  t.match(changed, { status: 200, body: { contact: { company: null, name: 'Ada Sample', tags: ['new'] } } });
  t.same(changed.body.contact.customFields, { b: 2, c: 'x' });
  t.same(await names('name=sam'), ['Ada Sample'], 'found by the new name');
  t.same(await names('name=exa'), []);
  t.match(await call('PATCH', `/api/contacts/${id}`, { phone: '+12125550199' }), {
    status: 400,
    body: { error: { details: [{ field: 'phone' }] } },
  });
  t.match(await call('PATCH', `/api/contacts/${id}`, { customFields: { 'a.b': 1 } }), { status: 400 });
  t.match(await call('PATCH', '/api/contacts/0123456789abcdef01234567', { company: 'x' }), {
    status: 404,
    body: { error: { code: 'CONTACT_NOT_FOUND' } },
  });
  await Promise.all(
    ['d', 'e', 'f', 'g'].map(key => call('PATCH', `/api/contacts/${id}`, { customFields: { [key]: 1 } })),
  );
  t.same(Object.keys((await call('GET', `/api/contacts/${id}`)).body.contact.customFields).sort(), [
    'b',
    'c',
    'd',
    'e',
    'f',
    'g',
  ]);
});

test('consent is given, withdrawn and given again, and all of it is kept', async t => {
  const { call, add, app } = await desk(t);
  const { id } = await add({ phone: '+12125550100' });
  const note = (path: string, body: unknown) => call('POST', `/api/contacts/${id}/consents${path}`, body);
  t.match(await note('', { ...consent, text: 'You may call me.' }), {
    status: 201,
    body: { contact: { consent: { kind: 'express', text: 'You may call me.' }, consentWithdrawn: null } },
  });
  t.match(await note('/withdraw', { source: 'e-mail' }), {
    body: { contact: { consent: null, consentWithdrawn: { source: 'e-mail' } } },
  });
  t.match(await app.contacts.byPhone('+12125550100'), { consent: null, consentWithdrawn: { source: 'e-mail' } });
  t.match(
    await note('', { ...consent, kind: 'express-written' }),
    { body: { contact: { consent: null } } },
    'older than the withdrawal',
  );
  const { contact } = (await note('', { kind: 'express', source: 'call' })).body;
  t.match(contact, { consent: { kind: 'express', source: 'call' }, consentWithdrawn: null });
  t.same(contact.consentHistory.map((each: { event: string; kind: string }) => `${each.event} ${each.kind}`).sort(), [
    'given express',
    'given express',
    'given express-written',
    'withdrawn null',
  ]);
  t.match(contact.consentHistory[0].by, /^user:/);
  t.match(await note('', { ...consent, at: '2099-01-01' }), {
    status: 400,
    body: { error: { details: [{ field: 'at' }] } },
  });
});

test('a deleted contact is out of every queue first; calls lose the name, suppressions and proof of consent stay', async t => {
  const { call, add, app } = await desk(t);
  const { id } = await add({ phone: '+12125550100', name: 'Ada Example', consent });
  const { calls } = app.callRecords;
  const began = await calls.begin({
    direction: 'outbound',
    to: '+12125550100',
    from: '+12125550199',
    contactId: new Types.ObjectId(id),
    contactName: 'Ada Example',
    processId: 'p',
  } as never);
  await app.suppressions.add('+12125550100', 'pressed 9', 'call-key');
  const path = `/api/contacts/${id}`;

  const refuses: boolean[] = [true];
  app.contacts.beforeDeleting(async contact => {
    t.same(contact, { id, phone: '+12125550100' });
    t.ok(await app.contacts.byId(id), 'asked while the person is still there');
    if (refuses.pop()) throw new Error('the queue cannot be reached');
  });
  t.equal((await call('DELETE', path)).status, 500);
  t.equal((await call('GET', path)).status, 200, 'kept because a queue did not let go');
  t.equal((await calls.findById(began._id))?.contactName, 'Ada Example');

  const deleted = new Promise<string>(resolve =>
    app.operations.events.on('contacts.deleted', ({ contactId }) => resolve(contactId)),
  );
  t.match(await call('DELETE', path), { status: 200, body: { deleted: true } });
  t.equal(await deleted, id);
  t.equal((await call('GET', path)).status, 404);
  t.equal((await call('DELETE', path)).status, 404);
  t.match(await calls.findById(began._id), { contactName: null, to: '+12125550100' });
  t.ok(await app.suppressions.of('+12125550100'));
  const kept = await app.store.link.database.collection('consentEvidence').findOne({ contactId: id });
  t.equal(kept?.['phoneHash'], await app.suppressions.hashOf('+12125550100'));
  t.equal(kept?.['history'].length, 1);
  t.ok(kept && kept['expiresAt'].getTime() > Date.now() + 4.9 * 365 * 24 * 60 * 60_000);
  t.notMatch(JSON.stringify(kept), /2125550100|Example/);
  const shown = await call('GET', '/api/consent-evidence?phone=(212)%20555-0100');
  t.match(shown.body.items, [
    { contactId: id, history: [{ event: 'given', kind: consent.kind, source: consent.source }] },
  ]);
  t.same((await call('GET', '/api/consent-evidence?phone=%2B12125550101')).body.items, []);
});

test('a list has a name of its own, tells its size, and lets its people go when it is deleted', async t => {
  const { call, add, app } = await desk(t);
  const made = await call('POST', '/api/contact-lists', { name: 'Spring offer', description: 'March' });
  t.equal(made.status, 201);
  const { id } = made.body.list;
  t.match(await call('POST', '/api/contact-lists', { name: ' spring  OFFER ' }), {
    status: 409,
    body: { error: { code: 'DUPLICATE', details: [{ field: 'name' }] } },
  });
  const person = await add({ phone: '+12125550100', lists: [id] });
  t.match((await call('GET', `/api/contact-lists/${id}`)).body, { list: { name: 'Spring offer' }, size: 1 });
  t.match(await call('PATCH', `/api/contact-lists/${id}`, { name: 'Autumn offer' }), { status: 200 });
  t.equal((await call('POST', '/api/contact-lists', { name: 'spring offer' })).status, 201, 'the old name is free');
  t.equal((await call('GET', '/api/contact-lists?sort=name')).body.items[0].name, 'Autumn offer');

  const done = once(app.jobs.events, 'done');
  t.match(await call('DELETE', `/api/contact-lists/${id}`), { status: 200 });
  t.equal((await call('GET', `/api/contact-lists/${id}`)).status, 404);
  await done;
  t.same((await call('GET', `/api/contacts/${person.id}`)).body.contact.lists, []);
});

test('who may do what with contacts', async t => {
  const { call, add, signIn, request } = await desk(t);
  const { id } = await add({ phone: '+12125550100' });
  const made = await call('POST', '/api/users', { email: 's@example.com', role: 'supervisor' });
  const token = await signIn('s@example.com', made.body.password);
  t.equal((await request('GET', '/api/contacts', { token })).status, 200);
  t.equal((await request('POST', '/api/contacts', { token, body: { phone: '+12125550101' } })).status, 403);
  t.equal((await request('DELETE', `/api/contacts/${id}`, { token })).status, 403);
  const [entry] = (await call('GET', '/api/audit?action=contact.add')).body.items;
  t.match(entry, { target: { type: 'contact', id }, after: { added: true, fields: ['phone'] } });
  t.notMatch(JSON.stringify(entry), /2125550100/);
});
