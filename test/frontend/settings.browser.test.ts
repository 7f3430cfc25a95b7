import { browserTest, signIn } from './helpers/dashboard.ts';

browserTest('an administrator adds a user, changes their role and disables them', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/settings/users');
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
    const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/settings/users');
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
    const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/settings/api-keys');
    await page.getByText('No API key yet.').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    const form = page.getByRole('dialog', { name: 'Create key' });
    await form.getByRole('textbox', { name: 'Name' }).fill('CRM sync');
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
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/settings/audit');
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

browserTest('operations shows the parts the process needs, and turns the log level', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/operations');
  const parts = page.getByRole('table', { name: 'Dependencies' });
  await parts.getByRole('row').nth(1).getByText('Up').waitFor();
  await page.getByLabel('Level').selectOption('debug');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Log level is debug now.').first().waitFor();
  const { body } = await dashboard.call('GET', '/api/admin/system', { token: dashboard.token });
  t.equal(body.logLevel, 'debug');
});

browserTest('agents, numbers, webhooks and retention, one after the other', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/settings/agents');
  const go = (name: string) => page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click();
  await page.getByRole('table', { name: 'Agents' }).getByRole('link').first().click();
  await page.getByLabel('Longest call, minutes').fill('500');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await page.getByText('A number from 0.5 to 240.').waitFor();
  await page.getByLabel('Longest call, minutes').fill('7');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await page.getByText('Longest call, minutes – → 7').waitFor();

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
  await page.getByLabel('State').selectOption('Delivered');
  await page.getByText('No message is in this state.').waitFor();
  t.match(page.url(), /state=delivered/);

  await go('Retention');
  await page.getByRole('button', { name: 'Count' }).click();
  await page.getByText(/^Nothing is older than/).waitFor();
});

browserTest('all calling is stopped with a reason, and allowed again', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/operations/calling');
  await page.getByRole('button', { name: 'Stop all calling' }).click();
  const asking = page.getByRole('alertdialog');
  await asking.getByLabel('Reason').fill('wrong list loaded');
  await asking.getByRole('button', { name: 'Stop all calling' }).click();
  await page.getByText('wrong list loaded').waitFor();
  const { body } = await dashboard.call('GET', '/api/admin/kill-switch', { token: dashboard.token });
  t.match(body.killSwitch, { on: true, reason: 'wrong list loaded' });
  await page.getByRole('button', { name: 'Allow calling' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Allow calling' }).click();
  await page.getByText('Allowed', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Look for them' }).click();
  await page.getByText('Nobody is stuck.').waitFor();
});

browserTest('what a viewer may not do is absent, and a deep link says so', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), '/');
  const navigation = page.getByRole('navigation', { name: 'Main' });
  t.same(await navigation.getByRole('link').allTextContents(), [
    'Overview',
    'Live',
    'Calls',
    'Campaigns',
    'Contacts',
    'Settings',
  ]);
  await page.goto(`${dashboard.url}/settings/users`);
  await page.getByRole('heading', { name: 'You cannot open Users' }).waitFor();
  await page.getByText('Your role is viewer. Ask an administrator.').waitFor();
  t.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0);
  await page.goto(`${dashboard.url}/no/such/page`);
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
