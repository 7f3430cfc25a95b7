import { Types } from 'mongoose';
import { startHookReceiver } from '../helpers/hook-receiver.ts';
import { browserTest, signIn, violations } from './helpers/dashboard.ts';
import { goTo, heldBack } from './helpers/pages.ts';

browserTest('an administrator adds a user, changes their role and disables them', async (t, dashboard) => {
  const page = await dashboard.resident('admin', '/settings/users');
  await page.getByRole('button', { name: 'Add user' }).click();
  const add = page.getByRole('dialog', { name: 'Add user' });
  await add.getByRole('button', { name: 'Add user' }).click();
  await add.getByText('Enter an e-mail address').waitFor();

  await add.getByLabel('E-mail').fill('dana@parley.example');
  await add.getByLabel('Role').selectOption('Supervisor');
  await add.getByRole('button', { name: 'Generate' }).click();
  const password = await add.getByLabel('First password').inputValue();
  await add.getByRole('button', { name: 'Add user' }).click();
  const row = page.getByRole('row', { name: /dana@parley\.example/ });
  await row.getByText('Supervisor').waitFor();

  const dana = await dashboard.visitAs({ id: '', email: 'dana@parley.example', password }, '/');
  await dana.getByRole('heading', { name: 'Overview' }).waitFor();

  await row.getByRole('button', { name: 'Actions for dana@parley.example' }).click();
  await page.getByRole('menuitem', { name: 'Change role' }).click();
  await page.getByRole('dialog').getByLabel('Role').selectOption('Manager');
  await page.getByRole('dialog').getByRole('button', { name: 'Change role' }).click();
  await row.getByText('Manager').waitFor();

  await row.getByRole('button', { name: 'Actions for dana@parley.example' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
  await row.getByText('Disabled').waitFor();

  await dana.reload();
  await signIn(dana, { email: 'dana@parley.example', password });
  await dana.getByText('E-mail and password do not match.').waitFor();
  t.pass();
});

browserTest(
  'the same address twice is refused with its reason, and the dialog keeps what was typed',
  async (t, dashboard) => {
    const page = await dashboard.resident('admin', '/settings/users');
    await page.getByRole('button', { name: 'Add user' }).click();
    const add = page.getByRole('dialog', { name: 'Add user' });
    await add.getByLabel('E-mail').fill(dashboard.admin.email.toUpperCase());
    await add.getByLabel('First password').fill('long enough for a password');
    await add.getByRole('button', { name: 'Add user' }).click();
    await add.getByRole('alert').getByText('The user was not added.').waitFor();
    t.equal(await add.getByLabel('E-mail').inputValue(), dashboard.admin.email.toUpperCase());
    await add.getByText('Details').click();
    t.match(await add.getByText(/^Request /).textContent(), /Request [\w-]{8,}/);
  },
);

browserTest(
  'an API key is shown once, works within its scopes, and is refused after it was revoked',
  async (t, dashboard) => {
    const page = await dashboard.resident('admin', '/settings/api-keys');
    await page.getByText('No API key yet.').waitFor();
    const scopes = await heldBack(page, '**/api/permissions');
    await page.getByRole('button', { name: 'Create key' }).click();
    const form = page.getByRole('dialog', { name: 'Create key' });
    await form.getByRole('textbox', { name: 'Name' }).fill('CRM sync');
    t.ok(
      await form.getByRole('button', { name: 'Create key' }).isDisabled(),
      'nobody chose from what is not there yet',
    );
    scopes.come();
    await form.getByRole('button', { name: 'Create key' }).click();
    await form.getByText('Choose at least one scope.').waitFor();
    await form.getByLabel('audit:read').check();
    await form.getByLabel('Expires').selectOption('In 30 days');
    await form.getByRole('button', { name: 'Create key' }).click();

    const shown = page.getByRole('dialog', { name: 'Copy this key now' });
    const secret = await shown.getByLabel('Key').inputValue();
    t.equal((await dashboard.call('GET', '/api/audit', { token: secret })).status, 200);
    t.equal((await dashboard.call('GET', '/api/users', { token: secret })).status, 403);
    await shown.getByRole('button', { name: 'I have copied it' }).click();
    await shown.waitFor({ state: 'hidden' });
    t.notMatch(await page.content(), secret, 'nowhere in the page any more');

    await page.getByRole('button', { name: 'Revoke CRM sync' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await page
      .getByRole('row', { name: /CRM sync/ })
      .getByText('Revoked')
      .waitFor();
    t.equal((await dashboard.call('GET', '/api/audit', { token: secret })).status, 401);
  },
);

browserTest('the audit log is read page by page to its beginning', async (t, dashboard) => {
  for (let turn = 0; turn < 60; turn++) {
    const logLevel = turn % 2 === 0 ? 'warn' : 'error';
    await dashboard.call('PATCH', '/api/admin/system', { token: dashboard.token, body: { logLevel } });
  }
  const page = await dashboard.resident('admin', '/settings/audit');
  await page.getByText('level warn → error').first().waitFor();
  const rows = page.getByRole('row');
  t.equal(await rows.count(), 51, 'fifty entries under the header');
  const more = page.getByRole('button', { name: 'Load earlier entries' });
  const end = page.getByText('That is the beginning of the log.');
  do {
    const before = await rows.count();
    await more.click();
    await page.waitForFunction(count => document.querySelectorAll('tr').length > count, before);
    await more.or(end).waitFor();
  } while (await more.isVisible());
  t.ok((await rows.count()) > 61, 'sixty changes and what came before them');
});

browserTest(
  'the set-up is hidden and shown again; operations shows what runs, and turns the log level',
  async (t, dashboard) => {
    const page = await dashboard.resident('admin', '/');
    const setUp = page.getByRole('region', { name: 'Welcome to Parley' });
    await setUp.getByText(/ checks are in order\.$/).waitFor();
    await setUp.getByRole('link', { name: 'Open the sandbox' }).waitFor();
    await setUp.getByRole('button', { name: 'Hide' }).click();
    await setUp.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    // By name: until the palette is loaded, the page has another one.
    await page.getByRole('combobox', { name: 'Search and commands' }).pressSequentially('set-up');
    await page.getByRole('option', { name: 'Show the set-up' }).click();
    await setUp.waitFor();

    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Operations' }).click();
    await page.getByRole('table', { name: 'Processes' }).getByText('answers you').waitFor();
    const parts = page.getByRole('table', { name: 'Dependencies' });
    await parts.getByRole('row').nth(1).getByText('Up').waitFor();
    await page.getByLabel('Level').selectOption('debug');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Log level is debug now.').first().waitFor();
    const { body } = await dashboard.call('GET', '/api/admin/system', { token: dashboard.token });
    t.equal(body.logLevel, 'debug');
  },
);

browserTest('agents, numbers, webhooks and retention, one after the other', async (t, dashboard) => {
  const page = await dashboard.resident('admin', '/settings/agents');
  const go = (name: string) => page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click();
  await page.getByRole('table', { name: 'Agents' }).getByRole('link').first().click();
  await page.getByLabel('Longest call, minutes').fill('500');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await page.getByText('A number from 0.5 to 240.').waitFor();
  await page.getByLabel('Longest call, minutes').fill('7');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await page.getByText('Longest call, minutes – → 7').waitFor();
  t.same(await violations(page), [], 'an agent');

  await go('Numbers');
  const numbers = page.getByRole('table', { name: 'Numbers' });
  await numbers
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Connect' }).click();
  const connecting = page.getByRole('alertdialog');
  await connecting.getByText(dashboard.url, { exact: false }).first().waitFor();
  await connecting.getByRole('button', { name: 'Cancel' }).click();

  const { items: agents } = (await dashboard.call('GET', '/api/agents', { token: dashboard.token })).body;
  const { items: ours } = (await dashboard.call('GET', '/api/numbers', { token: dashboard.token })).body;
  const body = { agentId: agents.at(-1).id };
  await dashboard.call('PATCH', `/api/numbers/${ours[0].id}`, { token: dashboard.token, body });
  const late = await heldBack(page, '**/api/agents?**');
  await page.reload();
  await numbers
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const who = page.getByRole('dialog').getByLabel('Agent', { exact: true });
  t.equal(await who.inputValue(), body.agentId, 'who answers is chosen before the others are known');
  late.come();
  await who.getByRole('option', { name: agents.at(-1).name }).waitFor({ state: 'attached' });
  t.equal(await who.inputValue(), body.agentId);
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  await go('Webhooks');
  await page.getByRole('button', { name: 'Add webhook' }).click();
  const add = page.getByRole('dialog', { name: 'Add webhook' });
  await add.getByRole('textbox', { name: 'Address' }).fill('https://crm.example.com/parley');
  await add.getByRole('button', { name: 'Add webhook' }).click();
  const shown = page.getByRole('dialog', { name: 'Copy this secret now' });
  t.match(await shown.getByLabel('Secret').inputValue(), /^whsec_/);
  await shown.getByRole('button', { name: 'I have copied it' }).click();
  await page.getByRole('link', { name: 'https://crm.example.com/parley' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByRole('table', { name: 'Deliveries' }).getByText('Waiting').waitFor();
  t.same(await violations(page), [], 'a webhook');
  await page.getByLabel('State').selectOption('Delivered');
  await page.getByText('No message is in this state.').waitFor();
  await page.waitForURL(/state=delivered/);

  const givenUp = {
    subscriptionId: new Types.ObjectId(new URL(page.url()).pathname.split('/').at(-1)),
    event: 'call.ended',
    once: 'call.ended:1',
    subject: 'call:1',
    payload: '{"type":"call.ended"}',
    state: 'dead',
    tries: [{ at: new Date(), status: 500, ms: 3, problem: null }],
    expiresAt: new Date(Date.now() + 86_400_000),
    createdAt: new Date(),
  };
  await dashboard.app.store.connection.collection('hookDeliveries').insertOne(givenUp);
  // The server answers for two seconds as it did before, and a page that was told nothing asks again in half a minute.
  const known = async () => {
    const { items } = (await dashboard.call('GET', '/api/alerts', { token: dashboard.token })).body;
    return items.some((each: { kind: string }) => each.kind === 'webhook-messages');
  };
  while (!(await known())) await page.waitForTimeout(200);
  await page.reload();
  await page.getByRole('button', { name: /^\d+ alert/ }).click();
  const alerts = page.getByRole('dialog', { name: 'What needs a person' });
  await alerts.getByText('1 message to crm.example.com was given up').waitFor();
  await alerts.getByRole('link', { name: 'Open its messages' }).click();
  await page.getByRole('table', { name: 'Deliveries' }).getByText('Given up').waitFor();
  await page.getByRole('button', { name: 'Discard all' }).click();
  const discarding = page.getByRole('alertdialog', { name: 'Discard all that was given up?' });
  t.same(await violations(page), [], 'asking before messages are discarded');
  await discarding.getByRole('button', { name: 'Discard all' }).click();
  await page.getByText('1 message was discarded.').first().waitFor();
  await page.getByText('No message is in this state.').waitFor();

  const receiver = await startHookReceiver(t);
  const hook = { url: receiver.url, events: ['call.ended'] };
  const { id } = (await dashboard.call('POST', '/api/hooks', { token: dashboard.token, body: hook })).body.hook;
  const lost = { ...givenUp, _id: new Types.ObjectId(), subscriptionId: new Types.ObjectId(id as string) };
  await dashboard.app.store.connection.collection('hookDeliveries').insertOne(lost);
  await goTo(page, `/settings/webhooks/${id}?state=dead`);
  await page.getByRole('button', { name: 'Send all again' }).click();
  const sending = page.getByRole('alertdialog', { name: 'Send all again that was given up?' });
  const hookItself = await heldBack(page, `**/api/hooks/${id}`);
  await sending.getByRole('button', { name: 'Send all again' }).click();
  // The question goes with what it was asked about, before all of the page is fresh.
  await page.getByText('No message is in this state.').waitFor();
  hookItself.come();
  await page.getByText('1 message is on its way again.').first().waitFor();
  t.match(await receiver.count(1), [{ body: { type: 'call.ended' } }], 'the other system gets what was given up');
  await page.getByLabel('State').selectOption('Any state');
  const sent = page.getByRole('row', { name: /Delivered/ });
  await sent.getByRole('button', { name: /^Look at “/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
  await page.getByText('It is on its way again.').first().waitFor();
  const [first, again] = await receiver.count(2);
  t.equal(again!.headers['webhook-id'], first!.headers['webhook-id'], 'once more, as the same message');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await sent.getByRole('button', { name: /^Send “.*again$/ }).click();
  t.equal((await receiver.count(3)).length, 3, 'and from its row');

  await go('Retention');
  await page.getByRole('button', { name: 'Count' }).click();
  await page.getByText(/^Nothing is older than/).waitFor();
});

browserTest('all calling is stopped with a reason, and allowed again', async (t, dashboard) => {
  const page = await dashboard.resident('manager', '/campaigns');
  await page.getByRole('link', { name: 'Operations' }).click();
  await page.getByRole('button', { name: 'Stop all calling' }).click();
  const asking = page.getByRole('alertdialog');
  await asking.getByLabel('Reason').fill('wrong list loaded');
  await asking.getByRole('button', { name: 'Stop all calling' }).click();
  await page.getByText('wrong list loaded').waitFor();
  const { body } = await dashboard.call('GET', '/api/admin/kill-switch', { token: dashboard.token });
  t.match(body.killSwitch, { on: true, reason: 'wrong list loaded' });
  t.equal(await page.getByRole('button', { name: 'Look for them' }).count(), 0, 'what is for administrators is absent');

  await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await page.getByText('Nobody is called: all calling is stopped.').waitFor();
  await page.getByRole('link', { name: 'Go to the switch' }).click();
  await page.getByRole('button', { name: 'Allow calling' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Allow calling' }).click();
  await page.getByText('Allowed', { exact: true }).waitFor();
  await goTo(page, '/operations/jobs');
  await page.getByRole('heading', { name: 'You cannot open Jobs' }).waitFor();

  const admin = await dashboard.resident('admin', '/operations/calling');
  await admin.getByRole('button', { name: 'Look for them' }).click();
  await admin.getByText('Nobody is stuck.').waitFor();

  await dashboard.app.store.connection.collection('jobs').insertOne({
    name: 'parcels.fetch',
    payload: { parcel: 'p7' },
    state: 'dead',
    priority: 1,
    attempts: 3,
    claims: 3,
    problem: { code: 'Error', message: 'The parcel is lost.' },
    finishedAt: new Date(),
    createdAt: new Date(),
    updatedAt: new Date(),
    version: 1,
  });
  await goTo(admin, '/operations/jobs?state=dead&name=parcels.fetch');
  await admin.getByText('The parcel is lost.').waitFor();
  const act = async (name: string, told: string) => {
    await admin.getByRole('button', { name: 'Actions for parcels.fetch' }).click();
    await admin.getByRole('menuitem', { name }).click();
    await admin.getByRole('alertdialog').getByRole('button', { name }).click();
    await admin.getByText(told).first().waitFor();
    await admin.getByText('No job matches.').waitFor();
  };
  await act('Run again', 'The job waits for its turn again.');
  await admin.getByLabel('State').selectOption('Waiting');
  await act('Discard', 'The job is discarded.');
});

browserTest('what a viewer may not do is absent, and a deep link says so', async (t, dashboard) => {
  const page = await dashboard.resident('viewer', '/');
  const navigation = page.getByRole('navigation', { name: 'Main' });
  t.same(await navigation.getByRole('link').allTextContents(), [
    'Overview',
    'Live',
    'Calls',
    'Campaigns',
    'Contacts',
    'Settings',
  ]);
  await goTo(page, '/settings/users');
  await page.getByRole('heading', { name: 'You cannot open Users' }).waitFor();
  await page.getByText('Your role is viewer. Ask an administrator.').waitFor();
  t.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0);
  await goTo(page, '/no/such/page');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
});

browserTest('rights that change while signed in are told once and obeyed', async (t, dashboard) => {
  const manager = await dashboard.addUser('manager');
  const page = await dashboard.visitAs(manager, '/settings/api-keys');
  await page.getByRole('button', { name: 'Create key' }).click();
  const form = page.getByRole('dialog', { name: 'Create key' });
  await form.getByRole('textbox', { name: 'Name' }).fill('Report');
  await form.getByLabel('api-keys:read').check();
  await dashboard.call('PATCH', `/api/users/${manager.id}`, {
    token: dashboard.token,
    body: { role: 'viewer' },
  });
  await form.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('Your rights changed: you are viewer now.').first().waitFor();
  await page.getByRole('heading', { name: 'You cannot open API keys' }).waitFor();
  t.pass();
});
