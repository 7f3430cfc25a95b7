import type { Page } from 'playwright-core';
import { levelOfMulaw } from '../../src/audio/speech-level.ts';
import { browserTest, type Dashboard, launchWith, violations, violationsInBothThemes } from './helpers/dashboard.ts';
import { clips, question, spokenInto } from './helpers/microphone.ts';

launchWith(...spokenInto(question.bytes, 3_000));

/** A browser's filters leave no frame as it was recorded, so the agent's twin can only say how long somebody spoke. */
function heardWhole({ role, message }: { role: string; message: string | null }): boolean {
  const seconds = Number(/^\(speech of ([\d.]+) s/.exec(message ?? '')?.[1] ?? 0);
  return role === 'user' && Math.abs(1_000 * seconds - question.durationMs) < 500;
}

const microphone = { permissions: ['microphone'] };

/** Whether a tenth of a second of this voice is in the audio, unaltered; where it was interrupted is a matter of the machine's haste. */
function bringsWordsOf(voice: string, audio: Buffer): boolean {
  const length = 800;
  return clips.clips
    .filter(each => each.voice === voice)
    .some(({ bytes }) => {
      for (let at = 0; at + length <= bytes.length; at += length) {
        const words = bytes.subarray(at, at + length);
        if (levelOfMulaw(words) > 500 && audio.includes(words)) return true;
      }
      return false;
    });
}

/** What goes over the phone's socket: what the page sends for the line, and what comes for its ear. */
function overheard(page: Page) {
  const spoken: Buffer[] = [];
  const heard: Buffer[] = [];
  page.on('websocket', socket => {
    if (!socket.url().includes('/api/sandbox/phone/line')) return;
    socket.on('framesent', ({ payload }) => typeof payload !== 'string' && spoken.push(payload));
    socket.on('framereceived', ({ payload }) => typeof payload !== 'string' && heard.push(payload));
  });
  return { spoken, heard };
}

const twins = ({ app }: Dashboard) => ({ carrier: app.sandbox.carrier!, agent: app.sandbox.agent! });
const meterMoves = (page: Page, label: string) =>
  page.waitForFunction(
    name => (document.querySelector<HTMLMeterElement>(`meter[aria-label="${name}"]`)?.value ?? 0) > 20,
    label,
  );

browserTest('a person at the browser phone calls the product and talks with its agent', async (t, dashboard) => {
  const page = await dashboard.resident('manager', '/sandbox', microphone);
  const line = overheard(page);
  const { carrier, agent } = twins(dashboard);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const main = page.getByRole('main');
  await main.getByText('On the line with +1 212 555 0100').waitFor();
  const { sid } = carrier.control.calls(1)[0]!;
  await meterMoves(page, 'Other side');
  t.pass('the page plays what the agent says');
  await meterMoves(page, 'You');

  await agent.control.until(({ turns }) => turns.some(heardWhole));
  t.pass('the agent heard as much speech as was spoken');
  t.ok(line.spoken.every(frame => frame.length === 160));
  t.ok(Math.max(...line.spoken.map(levelOfMulaw)) > 1_000, 'which the page took from the microphone');
  const said = page.getByRole('log', { name: 'What is said on your call' });
  await said
    .getByText(/^Hello/)
    .first()
    .waitFor(); // said again when the microphone was heard into it
  await said.getByText('(speech of').first().waitFor();
  await page.getByRole('button', { name: 'Mute' }).click();
  await page.getByText('The other side hears silence.').waitFor();

  t.ok(bringsWordsOf('ava', Buffer.concat(line.heard)), 'and the agent’s words came to the page byte by byte');
  await page.getByRole('button', { name: 'Hang up' }).click();
  await main.getByText(/You hung up after/).waitFor();
  await carrier.control.reached(sid, 'completed');
  // The page goes on asking until all of it is written down.
  const told = main.getByRole('log', { name: /What is said: Browser phone/ });
  await told.getByText('(speech of').first().waitFor();
  const { body } = await dashboard.call('GET', `/api/calls/${sid}/transcript`, { token: dashboard.token });
  const written = (role: string) => body.turns.find((turn: { role: string }) => turn.role === role)?.text;
  t.match(written('agent'), /^Hello, this is Ava/);
  t.match(written('caller'), /^\(speech of/);
  t.same([...carrier.violations, ...agent.violations], []);
});

browserTest('a call of the product rings in the page and is taken with the keyboard alone', async (t, dashboard) => {
  const page = await dashboard.resident('manager', '/sandbox', microphone);
  const { carrier, agent } = twins(dashboard);
  agent.control.addFault({ kind: 'endless' });
  await page.getByLabel('Only calls to').focus();
  await page.keyboard.type('+1 312 555 0177');
  await page.keyboard.press('Enter');
  await page.getByRole('main').getByText('Waiting for a call to +1 312 555 0177.').waitFor();
  const body = { to: '+13125550177', amd: { mode: 'off' } };
  const placed = await dashboard.call('POST', '/api/calls', { token: dashboard.token, body });
  t.equal(placed.status, 201, JSON.stringify(placed.body.error ?? 'placed'));
  await page.getByRole('main').getByText('+1 212 555 0100 calls you').waitFor();
  const focused = (name: string) =>
    page
      .waitForFunction(text => document.activeElement?.textContent === text, name)
      .then(() => t.pass(`${name} has the focus`));
  await focused('Answer');
  await page.keyboard.press('Enter');
  await page.getByRole('main').getByText('On the line with +1 212 555 0100').waitFor();
  await focused('Hang up');
  await page.keyboard.press('Shift+Tab');
  await focused('Keypad');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Key 5' }).focus();
  await page.keyboard.press('Enter');
  await meterMoves(page, 'Other side');
  t.same(await violationsInBothThemes(page), []);
  await page.setViewportSize({ width: 390, height: 800 });
  t.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'fits a telephone');
  t.same(await violations(page), []);
  await page.getByRole('button', { name: 'Hang up' }).focus();
  await page.keyboard.press('Enter');
  await page
    .getByRole('main')
    .getByText(/You hung up after/)
    .waitFor();
  await carrier.control.reached(placed.body.call.sid, 'completed');
  t.same(carrier.violations, []);
});

browserTest('a refused microphone says where it is allowed, and the phone stays off', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('manager'), '/sandbox');
  const before = twins(dashboard).carrier.control.calls(1)[0]?.sid;
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('The microphone was refused.').waitFor();
  t.match(await alert.textContent(), /choose Microphone and Allow, then try again/);
  t.equal(twins(dashboard).carrier.control.calls(1)[0]?.sid, before, 'nobody was called');
  await page.context().grantPermissions(['microphone']);
  await page.getByRole('button', { name: 'Ring here' }).click();
  await page.getByRole('main').getByText('Waiting for the next call.').waitFor();
  t.equal(await alert.count(), 0, 'allowed, it works without loading the page again');
});

browserTest('a call that rings may be declined, and leaving the page hangs up', async (t, dashboard) => {
  const page = await dashboard.resident('manager', '/sandbox', microphone);
  const { control } = twins(dashboard).carrier;
  const main = page.getByRole('main');
  await page.getByRole('button', { name: 'Ring here' }).click();
  await main.getByText('Waiting for the next call.').waitFor();
  const { body } = await dashboard.call('POST', '/api/calls', {
    token: dashboard.token,
    body: { to: '+13125550188', amd: { mode: 'off' } },
  });
  await page.getByRole('button', { name: 'Decline' }).click();
  await control.reached(body.call.sid, 'busy');
  await main.getByText('You hung up.').waitFor();

  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await main.getByText('On the line with').waitFor();
  const { sid } = control.calls(1)[0]!;
  await page.goto(`${dashboard.url}/settings/account`);
  await control.reached(sid, 'completed');
  t.pass('the call ended with the page');
});
