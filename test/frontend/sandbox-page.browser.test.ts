import type { Page } from 'playwright-core';
import { browserTest, violations } from './helpers/dashboard.ts';

const region = (page: Page, heading: string) =>
  page.locator('section', { has: page.getByRole('heading', { name: heading, level: 2 }) });

browserTest('calls are made, followed word by word and ended from the page', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('manager'), '/sandbox');
  const { control } = dashboard.app.sandbox.carrier!;
  const people = region(page, 'Who answers, who calls');
  await people.getByText('Ava answers it.').waitFor();
  await people.getByLabel('Calls from').fill('+1 312 555 0142');
  await people.getByLabel('Person').last().selectOption({ label: 'James Carter (human)' });
  await people.getByRole('button', { name: 'Call now' }).click();
  const calls = region(page, 'Calls at the carrier');
  const said = calls.getByRole('log', { name: 'What is said: James Carter' });
  await said.getByText('Hold on, who is this?').waitFor();
  t.match(await said.textContent(), /Agent.*Hello/);
  for (const width of [1280, 1024, 768, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(wider <= 0, `a full table scrolls in its box at ${width} (${wider})`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  const row = region(page, 'Conversations at the agent').getByRole('row', { name: /James Carter/ });
  await row.getByText('In progress').waitFor();
  await calls.getByRole('button', { name: 'Actions for the call with James Carter' }).click();
  await page.getByRole('menuitem', { name: 'Press keys' }).click();
  const dialog = page.getByRole('dialog', { name: 'James Carter presses keys' });
  await dialog.getByLabel('Keys').fill('1x');
  await dialog.getByRole('button', { name: 'Press keys' }).click();
  await dialog.getByText('Use only 0–9, * and #.').waitFor();
  t.same(await violations(page), []);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await calls.getByRole('button', { name: 'Actions for the call with James Carter' }).click();
  await page.getByRole('menuitem', { name: 'Hang up' }).click();
  await calls.getByRole('row', { name: /Completed/ }).waitFor();
  t.equal(control.ongoing, 0);
});

browserTest('who answers the next call is chosen, and a number without an agent is given one', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('manager'), '/sandbox');
  const { control } = dashboard.app.sandbox.carrier!;
  const people = region(page, 'Who answers, who calls');
  await people.getByLabel('Person').first().selectOption({ label: 'Omar Haddad (busy)' });
  await people.getByLabel('Number').fill('nonsense');
  await people.getByRole('button', { name: 'Answers the next call' }).click();
  await people.getByText('Write the number with + and country').waitFor();
  await people.getByLabel('Number').fill('');
  await people.getByRole('button', { name: 'Answers the next call' }).click();
  await people.getByText('Omar Haddad, at any number').waitFor();
  t.match(control.cast().next, [{ personName: 'Omar Haddad' }]);

  const second = dashboard.app.sandbox.carrier!.control.numbers().at(-1)!;
  await people.getByLabel('Calls', { exact: true }).selectOption(second.phone);
  await people.getByText('No agent answers it').waitFor();
  await people.getByRole('button', { name: 'Let Ava answer' }).click();
  await people.getByText('Ava answers it.').waitFor();
  t.ok((await dashboard.app.numbers.answering(second.phone))?.agentId);
});

browserTest('faults are pushed and taken back, and violations are seen and forgotten', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('admin'), '/sandbox');
  const { carrier, agent } = dashboard.app.sandbox;
  const faults = region(page, 'Faults');
  await faults.getByLabel('Fault').selectOption('media-gap');
  await faults.getByText('Audio of the person is missing for a while.').waitFor();
  await faults.getByLabel('For, ms').fill('a while');
  await faults.getByRole('button', { name: 'Push fault' }).click();
  await faults.getByText('A whole number, 0 or more.').waitFor();
  await faults.getByLabel('For, ms').fill('300');
  await faults.getByRole('button', { name: 'Push fault' }).click();
  await faults.getByText('media-gap afterMs 2000 forMs 300').waitFor();
  await faults.getByLabel('At', { exact: true }).selectOption('agent');
  await faults.getByLabel('Fault').selectOption('slow-start');
  await faults.getByRole('button', { name: 'Push fault' }).click();
  await faults.getByText('slow-start delayMs 2000').waitFor();
  t.match(
    [carrier!.control.faults(), agent!.control.faults()],
    [[{ kind: 'media-gap', forMs: 300 }], [{ kind: 'slow-start' }]],
  );
  await faults.getByRole('button', { name: 'Clear all' }).click();
  await faults.getByText('None.', { exact: true }).waitFor();

  await fetch(`${carrier!.baseUrl}/2010-04-01/Accounts/${carrier!.accountSid}/Calls.json`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${carrier!.accountSid}:${carrier!.authToken}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      To: '+13125550142',
      From: carrier!.phoneNumber,
      Twiml: '<Response/>',
      Unheard: 'of',
    }).toString(),
  });
  await page.getByRole('link', { name: '1 violation of the protocols' }).click();
  const complaints = region(page, 'Violations of the protocols');
  await complaints.getByText('rest-unknown-parameter').waitFor();
  t.match(await complaints.getByRole('row').last().textContent(), /Carrier.*Unheard/);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    t.same(await violations(page), [], colorScheme);
  }
  await complaints.getByRole('button', { name: 'Forget them' }).click();
  await complaints.getByText('None so far.').waitFor();
});
