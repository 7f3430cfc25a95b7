import root, { test } from 'tap';
import { startApp } from '../helpers/app.ts';
import { withoutPreflight } from '../helpers/no-preflight.ts';
import { campaignDesk, phone, until } from './campaign-desk.ts';

const env = { API_KEY: 'k-of-both-processes-1' }; // allow-secret: invented
let shared: ReturnType<typeof campaignDesk> | undefined;
const openDesk = () => {
  shared ??= campaignDesk(root, { env });
  return shared;
};

test('the people of a campaign', async t => {
  const desk = await openDesk();
  const { call, make, add, app } = desk;
  const people = async (id: string, query = '') =>
    (await call('GET', `/api/campaigns/${id}/contacts?sort=createdAt&${query}`)).body.items as Record<
      string,
      unknown
    >[];
  const stats = async (id: string) => (await call('GET', `/api/campaigns/${id}/stats`)).body.stats;

  await t.test('they are added once, with what is wrong told by index; who is known already is merged', async t => {
    const { id } = await make();
    const contacts = [
      { phone: phone(1), name: 'Ada Example', priority: 5, tags: ['spring'] },
      { phone: 'nonsense' },
      { phone: phone(2), priority: 11 },
      'nobody',
      { phone: phone(2) },
      { phone: phone(1) },
    ];
    const answer = await call('POST', `/api/campaigns/${id}/contacts`, { contacts });
    t.match(answer, { status: 200, body: { added: 2, merged: 1 } });
    t.same(
      answer.body.rejected.map((each: { index: number; code: string; field: string }) => [
        each.index,
        each.code,
        each.field,
      ]),
      [
        [1, 'INVALID_NUMBER', 'phone'],
        [2, 'VALIDATION_FAILED', 'priority'],
        [3, 'VALIDATION_FAILED', ''],
      ],
    );
    t.match((await add(id, phone(1), phone(2), phone(3))).body, { added: 1, merged: 2, rejected: [] });
    const [first] = (await people(id)).filter(each => each['phone'] === phone(1));
    t.match(first, {
      name: 'Ada Example',
      state: 'waiting',
      attempts: 0,
      priority: 5,
      lastOutcome: null,
      verdict: null,
      dueAt: String,
    });
    t.match(await app.contacts.byPhone(phone(1)), { name: 'Ada Example' });
    await until('they are counted', async () => (await stats(id)).total === 3);
    t.match(await stats(id), { waiting: 3, done: 0, completedPercent: 0, byOutcome: {}, spend: { amount: '0.00' } });
    t.match((await call('GET', '/api/campaigns')).body.items[0], { id, progress: { total: 3, waiting: 3 } });
    t.same(
      (await call('GET', '/api/campaigns?fields=name,progress')).body.items.map((each: object) =>
        Object.keys(each).sort(),
      ),
      [['name', 'progress']],
    );
    t.equal((await call('POST', `/api/campaigns/${id}/contacts`, {})).status, 400);
    t.equal((await call('GET', `/api/campaigns/${id}/contacts?state=asleep`)).status, 400);
  });

  await t.test('somebody is taken out, stays out of it, and comes back when they are added by number', async t => {
    const list = (await call('POST', '/api/contact-lists', { name: 'Members' })).body.list.id;
    await call('POST', '/api/contacts/bulk', {
      contacts: [phone(10), phone(11)].map(each => ({ phone: each })),
      lists: [list],
    });
    const { id } = await make({ lists: [list] });
    await until('the list is there', async () => (await people(id)).length === 2);
    const gone = (await people(id)).find(each => each['phone'] === phone(10))!;
    t.same((await call('DELETE', `/api/campaigns/${id}/contacts/${gone['id']}`)).body, { removed: true });
    t.equal((await call('DELETE', `/api/campaigns/${id}/contacts/${gone['id']}`)).status, 404);
    t.same(
      (await people(id)).map(each => each['phone']),
      [phone(11)],
    );
    await call('PATCH', `/api/contacts/${gone['contactId']}`, { company: 'Example Roofing' });
    await call('POST', '/api/contacts', { phone: phone(12), lists: [list] });
    await call('PATCH', `/api/campaigns/${id}`, { lists: [list], priority: 1 });
    await call('POST', `/api/campaigns/${id}/start`);
    await until('who joined the list later is called, too', async () => (await people(id)).length === 2);
    t.same((await people(id)).map(each => each['phone']).sort(), [phone(11), phone(12)], 'the list brings nobody back');
    t.match((await add(id, phone(10))).body, { added: 1, merged: 0 });
    t.equal((await people(id)).length, 3);
    await until('and everything is counted', async () => (await stats(id)).total === 3);
    await call('POST', `/api/campaigns/${id}/stop`);
    t.match(await add(id, phone(13)), { status: 409, body: { error: { code: 'CAMPAIGN_STATE' } } });
  });

  await t.test('variants are given out by weight, the same to the same person for ever', async t => {
    const { id } = await make({ variants: [{ name: 'A' }, { name: 'B', weight: 3 }] });
    await add(id, ...Array.from({ length: 200 }, (_, index) => phone(200 + index)));
    await until('they are counted', async () => (await stats(id)).total === 200);
    const { variants } = (await stats(id)) as { variants: { name: string; total: number }[] };
    const spend = { amount: '0.00', currency: 'USD', incompleteCalls: 0 };
    const none = { calls: 0, answered: 0, answerRate: 0, totalDurationSeconds: 0, averageDurationSeconds: 0, spend };
    t.match(variants, [none, none], 'each has figures of its own');
    const b = variants.find(({ name }) => name === 'B')!.total;
    t.ok(b > 120 && b < 180, `${b} of 200`);
    const before = await people(id, 'limit=200');
    await call('PATCH', `/api/campaigns/${id}`, { variants: [{ name: 'A' }, { name: 'B', weight: 0.1 }] });
    await add(id, ...Array.from({ length: 20 }, (_, index) => phone(200 + index)));
    t.same(await people(id, 'limit=200'), before);
  });

  await t.test('whoever is deleted leaves every queue first, but not in the middle of a call', async t => {
    const [one, two] = [await make(), await make()];
    for (const { id } of [one, two]) await add(id, phone(20), phone(21));
    const [person] = (await people(one.id)).filter(each => each['phone'] === phone(20));
    const claimed = await app.campaigns.people.changeById(person!['id'] as string, { $set: { state: 'dialing' } });
    const contact = claimed.contactId.toHexString();
    t.match(await call('DELETE', `/api/contacts/${contact}`), { status: 409, body: { error: { code: 'CONFLICT' } } });
    t.match(await call('DELETE', `/api/campaigns/${one.id}/contacts/${person!['id']}`), { status: 409 });
    t.match(await call('POST', `/api/campaigns/${one.id}/contacts/${person!['id']}/requeue`), { status: 409 });
    t.same(
      (await people(two.id)).map(each => each['phone']),
      [phone(21)],
      'where nobody calls they are out at once',
    );
    await app.campaigns.people.changeById(person!['id'] as string, {
      $set: { state: 'done', lastOutcome: 'busy', outcomes: ['busy'], countDue: true },
    });
    t.same((await people(one.id, 'outcome=busy')).length, 1);
    t.match((await call('POST', `/api/campaigns/${one.id}/contacts/${person!['id']}/requeue`)).body, {
      contact: { state: 'waiting', lastOutcome: 'busy' },
    });
    t.equal((await call('DELETE', `/api/contacts/${contact}`)).status, 200);
    await until('nothing of them is left', async () => (await app.campaigns.people.ofContact(contact)).length === 0);
    t.match(await stats(one.id), { total: 1, waiting: 1 });
    const said = (await call('GET', `/api/campaigns/${one.id}/events?contactId=${contact}`)).body.items;
    t.match(said[0], { text: 'Somebody was taken out of the queue: they were deleted' });
    t.notMatch(JSON.stringify(said), phone(20).slice(1));
  });

  await t.test('it completes when nobody is left, and not before; never while somebody is being added', async t => {
    const { id } = await make();
    await call('POST', `/api/campaigns/${id}/start`);
    await until('running', async () => (await desk.state(id)) === 'running');
    t.notOk(await app.campaigns.completeIfDone(id), 'nobody was ever added');
    await add(id, phone(30));
    t.notOk(await app.campaigns.completeIfDone(id));
    const [person] = await people(id);
    await app.campaigns.people.changeById(person!['id'] as string, { $set: { state: 'done', countDue: true } });
    const soon = new Date(Date.now() + 60_000);
    t.ok(await app.campaigns.repository.beginAdding(id, soon));
    t.notOk(await app.campaigns.completeIfDone(id));
    await app.campaigns.repository.doneAdding(id, soon);
    await until('completed', async () => (await desk.state(id)) === 'completed');
    await until('it is told', async () => (await desk.texts(id)).at(-1)?.endsWith('the campaign is complete.'));
    t.match(await stats(id), { total: 1, done: 1, completedPercent: 100 });
  });

  await t.test('whoever may not see people sees no number and no name', async t => {
    const { id } = await make();
    await call('POST', `/api/campaigns/${id}/contacts`, { contacts: [{ phone: phone(40), name: 'Ada Example' }] });
    const viewer = { email: 'viewer@parley.example', password: 'a-long-passphrase-of-his', role: 'viewer' }; // allow-secret: invented
    t.equal((await call('POST', '/api/users', viewer)).status, 201);
    const token = await desk.signIn(viewer.email, viewer.password);
    const seen = await desk.request('GET', `/api/campaigns/${id}/contacts`, { token });
    t.match(seen, { status: 200, body: { items: [{ phone: '+1 ••• ••40', name: null }] } });
    t.equal((await desk.request('POST', `/api/campaigns/${id}/start`, { token })).status, 403);
    t.equal((await desk.request('PATCH', `/api/campaigns/${id}`, { token, body: { priority: 1 } })).status, 403);
  });
});

