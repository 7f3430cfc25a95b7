import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { silence } from '../../src/audio/mulaw.ts';
import { openPhone } from '../helpers/sandbox-console.ts';
import { browserTest, launchWith, violations, violationsInBothThemes } from './helpers/dashboard.ts';
import { lostInForcedColours } from './helpers/forced-colours.ts';
import { question } from './helpers/microphone.ts';
import { goTo } from './helpers/pages.ts';

launchWith('--autoplay-policy=no-user-gesture-required');

/** Somebody who hears the agent out, and stays. */
const asksAgain = Buffer.concat([silence(12_000), question.bytes]);

/** While a call goes on there is time for the list. */
async function useTheList(t: Test, page: Page): Promise<void> {
  await goTo(page, '/calls?outcome=busy&direction=inbound');
  await page.getByText('Leave out a filter, or choose a longer time.').waitFor();
  t.equal(await page.getByRole('button', { name: /^Leave out “/ }).count(), 0, 'one filter less is not enough');
  await goTo(page, '/calls?outcome=busy&direction=outbound&range=7d');
  await page.getByText('No call matches.').waitFor();
  await page.getByText('Without “Busy” there is 1.').waitFor();
  t.equal(await page.getByText(/^Without/).count(), 1, 'the others are not to blame');
  t.same(await violationsInBothThemes(page), []);
  await page.getByRole('button', { name: 'Leave out “Busy”' }).click();
  await page.waitForURL(({ search }) => /direction=outbound.*range=7d/.test(search) && !search.includes('busy'));
  await page.getByRole('grid', { name: 'Calls' }).getByRole('row').nth(1).waitFor();
  await goTo(page, '/calls?outcome=busy');
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
  await page.waitForURL(/cols=.*sid/);
  await page.keyboard.press('/');
  await page.keyboard.type('no such words');
  await page.getByText('Without “no such words” there is 1.').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await table.waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  t.match(await readFile(await file.path(), 'utf8'), /^id,sid,direction,/);

  await page.setViewportSize({ width: 390, height: 800 });
  t.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'fits a telephone');
  t.same(await violationsInBothThemes(page), []);
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

/** Every number of the overview is a way to the calls behind it. */
async function numbersLeadToCalls(t: Test, page: Page, counted: () => Promise<number>): Promise<void> {
  while ((await counted()) === 0) await page.waitForTimeout(200);
  await goTo(page, '/?range=7d');
  const figures = page.getByRole('region', { name: 'Figures' });
  await figures.getByRole('heading', { name: 'How calls ended' }).waitFor();
  const bare = await figures.evaluate(region => {
    const numbers = region.querySelectorAll('dl dd:first-of-type, ul li');
    return [...numbers]
      .filter(each => /\d/.test(each.textContent ?? '') && !each.querySelector('a[href]'))
      .map(each => each.outerHTML);
  });
  t.same(bare, [], 'no number leads nowhere');
  await figures.locator('ul a').first().click();
  await page.waitForURL(({ search }) => search.includes('outcome=') && search.includes('range=7d'));
  await page
    .getByRole('grid', { name: 'Calls' })
    .getByRole('row', { name: /555 0142/ })
    .waitFor();
}

