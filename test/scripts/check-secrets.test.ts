import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { findingsIn, secretProblems } from '../../scripts/lib/check-secrets.mjs';
import { root } from '../../scripts/lib/project.mjs';

// Made at run time, so that this file holds nothing the check would have to forgive.
const hex = (length: number) => createHash('sha512').update(`seed ${length}`).digest('hex').slice(0, length);
const letters = (length: number) =>
  `a1B2${createHash('sha512').update('letters').digest('base64url').replaceAll(/[-_]/g, 'z')}`.slice(0, length);

const secrets: [name: string, line: string][] = [
  ['a Twilio account id', `sid: 'AC${hex(32)}'`],
  ['a Twilio API key', `key: "SK${hex(32)}"`],
  ['a Twilio auth token', `TWILIO_AUTH_TOKEN=${hex(32)}`],
  ['an ElevenLabs key in a header', `'xi-api-key': '${letters(32)}'`],
  ['an ElevenLabs key', `const key = 'sk_${hex(48)}';`],
  ['an OpenAI key', `OPENAI: sk-proj-${letters(40)}`],
  ['a webhook secret', `secret = wsec_${hex(64)}`],
  ['an AWS key id', `AKIA${'Q7RT'.repeat(4)}`],
  ['an AWS secret key', `aws_secret_access_key = ${letters(40)}`],
  ['a GitHub token', `ghp_${letters(36)}`],
  ['an npm token', `//host/:_authToken=${letters(20)}`],
  ['a Slack token', `xoxb-${'1234567890'}-${letters(12)}`],
  ['a web token', `eyJ${letters(20)}.eyJ${letters(30)}.${letters(43)}`],
  ['a bearer token', `authorization: Bearer ${letters(40)}`],
  ['a private key', `-----BEGIN ${'RSA '}PRIVATE KEY-----`],
  ['a database address with a password', `mongodb+srv://parley:${'hunter'}two@cluster0.${'mongodb'}.net/main`],
  ['a secret variable with a value', `JWT_SECRET="${letters(48)}"`],
  ['a path on a machine', `see /${'work'}/notes/a.md`],
  ['a temp path', `const file = '/${'tmp'}/parley.sock';`],
  ['a home folder', `/${'home'}/somebody/parley`],
  ['a registry', `https://registry.${'npmjs'}.org/tap`],
];

for (const [name, line] of secrets) {
  t.test(`${name} is found, on its line`, async t => {
    t.match(findingsIn(`first\n${line}\nlast`), [{ line: 2, what: /^looks like / }]);
  });
}

const harmless = [
  `TWILIO_ACCOUNT_SID=AC${'0'.repeat(32)}`,
  `AC${'0123456789abcdef'.repeat(2)}`,
  'JWT_SECRET=change-me-to-something-with-32-characters',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the input
  'authorization: `Bearer ${accessToken.slice(0, 99)}`',
  'mongodb://user:password@localhost:27017/parley',
  'mongodb://localhost:27017/parley',
  'redis://:a-long-one-77@cache.example.com:6379',
  'ELEVENLABS_API_KEY: { sync: false }',
  'integrity: sha512-Qv3cMSZFs0Hs9bYkBNs2dl9WV+dVg7uTGHgTnZSyTpZwaqGyulO6DQlksgCncchHGk==',
  '/home/node/app',
  "path.join(os.tmpdir(), 'parley')",
  'config-schema-of-everything-there-is: task-of-the-day',
];

t.test('placeholders, code and invented examples pass', async t => {
  for (const line of harmless) t.same(findingsIn(line), [], line);
});

t.test('a line may be allowed with a reason, and only with one', async t => {
  const line = `token: 'AC${hex(32)}' // allow-secret:`;
  t.same(findingsIn(`${line} invented for the signature table`), []);
  t.equal(findingsIn(line).length, 1);
});

t.test('a private key cannot be allowed', async t => {
  t.equal(findingsIn(`-----BEGIN ${''}PRIVATE KEY----- // allow-secret: really`).length, 1);
});

/** A git work tree with the given tracked files. */
function workTree(t: Test, files: Record<string, string>): string {
  const folder = t.testdir(files);
  for (const args of [
    ['init', '-q'],
    ['add', '-A', '-f'],
  ])
    execFileSync('git', args, { cwd: folder });
  return folder;
}

t.test('the command fails on a tracked secret without printing it', async t => {
  const secret = `sk_${hex(48)}`;
  const folder = workTree(t, { 'a.md': 'fine\n', 'b.ts': `\nconst key = '${secret}';\n` });
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check-secrets.mjs', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  t.equal(status, 1);
  t.match(stderr, /^b\.ts:2 {2}looks like/m);
  t.notMatch(stdout + stderr, secret);
});

t.test('an environment file is refused, its example is not', async t => {
  const folder = workTree(t, { '.env': 'PORT=1\n', '.env.example': 'PORT=8000\n' });
  t.match(secretProblems(folder).problems, [{ file: '.env' }]);
});

t.test('the repository itself holds none', async t => {
  t.same(secretProblems(root).problems, []);
});