test('two processes move and count the same campaigns: one outcome', async t => {
  const one = await openDesk();
  const two = await startApp(t, { env: { ...env, MONGODB_URI: String(one.app.operations.config.MONGODB_URI) } });
  withoutPreflight(two.app);
  // Nobody is due before tomorrow, so that it is not over before it is stopped.
  const tomorrow = new Date(Date.now() + 36 * 3_600_000).toISOString();
  const windows = [{ day: 1, from: '09:00', to: '17:00' }];
  const { id } = await one.make({ schedule: { timeZone: 'contact', windows, startsAt: tomorrow } });
  await one.add(id, phone(50), phone(51));
  const token = env.API_KEY;
  const ask = (site: typeof two | typeof one) => ('request' in site ? site.request : site.call);
  const both = await Promise.all([one, two].map(each => ask(each)('POST', `/api/campaigns/${id}/start`, { token })));
  t.same(both.map(each => each.status).sort(), [202, 409]);
  await until(
    'running',
    async () => (await two.call('GET', `/api/campaigns/${id}`, { token })).body.campaign.state === 'running',
  );
  await Promise.all(
    [one, two].map(each =>
      ask(each)('PATCH', `/api/campaigns/${id}`, {
        token,
        body: { pace: { callsPerSecond: each === one ? 2 : 3 } },
      }),
    ),
  );
  const stop = await Promise.all([one, two].map(each => ask(each)('POST', `/api/campaigns/${id}/stop`, { token })));
  t.same(stop.map(each => each.status).sort(), [202, 409]);
  await until(
    'all of it is in the log once',
    async () => (await one.texts(id)).filter((each: string) => each.startsWith('Stopped')).length === 1,
  );
  const entries = (await one.call('GET', `/api/campaigns/${id}/events?sort=seq`)).body.items as {
    seq: number;
    type: string;
  }[];
  t.equal(new Set(entries.map(({ seq }) => seq)).size, entries.length);
  t.equal(entries.filter(({ type }) => type === 'campaign.edited').length, 2);
  await until('counted', async () => (await one.call('GET', `/api/campaigns/${id}/stats`)).body.stats.total === 2);
  t.same(await two.app.campaigns.tally.differences(id), {});
});