/** Half of the file comes, and for the rest the link is too old: it is had by another one, and goes on from where it was. */
async function linkExpiresWhileListening(
  t: Test,
  page: Page,
  { startMs, durationSeconds }: { startMs: number; durationSeconds: number },
): Promise<void> {
  const files = /\/api\/recordings\/[0-9a-f]{24}\/play\?/;
  const signed = new Set<string>();
  const answers: number[] = [];
  await page.route(files, async route => {
    const request = route.request();
    signed.add(new URL(request.url()).searchParams.get('link')!);
    if (signed.size > 1) {
      answers.push(206);
      return route.continue();
    }
    const from = Number(/^bytes=(\d+)-/.exec((await request.headerValue('range')) ?? '')?.[1] ?? 0);
    if (from > 0) {
      answers.push(410);
      await page.clock.setFixedTime(Date.now() + 14 * 60_000 + 10_000);
      return route.fulfill({
        status: 410,
        json: { error: { code: 'LINK_EXPIRED', message: 'This link has expired.' } },
      });
    }
    const answer = await route.fetch();
    const whole = await answer.body();
    const half = whole.subarray(0, Math.floor(whole.length / 2));
    answers.push(206);
    const headers = {
      ...answer.headers(),
      'content-length': String(half.length),
      'content-range': `bytes 0-${half.length - 1}/${whole.length}`,
    };
    return route.fulfill({ status: 206, headers, body: half });
  });
  const plays = (share: number) =>
    page.waitForFunction(
      ms => {
        const slider = document.querySelector<HTMLInputElement>('[aria-label="Position"]');
        return slider && Number(slider.value) > ms;
      },
      startMs + share * 1_000 * durationSeconds,
    );
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await plays(0);
  await page.getByRole('slider', { name: 'Position' }).fill(String(Math.round(startMs + 450 * durationSeconds)));
  await plays(0.6);
  t.equal(signed.size, 2, 'an expired link is renewed, once');
  t.same(answers.slice(0, 2), [206, 410]);
  t.equal(await page.getByRole('alert').count(), 0, 'and nobody hears of it');
  await page.unroute(files);
}

