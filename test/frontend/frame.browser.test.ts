import type { Page } from 'playwright-core';
import { browserTest, violations, violationsInBothThemes } from './helpers/dashboard.ts';
import { lostInForcedColours } from './helpers/forced-colours.ts';
import { goTo, pages } from './helpers/pages.ts';

browserTest(
  'no WCAG A or AA violation on any page or dialog, light, dark or in forced colours',
  async (t, dashboard) => {
    const outside = await dashboard.visit('/');
    await outside.getByRole('heading', { name: 'Sign in' }).waitFor();
    t.same(await violationsInBothThemes(outside), []);

    const dialogs: Record<string, string> = {
      '/settings/users': 'Add user',
      '/settings/api-keys': 'Create key',
      '/settings/account': 'Sign out everywhere',
    };
    const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/campaigns', { reducedMotion: 'reduce' });
    for (const path of pages) {
      await goTo(page, path);
      t.same(await violationsInBothThemes(page), [], path);
      t.same(await lostInForcedColours(page), [], `${path} tells the same in forced colours`);
      const opens = dialogs[path];
      if (opens === undefined) continue;
      await page.getByRole('main').getByRole('button', { name: opens }).click();
      await page.locator('[role=dialog], [role=alertdialog]').waitFor();
      t.same(await violationsInBothThemes(page), [], opens);
      t.same(await lostInForcedColours(page), [], `${opens} in forced colours`);
      const silenced = page.locator(
        '[aria-hidden=true] [aria-live], [inert] [aria-live], [aria-hidden=true][aria-live]',
      );
      t.equal(await silenced.count(), 0, 'a dialog silences no announcement');
      t.equal(await page.evaluate(() => document.getAnimations().length), 0, 'nothing moves when motion is reduced');
      await page.keyboard.press('Escape');
      await page.locator('[role=dialog], [role=alertdialog]').waitFor({ state: 'detached' });
    }
  },
);

/** How much wider than its window a page is with the spacing of text that WCAG 1.4.12 names. */
const overflowOfSpacedText = (page: Page) =>
  page.evaluate(() => {
    const spaced = new CSSStyleSheet();
    spaced.replaceSync(`
      * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
      p { margin-bottom: 2em !important; }
    `);
    document.adoptedStyleSheets = [spaced];
    const overflow = document.documentElement.scrollWidth - innerWidth;
    document.adoptedStyleSheets = [];
    return overflow;
  });

browserTest('a phone gets tabs and lists, and nothing scrolls sideways down to 320 px', async (t, dashboard) => {
  const phone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/campaigns', phone);
  for (const path of pages) {
    await goTo(page, path);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(overflow <= 0, `${path} fits (${overflow})`);
    t.ok((await overflowOfSpacedText(page)) <= 0, `${path} fits with text spaced as readers may want it`);
    if (path === '/settings/users') t.equal(await page.getByRole('table').count(), 0, 'people are a list');
  }
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});

browserTest('the keyboard alone reaches everything', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), '/');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await page.keyboard.press('Tab');
  t.equal(await focused(), 'Skip to content');
  await page.keyboard.press('Enter');
  t.equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN');

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'Account' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  t.equal(await focused(), 'Account', 'the new page has the focus');

  await page.getByLabel('Current password').pressSequentially('go?');
  t.equal(await page.getByLabel('Current password').inputValue(), 'go?', 'letters belong to the field');
  t.equal(await page.getByRole('dialog').count(), 0);

  // It was loaded before it is asked for: whoever knows it types at once.
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.includes('command-palette')),
  );
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search and commands' });
  await palette.getByRole('combobox').and(page.locator(':focus')).waitFor();
  await page.keyboard.type('camp');
  t.equal(await palette.getByRole('combobox').inputValue(), 'camp');
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

browserTest('what needs a person is counted on every page, said once, and led to', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('supervisor'), '/calls');
  const bar = page.getByRole('banner');
  const count = bar.getByRole('button', { name: /alert/ });
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/alerts')),
  );
  t.equal(await count.count(), 0, 'absent while nothing does');

  const { call, token, app } = dashboard;
  const { body } = await call('POST', '/api/campaigns', {
    token,
    body: { name: 'Spring reminders', contentClass: 'informational' },
  });
  const message = 'Calls failed again and again; look at its failed calls, mend the cause and resume it.';
  await app.campaigns.fail(body.campaign.id, { code: 'breaker', message });
  await bar.getByRole('button', { name: '1 alert, urgent' }).waitFor();
  await page
    .getByText(/^New alert\. The campaign Spring reminders stopped with an error/)
    .waitFor({ state: 'attached' });

  await count.focus();
  await page.keyboard.press('Enter');
  const list = page.getByRole('dialog', { name: 'What needs a person' });
  await list.getByText('Look at its failed calls, mend the cause and resume it.').waitFor();
  t.equal(await list.locator('time').count(), 1, 'since when');
  t.same(await violationsInBothThemes(page), []);
  await page.setViewportSize({ width: 320, height: 640 });
  t.ok(
    (await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
    'a telephone has room for it',
  );
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  t.match(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), '1 alert, urgent');

  await page.keyboard.press('Enter');
  await list.getByRole('link', { name: 'Open the campaign' }).click();
  await page.getByRole('heading', { name: 'Spring reminders' }).waitFor();
  await list.waitFor({ state: 'hidden' });
  await app.campaigns.stop(body.campaign.id, 'ada@parley.example', false);
  await count.waitFor({ state: 'detached' });
});
