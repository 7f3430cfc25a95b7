import type { Locator, Page } from 'playwright-core';
import { browserTest, violations, violationsInBothThemes } from './helpers/dashboard.ts';
import { lostInForcedColours } from './helpers/forced-colours.ts';

const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth <= 0);

const spreadsheet =
  'Phone,Name,House\n+13125550142,Ada Example,7\n+13125550143,Bo Example,9\n+13125550143,Bo Example,9\n12,Cy Example,11\n';

browserTest(
  'a spreadsheet becomes a campaign step by step, started, watched to its end, deleted',
  async (t, dashboard) => {
    const { control } = dashboard.app.sandbox.carrier!;
    const busy = control.people().find(({ answer }) => answer === 'busy')!.id;
    const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/campaigns');
    await page.getByText('No campaign yet.').waitFor();

    await page.getByRole('link', { name: 'New campaign' }).first().click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Choose at least one list.').waitFor();
    await page.getByRole('button', { name: 'Upload a spreadsheet' }).click();
    const file = { name: 'Along the river.csv', mimeType: 'text/csv', buffer: Buffer.from(spreadsheet) };
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByText('If you choose none, they go on a new list, “Along the river”.').waitFor();
    t.same(await violations(page), []);
    await page.getByRole('button', { name: 'Start import' }).click();
    await page.getByText('1 row needs a fix').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download these rows' }).click();
    t.equal((await saving).suggestedFilename(), 'rows-not-taken.csv');
    await page.getByRole('button', { name: 'Continue with 2 people' }).click();
    await page.getByLabel('Name').fill('Flood warning');
    await page.getByLabel('Kind of calls').selectOption('informational');
    await page.getByLabel('On behalf of').fill('River Watch');
    await page.getByLabel('Call-back number').fill('not a number');
    await page.reload();
    t.equal(await page.getByLabel('Name').inputValue(), 'Flood warning', 'a draft outlives the page');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Write it as +12125550100').or(page.getByText('write it as +12125550100')).waitFor();
    t.pass('what the server refuses stands at its field');
    await page.getByLabel('Call-back number').fill('+1 212 555 0100');
    await page.getByRole('button', { name: 'Continue' }).click();
    const effect = (of: string) => page.locator(`[data-effect=${of}]`);
    await effect('callerIds').getByText('None of 2 people is kept from a call by this.').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByText('2 of 2 are left out: no consent to such calls is known.').waitFor();
    await page.getByLabel('Kind of calls').selectOption('emergency');
    await page.getByText('Counted as it was saved, and anew when you continue.').waitFor();
    await page.getByLabel('Which emergency').fill('The river rises.');
    await page.getByRole('button', { name: 'Continue' }).click();
    await effect('callerIds').waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await effect('purpose').getByText('None of 2 people is kept from a call by this.').waitFor();
    t.pass('what a rule does to the people is counted beside its control');
    await page.getByRole('button', { name: 'Continue' }).click();
    await effect('callerIds').waitFor();
    await page.getByLabel('Tell it something else').fill('house_number');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByLabel('What fills house_number').selectOption('custom');
    await page.getByLabel('Field that fills house_number').fill('House');
    await page.getByRole('button', { name: 'Compare two versions' }).click();
    await page.getByText('50% of the people').first().waitFor();
    await page.getByRole('button', { name: 'Remove version B' }).click();
    t.same(await violations(page), []);
    await page.getByRole('button', { name: 'Continue' }).click();
    for (const day of ['Saturday', 'Sunday']) await page.getByLabel(day, { exact: true }).check();
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
      await page.getByLabel(`${day} from`).fill('00:00');
      await page.getByLabel(`${day} to`).fill('23:59');
    }
    await page.getByLabel('Calls a second').fill('many');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Write a number from 0.001 to 100.').waitFor();
    await page.getByLabel('Calls a second').fill('5');
    await page.getByLabel('Tries a person').fill('1');
    // Half under the bar at the top, a box would count as too small.
    await page.evaluate(() => scrollTo(0, 0));
    t.same(await violationsInBothThemes(page), []);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Recording').selectOption('no');
    await page.getByRole('button', { name: 'Save and check' }).click();
    await page.getByText(/^Nothing blocks/).waitFor();
    await page.getByText('Everybody on Along the river is called, and whoever joins later.').waitFor();
    await page.getByText('All 2 people can be called now.').waitFor();
    t.same(await violations(page), []);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText(/calls? to 2 people/).waitFor();
    await page.getByText(/^Times of .*\. Nobody is called by this\.$/).waitFor();
    await page.getByRole('button', { name: 'Their time' }).click();
    await page.getByText('By the clock of whoever is called. Nobody is called by this.').waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    t.same(await lostInForcedColours(page), [], 'the wizard in forced colours');
    const hours = page.getByRole('table', { name: 'What would be dialled, hour by hour?' });
    await hours.getByRole('columnheader', { name: 'First try' }).waitFor();
    t.same(await violations(page), []);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).last().click();
    const dialog = page.getByRole('alertdialog', { name: 'Start calling 2 people?' });
    await dialog.getByText('2 can be called now.').waitFor();
    t.same(await violations(page), []);
    control.answerNext(busy);
    control.answerNext(busy);
    await dialog.getByRole('button', { name: 'Start' }).click();
    await page.waitForURL(/\/campaigns\/[0-9a-f]{24}$/);

    await page.getByRole('status').getByText('Completed').waitFor();
    await page.getByText('2 of 2 people finished').waitFor();
    await page.getByRole('heading', { name: 'How did calls end?' }).waitFor();
    await page.getByRole('heading', { name: 'How far do people come?' }).waitFor();
    t.same(await violationsInBothThemes(page), []);
    t.same(await lostInForcedColours(page), [], 'a campaign in forced colours');
    await page.setViewportSize({ width: 390, height: 800 });
    t.equal(await page.getByRole('tab', { name: 'A/B' }).count(), 0, 'it has one version');
    for (const tab of ['Queue', 'Calls', 'Log', 'Rules', 'Overview']) {
      await page.getByRole('tab', { name: tab }).click();
      if (tab === 'Queue') {
        await page.getByText('Finished: Busy.').first().waitFor();
        await page.getByRole('link', { name: 'Ada Example' }).waitFor();
      }
      if (tab === 'Calls') {
        await page.getByText('Ada Example').waitFor();
        const ended = page.getByRole('list', { name: 'Calls of the campaign' }).getByText('Busy');
        await ended.nth(1).waitFor();
        t.equal(await ended.count(), 2, 'both calls and how they ended');
      }
      if (tab === 'Log') await page.getByText('Everybody was called or refused for good').first().waitFor();
      if (tab !== 'Overview') t.same(await violations(page), []);
      t.ok(await fits(page), `${tab} fits a telephone`);
    }
    await page.getByRole('link', { name: 'Its call' }).first().click();
    await page.getByRole('button', { name: 'More facts' }).click();
    await page.getByRole('definition').getByRole('link', { name: 'Flood warning' }).click();
    await page.waitForURL(/\/campaigns\/[0-9a-f]{24}$/);
    await page.getByRole('link', { name: /^Finished/ }).click();
    await page.waitForURL(/state=done&tab=queue|tab=queue&state=done/);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByText('Its queue of 2 people goes.').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No campaign yet.').waitFor();
  },
);