browserTest('a call is placed, found in the list, heard and erased by keyboard and pointer', async (t, dashboard) => {
  dashboard.app.sandbox.agent!.control.addFault({ kind: 'endless' });
  const phone = await openPhone(t, dashboard, dashboard.token);
  phone.send({ type: 'wait', to: '+13125550142' });
  void phone.next('ringing').then(() => phone.pickUp(asksAgain));
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
  t.same(await violationsInBothThemes(page), []);
  await dialog.getByLabel('Number').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/live\?call=[0-9a-f]{24}$/);
  const id = new URL(page.url()).searchParams.get('call')!;

  await useTheList(t, page);
  await goTo(page, '/calls');
  const table = page.getByRole('grid', { name: 'Calls' });
  const row = table.getByRole('row', { name: /555 0142/ });
  await row.getByText('In progress').waitFor();
  // Who comes before the carrier records sees the recording all the same.
  const recordings = `**/api/calls/${id}/recordings`;
  await page.route(recordings, route => route.fulfill({ json: { items: [] } }), { times: 1 });
  await row.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Watch it live' }).waitFor();
  const api = async (path: string) => (await dashboard.call('GET', path, { token: dashboard.token })).body;
  while ((await api(`/api/calls/${id}`)).call.recording !== 'recording') await page.waitForTimeout(200);
  await page.waitForTimeout(600);
  const drawn = page.waitForResponse(/\/api\/recordings\/[0-9a-f]{24}\/peaks$/);
  await dashboard.call('DELETE', `/api/calls/${id}`, { token: dashboard.token });

  const words = page.getByRole('region', { name: 'What was said' });
  await words.getByText(/Hello, this is/).waitFor();
  const peaks = await (await drawn).json();
  t.equal(peaks.channels.length, 2, 'the wave is drawn before anything is heard');
  t.equal((await api(`/api/calls/${id}/recordings`)).items[0].downloadCount, 0);
  const heard = page.waitForResponse(/\/api\/recordings\/[0-9a-f]{24}\/play\?/);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  t.equal((await heard).status(), 206, 'the browser streams the recording piece by piece');
  const position = page.getByRole('slider', { name: 'Position' });
  await page.waitForFunction(() => {
    const slider = document.querySelector<HTMLInputElement>('[aria-label="Position"]');
    return slider?.getAttribute('aria-valuetext') && Number(slider.value) > 0;
  });
  t.pass('the recording is played');
  t.match(await position.getAttribute('aria-valuetext'), /^\d\d:\d\d of \d\d:\d\d$/);
  t.equal((await api(`/api/calls/${id}/recordings`)).items[0].downloadCount, 1, 'who plays counts as a listener');
  await words.getByRole('searchbox').fill('recorded');
  await words.getByText('1 of 1').waitFor();
  t.equal(await words.locator('mark').first().textContent(), 'recorded');
  await page.getByRole('tab', { name: 'Why allowed' }).click();
  await page.getByText('The call comes from a number of ours.').waitFor();
  await page.waitForURL(({ search }) => search.includes('q=recorded') && search.includes('tab=allowed'));
  await numbersLeadToCalls(t, page, async () => (await api('/api/analytics/dashboard')).totals.calls);
  await goTo(page, `/calls/${id}?tab=allowed`);
  const { answeredAt } = (await api(`/api/calls/${id}`)).call;
  const flag = { kind: 'asked-for-person', level: 'attention', reason: 'Asked for a person', at: answeredAt } as const;
  await dashboard.app.callRecords.keepFlags(id, [flag]);
  await page.reload();
  await page.getByRole('button', { name: 'Play from 00:00: Asked for a person' }).waitFor();
  t.same(await violationsInBothThemes(page), []);
  t.same(await lostInForcedColours(page), []);
  await linkExpiresWhileListening(t, page, (await api(`/api/calls/${id}/recordings`)).items[0]);

  await page.getByRole('button', { name: 'Erase' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Erase' }).click();
  await page.getByText('What was said and recorded is gone.').waitFor();
  t.equal(await page.getByRole('button', { name: 'Play', exact: true }).count(), 0);
  t.match(await api(`/api/calls/${id}`), { call: { erasedAt: String } });
});

browserTest('the overview holds a time against the one before', async (t, dashboard) => {
  const dayMs = 86_400_000;
  const to = Math.floor(Date.now() / dayMs - 20) * dayMs;
  const { calls } = dashboard.app.callRecords;
  const ended = async (daysBefore: number, outcome: string) => {
    const at = new Date(to - (daysBefore + 0.5) * dayMs);
    const answered = outcome === 'conversation';
    const parties = { direction: 'outbound', to: '+13125550142', from: '+13125550100', state: 'completed', outcome };
    const { _id } = await calls.create({ ...parties, endedAt: at, durationSeconds: answered ? 60 : 0 } as never);
    const $set = { createdAt: at, answeredAt: answered ? at : null, figuresDue: true };
    await dashboard.app.store.connection.collection('calls').updateOne({ _id }, { $set });
  };
  for (const outcome of ['conversation', 'conversation', 'busy']) await ended(0, outcome);
  for (const outcome of ['conversation', 'no-answer']) await ended(1, outcome);
  const range = `from=${new Date(to - dayMs).toISOString()}&to=${new Date(to).toISOString()}`;
  const counted = async () =>
    (await dashboard.call('GET', `/api/analytics/dashboard?${range}`, { token: dashboard.token })).body;
  while ((await counted()).totals.calls + (await counted()).previous.calls < 5) await setTimeout(50);
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), `/?${range}`);
  const figures = page.getByRole('region', { name: 'Figures' });
  const figure = (name: string) =>
    figures
      .locator('dl > div')
      .filter({ has: page.getByText(name, { exact: true }) })
      .innerText();
  await figures.getByText('How calls ended').waitFor();
  t.match(await figure('Calls'), /3\s+50\s?% more than before/);
  t.match(await figure('Answered'), /2\s+100\s?% more than before/);
  t.match(await figure('Answer rate'), /67\s?%\s+17 points more than before/);
  t.match(await figure('Talked, average'), /1 min\s+as before/);
  await figures.getByRole('link', { name: '3', exact: true }).first().click();
  await page.getByRole('grid', { name: 'Calls' }).getByRole('row').nth(3).waitFor();
  t.equal(await page.getByRole('grid', { name: 'Calls' }).getByRole('row').count(), 4, 'and leads to these calls');
});
