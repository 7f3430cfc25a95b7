import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { testServerUri } from '../helpers/store.ts';
import { cuttableWay } from './helpers/cuttable-way.ts';
import {
  browserTest,
  type Dashboard,
  launchWith,
  signIn,
  startDashboard,
  violations,
  violationsInBothThemes,
} from './helpers/dashboard.ts';
import { goTo } from './helpers/pages.ts';

// This browser has no microphone, and knows one name that is neither https nor localhost.
launchWith('--host-resolver-rules=MAP parley.example 127.0.0.1');

/** A manager whose browser may use a microphone, if it had one. */
const atTheSandbox = (dashboard: Dashboard) =>
  dashboard.resident('manager', '/sandbox', { permissions: ['microphone'] });

const region = (page: Page, heading: string) =>
  page.locator('section', { has: page.getByRole('heading', { name: heading, level: 2 }) });

browserTest('a machine without a microphone says so, and what to do', async (t, dashboard) => {
  const page = await atTheSandbox(dashboard);
  await page.getByRole('button', { name: 'Ring here' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('There is no microphone.').waitFor();
  t.match(await alert.textContent(), /Plug one in/);
  t.equal(dashboard.app.sandbox.carrier!.control.cast().next.length, 0, 'nothing waits for a phone that is off');
  t.same(await violationsInBothThemes(page), []);
  await alert.getByRole('button', { name: 'Close' }).click();
  await alert.waitFor({ state: 'detached' });
});

browserTest('an address that is neither https nor localhost gets no microphone, and says so', async (t, dashboard) => {
  const manager = await dashboard.addUser('manager');
  const elsewhere = new URL('/sandbox', dashboard.url);
  elsewhere.hostname = 'parley.example';
  const page = await dashboard.visit(String(elsewhere));
  await signIn(page, manager);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('The browser gives no microphone to this page.').waitFor();
  t.match(await alert.textContent(), /only on https addresses and on localhost/);
});

browserTest('calls are made, followed word by word and ended from the page', async (t, dashboard) => {
  const page = await atTheSandbox(dashboard);
  const { control } = dashboard.app.sandbox.carrier!;
  // She has said all she has to say, and stays for as long as somebody speaks.
  dashboard.app.sandbox.agent!.control.addFault({ kind: 'endless' });
  const people = region(page, 'Who answers, who calls');
  await people.getByText('Ava answers it.').waitFor();
  await people.getByLabel('Calls from').fill('+1 312 555 0142');
  await people.getByLabel('Person').last().selectOption({ label: 'Lena Fischer (human)' });
  await people.getByRole('button', { name: 'Call now' }).click();
  const calls = region(page, 'Calls at the carrier');
  const said = calls.getByRole('log', { name: 'What is said: Lena Fischer' });
  await said.getByText('Can I talk to a real person?').waitFor();
  t.match(await said.textContent(), /Agent.*Hello/);
  const row = region(page, 'Conversations at the agent').getByRole('row', { name: /Lena Fischer/ });
  await row.getByText('In progress').waitFor();
  await calls.getByRole('button', { name: 'Actions for the call with Lena Fischer' }).click();
  await page.getByRole('menuitem', { name: 'Press keys' }).click();
  const dialog = page.getByRole('dialog', { name: 'Lena Fischer presses keys' });
  await dialog.getByLabel('Keys').fill('1x');
  await dialog.getByRole('button', { name: 'Press keys' }).click();
  await dialog.getByText('Use only 0–9, * and #.').waitFor();
  t.same(await violations(page), []);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await calls.getByRole('button', { name: 'Actions for the call with Lena Fischer' }).click();
  await page.getByRole('menuitem', { name: 'Hang up' }).click();
  await calls.getByRole('row', { name: /Completed/ }).waitFor();
  t.equal(control.ongoing, 0);

  for (const width of [390, 768, 1024, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.ok(wider <= 0, `a full table scrolls in its box at ${width} (${wider})`);
  }
});

browserTest('who answers the next call is chosen, and a number without an agent is given one', async (t, dashboard) => {
  const page = await atTheSandbox(dashboard);
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
  const page = await atTheSandbox(dashboard);
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
  t.same(await violationsInBothThemes(page), []);
  await complaints.getByRole('button', { name: 'Forget them' }).click();
  await complaints.getByText('None so far.').waitFor();
});

browserTest('whoever may not use the sandbox does not see it', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('supervisor'), '/');
  await page.getByRole('link', { name: 'Overview' }).waitFor();
  t.equal(await page.getByRole('link', { name: 'Sandbox' }).count(), 0);
  await goTo(page, '/sandbox');
  await page.getByRole('heading', { name: 'You cannot open Sandbox' }).waitFor();
});

browserTest(
  'with a real agent the carrier’s part is there, with real vendors nothing; a restart ends no session',
  async (t, dashboard) => {
    const agentOnly = { ELEVENLABS_API_KEY: 'invented-key', ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9' }; // allow-secret: invented
    const halves = {
      ...agentOnly,
      MONGODB_URI: inDatabase(await testServerUri(), `restarted_${randomUUID()}`),
      DATA_DIR: t.testdir(),
    };
    const half = await startDashboard(t, { env: halves });
    const way = await cuttableWay(t, new URL(half.url));
    const page = await dashboard.visit(`${way.url}/sandbox`);
    await signIn(page, half.admin);
    await page.getByRole('heading', { name: 'Browser phone' }).waitFor();
    await page.getByText('The agent is real and costs money.').waitFor();
    t.equal(await page.getByRole('heading', { name: 'Conversations at the agent' }).count(), 0);
    t.equal(await page.getByText(/understands only the people of the sandbox/).count(), 0);

    way.cut();
    await half.app.close();
    const again = await startDashboard(t, { env: halves });
    await page
      .getByRole('banner')
      .getByText(/^Connection lost at/)
      .waitFor();
    await way.mend(new URL(again.url));
    await page.getByText('Up to date again.').first().waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Account' }).waitFor();
    t.pass('a restart of the server is no end of the session');

    const real = await startDashboard(t, {
      env: {
        ...agentOnly,
        TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
        TWILIO_AUTH_TOKEN: 'f'.repeat(32),
        TWILIO_API_BASE_URL: 'http://127.0.0.1:9',
        SERVER_URL: 'https://calls.example.com',
      },
    });
    await page.goto(`${real.url}/sandbox`);
    await signIn(page, real.admin);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    t.equal(await page.getByRole('link', { name: 'Sandbox' }).count(), 0);
  },
);
