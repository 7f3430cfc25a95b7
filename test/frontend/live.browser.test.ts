import type { Test } from 'tap';
import { silence } from '../../src/audio/mulaw.ts';
import { levelOfMulaw } from '../../src/audio/speech-level.ts';
import { openPhone, type TestPhone } from '../helpers/sandbox-console.ts';
import { cuttableWay } from './helpers/cuttable-way.ts';
import {
  browserTest,
  type Dashboard,
  launchWith,
  signIn,
  violations,
  violationsInBothThemes,
} from './helpers/dashboard.ts';
import { lostInForcedColours } from './helpers/forced-colours.ts';
import { question, spokenInto } from './helpers/microphone.ts';

launchWith(...spokenInto(question.bytes, 400));

const wide = { viewport: { width: 1_600, height: 900 } };

const asksAgain = Buffer.concat([silence(3_000), question.bytes]);

/** A call of the product, answered at a telephone of the test's own, where somebody asks the same thing every three seconds. */
async function answeredCall(t: Test, dashboard: Dashboard, number: string): Promise<{ id: string; phone: TestPhone }> {
  dashboard.app.sandbox.agent!.control.addFault({ kind: 'endless' });
  const phone = await openPhone(t, dashboard, dashboard.token);
  phone.send({ type: 'wait', to: number });
  await phone.next('waiting');
  const body = { to: number, amd: { mode: 'off' } };
  const placed = await dashboard.call('POST', '/api/calls', { token: dashboard.token, body });
  t.equal(placed.status, 201, JSON.stringify(placed.body.error ?? 'placed'));
  await phone.next('ringing');
  await phone.pickUp(asksAgain);
  return { id: placed.body.call.id, phone };
}

browserTest('a call is seen, heard, whispered to, taken over and handed back by keyboard', async (t, dashboard) => {
  const supervisor = await dashboard.addUser('supervisor');
  const page = await dashboard.visitAs(supervisor, '/live', { permissions: ['microphone'], ...wide });
  await page.getByText('Nobody is on the line.').waitFor();
  const { phone, id } = await answeredCall(t, dashboard, '+13125550177');
  const link = page.getByRole('link', { name: 'Open the call with +1 ••• ••77' });
  await link.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: /Call with/ });
  await panel.getByText('+1 312 555 0177').waitFor();
  await panel.getByRole('button', { name: 'Take over' }).waitFor();

  await page.keyboard.press('l');
  await panel.locator('[data-meter=caller]').getByText('speaks').waitFor();
  t.pass('the page plays what is said on the call');
  const regions =
    '[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]:not([aria-live=off]), output';
  t.equal(await page.getByRole('main').locator(regions).count(), 0, 'of all that moves nothing speaks by itself');
  t.same(await lostInForcedColours(page), [], 'meters, edges and what is pressed are seen in forced colours');
  await panel.getByText('you listen').waitFor();
  const log = panel.getByRole('log');
  await log.getByText(/Hello, this is/).waitFor();

  await page.keyboard.press('w');
  await page.keyboard.type('Offer Thursday at four.');
  await page.keyboard.press('Enter');
  await log.getByText('You whispered: “Offer Thursday at four.”').waitFor();

  await log.focus();
  await page.keyboard.press('t');
  const headset = page.getByRole('dialog', { name: 'Headset' });
  await headset.getByText('The microphone hears you.').waitFor();
  t.same(await violations(page), [], 'the check of the headset');
  await page.keyboard.press('Enter');
  await panel.getByText('Speak to the person yourself?').waitFor();
  const before = phone.heard.length;
  await page.keyboard.press('Enter');
  await panel.getByText(/The person hears you/).waitFor();
  const people = async () =>
    (await dashboard.call('GET', `/api/calls/${id}`, { token: dashboard.token })).body.call.people;
  t.match(await people(), [{ name: supervisor.email, mode: 'speaking' }], 'and the server says so, too');
  await phone.hears(() => phone.heard.slice(before).filter(frame => levelOfMulaw(frame) > 1_000).length > 10);
  t.pass('the caller hears the microphone');
  t.same(await violationsInBothThemes(page), []);
  t.same(await lostInForcedColours(page), [], 'in control');
  await page.keyboard.press('Escape');
  await page.keyboard.press('m');
  await panel.getByRole('button', { name: 'Muted' }).waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const dock = page.getByRole('region', { name: 'The call you are on' });
  await dock.getByText(/The person hears you/).waitFor();
  t.same(await violations(page), [], 'the dock');
  await page.keyboard.press('m');
  const unmuted = phone.heard.length;
  await phone.hears(() => phone.heard.slice(unmuted).some(frame => levelOfMulaw(frame) > 1_000));
  t.pass('the call goes along to other pages');

  const { control } = dashboard.app.sandbox.carrier!;
  control.answerNext(control.people().find(({ answer }) => answer === 'no-answer')!.id, '+13125550182');
  const another = { to: '+13125550182', amd: { mode: 'off' } };
  const second = await dashboard.call('POST', '/api/calls', { token: dashboard.token, body: another });
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••82' }).click();
  await page.getByRole('alertdialog', { name: /Leave the call/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await dashboard.call('DELETE', `/api/calls/${second.body.call.id}`, { token: dashboard.token });
  await dock.getByRole('link', { name: 'Return' }).click();
  await panel.getByText(/The person hears you/).waitFor();
  t.pass('nobody leaves a call by accident');

  await log.focus();
  await page.keyboard.press('b');
  await page.keyboard.type('She wants Friday.');
  await page.keyboard.press('Enter');
  await log.getByText('Handed back by you: “She wants Friday.”').waitFor();
  await panel.getByRole('button', { name: 'Listening' }).waitFor();
  t.notOk((await people()).some((each: { mode: string }) => each.mode === 'speaking'));
  phone.send({ type: 'hang-up' });
  await panel.getByText(/^Ended/).waitFor();
  t.equal(await panel.getByRole('button', { name: 'Listening' }).count(), 0, 'an ended call takes no commands');
});