browserTest(
  'a running campaign changes its pace, pauses and stops; who may only look is offered nothing',
  async (t, dashboard) => {
    const { call, token } = dashboard;
    const wishes = {
      name: 'Slow reminders',
      contentClass: 'emergency',
      emergencyReason: 'A test of it.',
      seller: { legalName: 'River Watch' },
      record: false,
      pace: { callsPerSecond: 0.001, maxConcurrent: 1 },
      variants: [
        { name: 'A', weight: 1 },
        { name: 'B', weight: 1 },
      ],
    };
    const { campaign } = (await call('POST', '/api/campaigns', { token, body: wishes })).body;
    const contacts = [{ phone: '+13125550150' }, { phone: '+13125550151' }, { phone: '+13125550152' }];
    await call('POST', `/api/campaigns/${campaign.id}/contacts`, { token, body: { contacts } });
    const viewer = await dashboard.visitAs(await dashboard.addUser('viewer'), `/campaigns/${campaign.id}`);
    await viewer.getByText('Not started', { exact: true }).waitFor();
    const next = viewer.getByRole('table', { name: 'Who is called next?' });
    await next.getByText('The campaign has not started.').nth(2).waitFor();
    t.same(await violations(viewer), []);
    for (const name of ['Start', 'Stop', 'Delete', 'Apply'])
      t.equal(await viewer.getByRole('button', { name, exact: true }).count(), 0, name);

    const page = await dashboard.visitAs(await dashboard.addUser('manager'), `/campaigns/${campaign.id}`);
    await page.getByRole('button', { name: 'Calls at once: more' }).click();
    await page.getByLabel('Calls at once', { exact: true }).fill('7');
    await page.keyboard.press('Enter');
    await page.getByText('The new pace holds.').first().waitFor();
    t.match((await call('GET', `/api/campaigns/${campaign.id}`, { token })).body.campaign.pace, { maxConcurrent: 7 });
    await viewer.getByText('0.001/s, 7 at once').waitFor();
    t.pass('others see it without asking');
    await viewer.getByRole('tab', { name: 'A/B' }).click();
    await viewer.getByText('Too early to tell').waitFor();
    t.same(await violations(viewer), []);
    await viewer.getByRole('tab', { name: 'Calls' }).click();
    await viewer.getByText('No call yet.').waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Start' }).click();
    await viewer.getByRole('status').getByText('Running').waitFor();
    await viewer.getByRole('tab', { name: 'Overview' }).click();
    await next.getByText('Due now; waits for their turn.').first().waitFor();
    const [, , when, attempt] = await next.getByRole('row').nth(1).getByRole('cell').allInnerTexts();
    t.same([when, attempt], ['In turn', '1']);
    await page.getByLabel('Calls a second', { exact: true }).fill('0.002');
    await page.getByText(/^At this pace it is done about/).waitFor();
    await page.getByLabel('Calls a second', { exact: true }).fill('0.001');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page
      .getByRole('alertdialog')
      .getByText(/wait until you resume|waits until you resume/)
      .waitFor();
    t.same(await violationsInBothThemes(page), []);
    await page.getByRole('alertdialog').getByRole('button', { name: 'Pause' }).click();
    await viewer.getByRole('status').getByText(/Paus/).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    const asked = page.getByRole('alertdialog', { name: 'Stop Slow reminders for good?' });
    await asked.getByText('A stopped campaign cannot be resumed.').waitFor();
    await asked.getByRole('button', { name: 'Stop' }).click();
    await viewer.getByRole('status').getByText('Stopped').waitFor();
    await next.waitFor({ state: 'detached' });
    await page.route('**/api/campaigns?**', route =>
      route.fulfill({ status: 400, json: { error: { code: 'X', message: 'No.' } } }),
    );
    await page.getByRole('link', { name: 'Campaigns' }).first().click();
    await page.getByText('The campaigns did not load.').waitFor();
    await page.unroute('**/api/campaigns?**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByLabel('State').selectOption('running');
    await page.getByText('No campaign is in this state.').waitFor();
    await page.getByRole('button', { name: 'Show all campaigns' }).click();
    await page.getByRole('link', { name: 'Slow reminders' }).waitFor();
  },
);

/** Goes on with the Tab key until this has the focus, which must then be seen and lie under nothing. */
async function reach(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  const has = () => target.evaluate(each => each === document.activeElement);
  for (let tabs = 0; !(await has()); tabs++) {
    if (tabs > 120) throw new Error(`${target} is not reached by the keyboard`);
    await page.keyboard.press('Tab');
  }
  const seen = await target.evaluate(each => {
    const { left, top, width, height } = each.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    return {
      visible: each.matches(':focus-visible'),
      uncovered: there !== null && (each.contains(there) || there.contains(each)),
    };
  });
  if (!seen.visible || !seen.uncovered) throw new Error(`${target} has the focus, but ${JSON.stringify(seen)}`);
}

browserTest('from a spreadsheet to a running campaign by keyboard alone', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/');
  const { keyboard } = page;
  const press = async (target: Locator, key = 'Enter') => {
    await reach(page, target);
    await keyboard.press(key);
  };
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const fill = async (label: string, words: string) => {
    await reach(page, page.getByLabel(label, { exact: true }));
    await keyboard.press('Control+a');
    await keyboard.type(words);
  };
  const step = (title: string) => page.waitForFunction(words => document.activeElement?.textContent === words, title);

  await keyboard.press('g');
  await keyboard.press('a');
  await page.getByRole('heading', { name: 'Campaigns', level: 1 }).waitFor();
  await press(page.getByRole('link', { name: 'New campaign' }).first());
  await press(button('Upload a spreadsheet'));
  const choosing = page.waitForEvent('filechooser');
  await press(button('Choose a file'));
  await (await choosing).setFiles({
    name: 'Dams.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Phone,Name\n+13125550152,Dora Example\n+13125550153,Emil Example\n'),
  });
  await press(button('Start import'));
  await press(button('Continue with 2 people'));
  await step('What is it about?');
  await fill('Name', 'Dam watch');
  await reach(page, page.getByLabel('Kind of calls'));
  for (let options = 0; options < 3; options++) await keyboard.press('ArrowDown');
  await fill('Which emergency', 'The dam leaks.');
  await fill('On behalf of', 'River Watch');
  await keyboard.press('Enter');
  await step('Who speaks, and what do they know?');
  await press(button('Continue'));
  await step('When, and how fast?');
  await fill('Calls a second', '0.001');
  await press(button('Continue'));
  await step('How do calls go, and what may they cost?');
  await press(button('Save and check'));
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  t.equal(await page.evaluate(() => document.activeElement?.tagName), 'SELECT', 'what is missing has the focus');
  await keyboard.press('ArrowDown');
  t.equal(await page.getByLabel('Recording').inputValue(), 'no');
  await press(button('Save and check'));
  await step('Is everything in order?');
  await page.getByText(/^Nothing blocks/).waitFor();
  await press(button('Continue'));
  await step('What would happen?');
  await press(button('Continue'));
  await step('Start calling?');
  await press(button('Start').last());
  const asked = page.getByRole('alertdialog', { name: 'Start calling 2 people?' });
  await asked.waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === 'Cancel');
  await press(asked.getByRole('button', { name: 'Start' }));
  await page.waitForURL(/\/campaigns\/[0-9a-f]{24}$/);
  await page.getByRole('status').getByText('Running').waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await dashboard.app.campaigns.stop(id!, 'ada@parley.example', false);
});
