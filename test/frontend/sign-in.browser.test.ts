import { browserTest, signIn } from './helpers/dashboard.ts';

browserTest(
  'a deep link leads through sign-in to its page, and no token is left where scripts can read it',
  async (t, dashboard) => {
    const admin = await dashboard.addUser('admin');
    const page = await dashboard.visit('/settings/users');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your e-mail.').waitFor();
    t.ok(await page.getByLabel('E-mail').evaluate(field => field === document.activeElement));
    t.equal(await page.getByLabel('E-mail').getAttribute('aria-invalid'), 'true', 'empty fields are named');
    await signIn(page, { email: admin.email, password: 'not the password' });
    await page.getByText('E-mail and password do not match.').waitFor();
    t.equal(await page.getByLabel('E-mail').inputValue(), admin.email, 'what was typed stays');

    await signIn(page, admin);
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    t.equal(new URL(page.url()).pathname, '/settings/users');

    await page.reload();
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    const readable = await page.evaluate(() => [document.cookie, { ...sessionStorage }, { ...localStorage }]);
    t.notMatch(
      JSON.stringify(readable),
      /eyJ|refresh|token/i,
      'the session came back from a cookie scripts cannot see',
    );
  },
);

browserTest(
  'tabs that start at once all stay signed in, and signing out in one signs out all',
  async (t, dashboard) => {
    const first = await dashboard.visitAs(await dashboard.addUser('viewer'), '/');
    const context = first.context();
    const tabs = [first, await context.newPage(), await context.newPage()];
    await Promise.all(tabs.map(tab => tab.goto(dashboard.url)));
    await Promise.all(tabs.map(tab => tab.getByRole('heading', { name: 'Overview' }).waitFor()));

    await first.getByRole('button', { name: /Your menu/ }).click();
    await first.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await Promise.all(tabs.map(tab => tab.getByRole('heading', { name: 'Sign in' }).waitFor()));
    await first.reload();
    await first.getByRole('heading', { name: 'Sign in' }).waitFor();
    t.equal(await first.getByRole('navigation').count(), 0);
  },
);

browserTest('a page that is reloaded again and again in haste stays signed in', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), '/');
  for (let haste = 0; haste < 3; haste++) {
    const renewal = page.waitForRequest(/auth\/refresh/);
    page.reload().catch(() => {}); // cut short by the next one
    await renewal; // which comes while this renewal is under way
  }
  await page.reload();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  t.pass();
});

browserTest('when the session ends, a dialog asks again over the page and drafts are kept', async (t, dashboard) => {
  const dana = await dashboard.addUser('viewer');
  const page = await dashboard.visitAs(dana, '/settings/account');
  await page.getByLabel('Current password').fill(dana.password);
  await page.getByLabel('New password').fill('a draft of a new sentence');
  const token = await dashboard.signIn(dana.email, dana.password);
  await dashboard.call('POST', '/api/auth/logout', { token, body: { everywhere: true } });

  // The live connection tells it at once.
  const dialog = page.getByRole('dialog', { name: 'Your session ended' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  t.ok(await dialog.isVisible(), 'Escape does not lead past it');
  await dialog.getByLabel('Password', { exact: true }).fill(dana.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });

  t.equal(await page.getByLabel('New password').inputValue(), 'a draft of a new sentence');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Password changed. Your other sessions ended.').first().waitFor();
  const renewed = await dashboard.call('POST', '/api/auth/login', {
    body: { email: dana.email, password: 'a draft of a new sentence' },
  });
  t.equal(renewed.status, 200);
});

browserTest('sign out everywhere asks first, starting on Cancel', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), '/settings/account');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Sign out everywhere?' });
  await dialog.waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === 'Cancel');
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  t.pass();
});

browserTest('a wrong current password is told at its field', async (t, dashboard) => {
  const page = await dashboard.resident('viewer', '/settings/account');
  await page.getByLabel('Current password').fill('certainly not this');
  await page.getByLabel('New password').fill('a sentence long enough');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('That is not your current password.').waitFor();
  t.equal(await page.getByLabel('Current password').getAttribute('aria-invalid'), 'true');
});

browserTest('a lost connection is told, and healed without the reader’s help', async (t, dashboard) => {
  const page = await dashboard.resident('viewer', '/');
  await page.getByText('Connected').waitFor();
  await page.context().setOffline(true);
  await page
    .getByText(/Connection lost at .* Calls go on; what you see may be old\./)
    .first()
    .waitFor({ timeout: 20_000 });
  await page.getByText('No connection').waitFor();
  await page.context().setOffline(false);
  await page.getByText('Up to date again.').first().waitFor();
  await page.getByText('Connected').waitFor();
  t.equal(await page.getByText(/Connection lost at/).count(), 0);
});

browserTest('a sign-out the server did not hear is told, and done when it is back', async (t, dashboard) => {
  const page = await dashboard.resident('viewer', '/');
  await page.context().setOffline(true);
  await page.getByRole('button', { name: /Your menu/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'You are still signed in' });
  await dialog.waitFor();
  await page.context().setOffline(false);
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  t.equal(await dialog.count(), 0);
});