browserTest('a viewer sees that somebody is called, not who, and can do nothing about it', async (t, dashboard) => {
  const viewport = { width: 390, height: 800 };
  const page = await dashboard.visitAs(await dashboard.addUser('viewer'), '/live', { viewport });
  const { phone } = await answeredCall(t, dashboard, '+13125550178');
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••78' }).click();
  const panel = page.getByRole('dialog', { name: /Call with/ });
  await panel
    .getByRole('log')
    .getByText(/Hello, this is/)
    .waitFor();
  for (const name of ['Listen', 'Whisper', 'Take over', 'Transfer', 'Hang up', 'Send'])
    t.equal(await panel.getByRole('button', { name }).count(), 0, `no ${name}`);
  t.notMatch(await page.content(), /5550178|555 0178/);
  t.same(await violations(page), []);
  t.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'fits a telephone');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  phone.send({ type: 'hang-up' });
  await page
    .getByText(/^Ended/)
    .first()
    .waitFor();
});

browserTest('after the server was away the wall is exactly right again', async (t, dashboard) => {
  const way = await cuttableWay(t, new URL(dashboard.url));
  const supervisor = await dashboard.addUser('supervisor');
  const page = await dashboard.visit(`${way.url}/live`, wide);
  await signIn(page, supervisor);
  const { phone, id } = await answeredCall(t, dashboard, '+13125550179');
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••79' }).click();
  await page.getByRole('button', { name: 'Take over' }).click();
  const headset = page.getByRole('dialog', { name: 'Headset' });
  await headset
    .getByRole('alert')
    .getByText('The browser refuses the microphone. Allow it in the site settings')
    .waitFor();
  const told = await dashboard.call('GET', `/api/calls/${id}`, { token: dashboard.token });
  t.same(told.body.call.people, [], 'who gets no microphone leaves the call to the agent');
  await page.context().grantPermissions(['microphone'], { origin: way.url });
  await headset.getByRole('button', { name: 'Try again' }).click();
  await headset.getByText('The microphone hears you.').waitFor();
  await page.keyboard.press('Escape');
  await headset.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  way.cut();
  await page
    .getByRole('banner')
    .getByText(/^Connection lost at/)
    .waitFor();
  t.equal(await page.getByRole('button', { name: 'Take over' }).count(), 0, 'commands are off meanwhile');
  phone.send({ type: 'hang-up' });
  await phone.next('ended');
  const later = await answeredCall(t, dashboard, '+13125550181');
  await way.mend();
  await page.getByText('1 change waits').waitFor();
  t.equal(
    await page.getByRole('link', { name: 'Open the call with +1 ••• ••81' }).count(),
    0,
    'what is held stands still',
  );
  await page.keyboard.press('r');
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••81' }).waitFor();
  await page.getByRole('button', { name: 'Held' }).click();
  await page.getByRole('main').getByText('1 call on the line').waitFor();
  await page
    .getByRole('banner')
    .getByText(/^Connection lost at/)
    .waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••81' }).click();
  await page.getByRole('button', { name: 'Hang up' }).click();
  const asking = page.getByRole('alertdialog');
  await asking.getByText('The line is cut at once.', { exact: false }).waitFor();
  await asking.getByRole('button', { name: 'Hang up' }).click();
  await later.phone.next('ended');
  const main = page.getByRole('main');
  await main.getByText('0 calls on the line').waitFor();
  await main.getByText('No campaign is running. A call appears here as soon as it is dialled').waitFor();
  await dashboard.call('PUT', '/api/admin/kill-switch', { token: dashboard.token, body: { on: true } });
  await main.getByText('Calling is stopped: nobody is dialled until it is allowed again.').waitFor();
  await dashboard.call('PUT', '/api/admin/kill-switch', { token: dashboard.token, body: { on: false } });
  const bar = page.getByRole('banner');
  await bar.getByRole('link', { name: '0 calls on the line' }).waitFor();
  await bar.getByRole('link', { name: '0 campaigns run' }).waitFor();

  const passed = await answeredCall(t, dashboard, '+13125550183');
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••83' }).click();
  const panel = page.getByRole('complementary', { name: /Call with/ });
  await panel.getByRole('button', { name: 'Transfer' }).click();
  const passing = page.getByRole('dialog', { name: /^Transfer/ });
  await passing.getByLabel('To which number').fill('0142');
  await page.keyboard.press('Enter');
  await passing.getByText('Write the number with its country code, beginning with +.').waitFor();
  t.same(await violations(page), [], 'a transfer');
  await passing.getByLabel('To which number').fill('+1 202 555 0142');
  await page.keyboard.press('Enter');
  await panel
    .getByRole('log')
    .getByText(/^Being passed on to /)
    .waitFor();

  await page.getByRole('button', { name: /^Your menu/ }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Live as a wall display' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  const wall = page.getByRole('list', { name: 'Calls on the line' });
  await wall.getByText('+1 ••• ••83').waitFor();
  t.equal(await wall.getByRole('link').or(wall.getByRole('button')).count(), 0, 'a wall display has nothing to press');
  t.notMatch(await wall.textContent(), /Agent:|Person:/, 'and shows nothing that was said');
  passed.phone.send({ type: 'hang-up' });
  await page.getByRole('main').getByText('0 calls on the line').waitFor();
});
