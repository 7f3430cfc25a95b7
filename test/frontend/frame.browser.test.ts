import { browserTest, violations } from './helpers/dashboard.ts';
import { loaded, pages } from './helpers/pages.ts';

browserTest('a phone gets tabs and lists, and nothing scrolls sideways down to 320 px', async (t, dashboard) => {
  const phone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/', phone);
  for (const path of pages) {
    await page.goto(dashboard.url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await loaded(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(overflow <= 0, `${path} fits (${overflow})`);
  }
  t.equal(await page.getByRole('table').count(), 0);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});

browserTest('the keyboard alone reaches everything', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), '/');
  await page.reload();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await page.keyboard.press('Tab');
  t.equal(await focused(), 'Skip to content');
  await page.keyboard.press('Enter');
  t.equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN');

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'Account' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1', undefined, { timeout: 4_000 });
  t.equal(await focused(), 'Account', 'the new page has the focus');

  await page.getByLabel('Current password').pressSequentially('go?');
  t.equal(await page.getByLabel('Current password').inputValue(), 'go?', 'letters belong to the field');
  t.equal(await page.getByRole('dialog').count(), 0);

  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search and commands' });
  await palette.getByRole('combobox').pressSequentially('camp');
  await palette.getByRole('option', { name: 'Campaigns' }).waitFor();
  t.equal(await palette.getByRole('option', { name: 'New campaign' }).count(), 0, 'what one may not do is absent');
  t.same(await violations(page), []);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Campaigns' }).waitFor();
  await page.goBack();

  await page.getByLabel('Current password').blur();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: /Your menu/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemcheckbox', { name: 'Single-letter keys' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'hidden' });
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  t.equal(await page.getByRole('dialog').count(), 0, 'switched off, the letters do nothing');
  await page.getByRole('heading', { name: 'Account' }).waitFor();
});

browserTest(
  'the theme is chosen in the menu, holds after a reload and is set before the first paint',
  async (t, dashboard) => {
    const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/', { colorScheme: 'light' });
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    t.equal(await page.evaluate(() => document.documentElement.dataset['theme']), 'dark');
    await page.route('**/assets/*.js', route => route.abort()); // only theme.js runs
    await page.reload();
    t.equal(await page.evaluate(() => document.documentElement.dataset['theme']), 'dark');
  },
);
