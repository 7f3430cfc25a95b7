import type { Page } from 'playwright-core';
import { browserTest, violations } from './helpers/dashboard.ts';
import { loaded, pages } from './helpers/pages.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(`no WCAG A or AA violation on any page or dialog, ${colorScheme}`, async (t, dashboard) => {
    const page = await dashboard.visit('/', { colorScheme, reducedMotion: 'reduce' });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    t.equal(await page.evaluate(() => document.documentElement.dataset['theme']), colorScheme);
    t.same(await violations(page), []);

    const inside = await dashboard.visitAs(await dashboard.addUser('admin'), '/', {
      colorScheme,
      reducedMotion: 'reduce',
    });
    for (const path of pages) {
      await inside.goto(dashboard.url + path);
      await inside.getByRole('heading', { level: 1 }).waitFor();
      await loaded(inside);
      t.same(await violations(inside), []);
    }

    const dialogs: [string, (page: Page) => Promise<void>][] = [
      ['/settings/users', page => page.getByRole('button', { name: 'Add user' }).click()],
      ['/settings/api-keys', page => page.getByRole('button', { name: 'Create key' }).click()],
      ['/settings/account', page => page.getByRole('button', { name: 'Sign out everywhere' }).click()],
    ];
    for (const [path, open] of dialogs) {
      await inside.goto(dashboard.url + path);
      await open(inside);
      await inside.locator('[role=dialog], [role=alertdialog]').waitFor();
      t.same(await violations(inside), []);
    }
    t.equal(await inside.evaluate(() => document.getAnimations().length), 0, 'nothing moves when motion is reduced');
  });
}
