import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { silence } from '../../src/audio/mulaw.ts';
import { levelOfMulaw } from '../../src/audio/speech-level.ts';
import { loadScenario } from '../../src/sandbox/scenarios/scenario.ts';
import { openPhone, type TestPhone } from '../helpers/sandbox-console.ts';
import { browserTest, type Dashboard, launchWith, signIn, violations } from './helpers/dashboard.ts';
import { spokenInto } from './helpers/microphone.ts';

const { clips } = loadScenario();
const question = clips.clips.find(each => each.voice === 'stranger' && each.durationMs > 1_000)!;
launchWith(...spokenInto(question.bytes, 400));

const wide = { viewport: { width: 1_600, height: 900 } };

/** What somebody says who asks the same thing every three seconds. */
const insists = Buffer.concat(Array.from({ length: 12 }, () => Buffer.concat([silence(3_000), question.bytes])));

/** A call of the product, answered at a telephone of the test's own that goes on speaking, or sending silence. */
async function answeredCall(
  t: Test,
  dashboard: Dashboard,
  number: string,
  says: Buffer = silence(60_000),
): Promise<{ id: string; phone: TestPhone }> {
  const phone = await openPhone(t, dashboard, dashboard.token);
  phone.send({ type: 'wait', to: number });
  await phone.next('waiting');
  const body = { to: number, amd: { mode: 'off' } };
  const placed = await dashboard.call('POST', '/api/calls', { token: dashboard.token, body });
  t.equal(placed.status, 201, JSON.stringify(placed.body.error ?? 'placed'));
  await phone.next('ringing');
  phone.send({ type: 'answer' });
  await phone.next('answered');
  void phone.speak(says);
  return { id: placed.body.call.id, phone };
}

browserTest('a call is seen, heard, whispered to, taken over and handed back by keyboard', async (t, dashboard) => {
  const supervisor = await dashboard.addUser('supervisor');
  const page = await dashboard.visitAs(supervisor, '/live', { permissions: ['microphone'], ...wide });
  await page.getByText('Nobody is on the line.').waitFor();
  const { phone, id } = await answeredCall(t, dashboard, '+13125550177', insists);
  const link = page.getByRole('link', { name: 'Open the call with +1 ••• ••77' });
  await link.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: /Call with/ });
  await panel.getByText('+1 312 555 0177').waitFor();
  await panel.getByRole('button', { name: 'Take over' }).waitFor();

  await page.keyboard.press('l');
  await panel.locator('[data-meter=caller]').getByText('speaks').waitFor();
  t.pass('the page plays what is said on the call');
  await panel.getByText('you listen').waitFor();
  const log = panel.getByRole('log');
  await log.getByText(/Hello, this is/).waitFor();

  await page.keyboard.press('w');
  await page.keyboard.type('Offer Thursday at four.');
  await page.keyboard.press('Enter');
  await log.getByText('You whispered: “Offer Thursday at four.”').waitFor();

  await log.focus();
  await page.keyboard.press('t');
  await panel.getByText('Speak to the person yourself?').waitFor();
  const before = phone.heard.length;
  await page.keyboard.press('Enter');
  await panel.getByText(/The person hears you/).waitFor();
  const people = async () =>
    (await dashboard.call('GET', `/api/calls/${id}`, { token: dashboard.token })).body.call.people;
  t.match(await people(), [{ name: supervisor.email, mode: 'speaking' }], 'and the server says so, too');
  await phone.hears(() => phone.heard.slice(before).filter(frame => levelOfMulaw(frame) > 1_000).length > 10);
  t.pass('the caller hears the microphone');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    t.same(await violations(page), [], colorScheme);
  }
  await page.keyboard.press('Escape');
  await page.keyboard.press('m');
  await panel.getByRole('button', { name: 'Muted' }).waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.getByRole('alertdialog', { name: /Leave the call/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
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

/** A way to the server that can be cut and mended, as when it restarts. */
async function cuttableWay(t: Test, to: URL) {
  const sockets = new Set<Socket>();
  const way = createServer(socket => {
    const far = connect(Number(to.port), to.hostname);
    for (const each of [socket, far]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
      each.on('close', () => sockets.delete(each));
    }
    socket.pipe(far).pipe(socket);
    socket.on('close', () => far.destroy());
  });
  const open = (port: number) => new Promise<void>(resolve => way.listen(port, '127.0.0.1', resolve));
  await open(0);
  const { port } = way.address() as { port: number };
  const cut = () => {
    way.close();
    for (const each of sockets) each.destroy();
  };
  t.teardown(cut);
  return { url: `http://127.0.0.1:${port}`, cut, mend: () => open(port) };
}

browserTest('after the server was away the wall is exactly right again', async (t, dashboard) => {
  const way = await cuttableWay(t, new URL(dashboard.url));
  const supervisor = await dashboard.addUser('supervisor');
  const page = await dashboard.visit('/live', wide);
  await page.goto(`${way.url}/live`);
  await signIn(page, supervisor);
  const { phone } = await answeredCall(t, dashboard, '+13125550179');
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••79' }).click();
  await page.getByRole('button', { name: 'Take over' }).waitFor();
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
  await page.getByRole('link', { name: 'Open the call with +1 ••• ••81' }).waitFor();
  await page.getByText('1 call on the line').waitFor();
  await page
    .getByRole('banner')
    .getByText(/^Connection lost at/)
    .waitFor({ state: 'detached' });
  later.phone.send({ type: 'hang-up' });
  await page.getByText('0 calls on the line').waitFor();
});
