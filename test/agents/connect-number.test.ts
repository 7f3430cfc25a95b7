import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'tap';
import { startApp } from '../helpers/app.ts';
import { startTestCarrier } from '../helpers/carrier.ts';
import { program } from '../helpers/program.ts';

const run = promisify(execFile);

test('npm run admin -- connect-number shows old and new, changes nothing unconfirmed, and is audited', async t => {
  const app = await startApp(t);
  const twin = await startTestCarrier(t);
  const { MONGODB_URI, DATA_DIR } = app.app.operations.config;
  const env = {
    PATH: process.env['PATH'],
    MONGODB_URI,
    DATA_DIR,
    TWILIO_ACCOUNT_SID: twin.accountSid,
    TWILIO_AUTH_TOKEN: twin.authToken,
    TWILIO_API_BASE_URL: twin.baseUrl,
    TWILIO_PHONE_NUMBER: twin.phoneNumber,
    ELEVENLABS_API_KEY: 'an invented key', // allow-secret: invented
    SERVER_URL: 'https://calls.example.com/parley',
  };
  const admin = (args: string[], environment: Record<string, string | undefined> = env) => {
    const child = run(process.execPath, program('src/auth/admin-cli.ts', 'connect-number', ...args), {
      env: environment,
    });
    child.child.stdin?.end('y\n');
    return child;
  };
  const voiceUrl = async () => {
    const authorization = `Basic ${Buffer.from(`${twin.accountSid}:${twin.authToken}`).toString('base64')}`;
    const answer = await fetch(`${twin.baseUrl}/2010-04-01/Accounts/${twin.accountSid}/IncomingPhoneNumbers.json`, {
      headers: { authorization },
    });
    return ((await answer.json()) as { incoming_phone_numbers: { voice_url: string }[] }).incoming_phone_numbers[0]!
      .voice_url;
  };

  const dry = await admin(['--dry-run']);
  t.match(
    dry.stdout,
    /^\+12125550100\n\s+voice\s+now\s+\(nothing\)\n\s+new\s+https:\/\/calls\.example\.com\/parley\/voice#.*Nothing was changed\.\n$/s,
  );
  await t.rejects(admin([]), { code: 1, stderr: /Nobody is there to confirm: add --yes/ });
  t.equal(await voiceUrl(), '');

  const { stdout } = await admin(['--yes', '--json']);
  t.match(JSON.parse(stdout), { phone: twin.phoneNumber, changed: true, done: true, before: { voiceUrl: '' } });
  t.match(await voiceUrl(), /^https:\/\/calls\.example\.com\/parley\/voice#/);
  await t.rejects(admin(['+13125550199', '--yes']), { code: 1, stderr: /does not own \+13125550199/ });
  await t.rejects(admin(['--yes'], { PATH: env.PATH, MONGODB_URI, DATA_DIR }), {
    code: 1,
    stderr: /The carrier is the sandbox/,
  });

  const token = await app.signIn();
  t.match((await app.call('GET', '/api/audit?action=number.connect', { token })).body.items, [
    { actor: { kind: 'operator' }, target: { type: 'number' }, after: { voiceUrl: /calls\.example\.com/ } },
  ]);
});
