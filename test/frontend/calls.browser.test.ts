import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { browserTest, type Dashboard, launchWith, violations } from './helpers/dashboard.ts';

launchWith('--autoplay-policy=no-user-gesture-required');

const themes = ['light', 'dark'] as const;

async function bothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(...(await violations(page)));
  }
  return found;
}

/** While a call goes on there is time for the list. */
async function useTheList(t: Test, page: Page, dashboard: Dashboard): Promise<void> {
  await page.goto(`${dashboard.url}/calls?outcome=busy`);
  await page.getByText('No call matches.').waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Busy lines');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Busy lines' }).waitFor();
  await page.getByRole('button', { name: 'Show all calls' }).click();
  const table = page.getByRole('grid', { name: 'Calls' });
  await table.getByRole('row').nth(1).waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Carrier’s id' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await table.getByRole('columnheader', { name: 'Carrier’s id' }).waitFor();
  t.match(page.url(), /cols=.*sid/);
  await page.keyboard.press('/');
  await page.keyboard.type('no such words');
  await page.getByText('No call matches.').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await table.waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  t.match(await readFile(await file.path(), 'utf8'), /^id,sid,direction,/);

  await page.setViewportSize({ width: 390, height: 800 });
  t.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'fits a telephone');
  t.same(await bothThemes(page), []);
  await page.route('**/api/calls?**', route =>
    route.fulfill({ status: 400, json: { error: { code: 'X', message: 'No.' } } }),
  );
  await page.reload();
  await page.getByText('The calls did not load.').waitFor();
  await page.unroute('**/api/calls?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await table.waitFor();
  await page.setViewportSize({ width: 1_280, height: 800 });
}

browserTest('a call is placed, found in the list, heard and erased by keyboard and pointer', async (t, dashboard) => {
  const { control } = dashboard.app.sandbox.carrier!;
  control.answerNext('ruth-abrams');
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/calls');
  await page.getByText('No call yet.').waitFor();
  t.same(await violations(page), []);

  await page.getByRole('button', { name: 'New call' }).click();
  const dialog = page.getByRole('dialog', { name: 'New call' });
  await dialog.getByLabel('Number').fill('312 555');
  await page.keyboard.press('Enter');
  await dialog.getByText('Write the number with + and country').waitFor();
  await dialog.getByLabel('Number').fill('+1 312 555 0142');
  await dialog.getByLabel('Recording').selectOption('yes');
  await dialog.getByLabel('Why they are called').selectOption('telemarketing');
  await dialog.getByText('Cannot be called now').waitFor();
  await dialog
    .getByText(/No written agreement to be called/)
    .first()
    .waitFor();
  t.ok(await dialog.getByRole('button', { name: 'Call +1 312 555 0142' }).isDisabled(), 'a refused call is not placed');
  await dialog.getByLabel('Why they are called').selectOption('');
  await dialog.getByText('Can be called now').waitFor();
  await dialog.getByText('rules were asked').click();
  await dialog.getByText('It is not on the do-not-call list.').waitFor();
  t.same(await bothThemes(page), []);
  await dialog.getByLabel('Number').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/live\?call=[0-9a-f]{24}$/);
  const id = new URL(page.url()).searchParams.get('call')!;

  await useTheList(t, page, dashboard);
  await page.goto(`${dashboard.url}/calls`);
  const table = page.getByRole('grid', { name: 'Calls' });
  const row = table.getByRole('row', { name: /555 0142/ });
  await row.getByText('In progress').waitFor();
  await row.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Watch it live' }).waitFor();
  const api = async (path: string) => (await dashboard.call('GET', path, { token: dashboard.token })).body;
  while ((await api(`/api/calls/${id}`)).call.recording !== 'recording') await page.waitForTimeout(200);
  await page.waitForTimeout(600);
  await dashboard.call('DELETE', `/api/calls/${id}`, { token: dashboard.token });

  const words = page.getByRole('region', { name: 'What was said' });
  await words.getByText(/Hello, this is/).waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  t.pass('the recording is played');
  const position = page.getByRole('slider', { name: 'Position' });
  await page.waitForFunction(() => document.querySelector('[aria-label="Position"]')?.getAttribute('aria-valuetext'));
  t.match(await position.getAttribute('aria-valuetext'), /^\d\d:\d\d of \d\d:\d\d$/);
  t.equal((await api(`/api/calls/${id}/recordings`)).items[0].downloadCount, 1, 'who plays counts as a listener');
  await words.getByRole('searchbox').fill('hello');
  await words.getByText('1 of 1').waitFor();
  t.equal(await words.locator('mark').first().textContent(), 'Hello');
  await page.getByRole('tab', { name: 'Why allowed' }).click();
  await page.getByText('The call comes from a number of ours.').waitFor();
  t.match(page.url(), /q=hello/);
  t.match(page.url(), /tab=allowed/);
  t.same(await bothThemes(page), []);

  await page.getByRole('button', { name: 'Erase' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Erase' }).click();
  await page.getByText('What was said and recorded is gone.').waitFor();
  t.equal(await page.getByRole('button', { name: 'Play' }).count(), 0);
  t.match(await api(`/api/calls/${id}`), { call: { erasedAt: String } });
});
