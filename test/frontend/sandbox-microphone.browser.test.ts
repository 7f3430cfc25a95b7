import { browserTest, launchWith, violations } from './helpers/dashboard.ts';

// This browser has no microphone, and knows one name that is neither https nor localhost.
launchWith('--host-resolver-rules=MAP parley.example 127.0.0.1');

browserTest('a machine without a microphone says so, and what to do', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('manager'), '/sandbox', { permissions: ['microphone'] });
  await page.getByRole('button', { name: 'Ring here' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('There is no microphone.').waitFor();
  t.match(await alert.textContent(), /Plug one in/);
  t.equal(dashboard.app.sandbox.carrier!.control.cast().next.length, 0, 'nothing waits for a phone that is off');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    t.same(await violations(page), [], colorScheme);
  }
  await alert.getByRole('button', { name: 'Close' }).click();
  await alert.waitFor({ state: 'detached' });
});

browserTest('an address that is neither https nor localhost gets no microphone, and says so', async (t, dashboard) => {
  const manager = await dashboard.addUser('manager');
  const page = await dashboard.visitAs(manager, '/sandbox');
  const elsewhere = new URL('/sandbox', dashboard.url);
  elsewhere.hostname = 'parley.example';
  await page.goto(String(elsewhere));
  await page.getByLabel('E-mail').fill(manager.email);
  await page.getByLabel('Password', { exact: true }).fill(manager.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('The browser gives no microphone to this page.').waitFor();
  t.match(await alert.textContent(), /only on https addresses and on localhost/);
});
