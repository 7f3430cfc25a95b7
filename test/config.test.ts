import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { configurationTable, envExample } from '../scripts/config-docs.ts';
import { type Config, ConfigError, type Environment, loadConfig, secretValues } from '../src/config.ts';
import { variableNames, variables } from '../src/config-schema.ts';

const noFiles = (_path: string): string => {
  throw new Error('no such file');
};
const load = (env: Environment = {}): Config => loadConfig(env, noFiles);

function problemsOf(env: Environment, readFile = noFiles): string[] {
  try {
    loadConfig(env, readFile);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable, problem }) => `${variable} ${problem}`);
  }
}

const twilio = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'f'.repeat(32) };
const real = { ...twilio, ELEVENLABS_API_KEY: 'invented-key', SERVER_URL: 'https://calls.example.com' };

test('nothing set is a complete configuration', async t => {
  t.match(load(), {
    PORT: 8000,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    TRUST_PROXY: false,
    RATE_LIMIT_PER_MINUTE: 3000,
    MONGODB_POOL_MAX: 50,
    RETENTION_DAYS: 30,
    S3_REGION: 'auto',
    TWILIO_CPS: 1,
    AMD_TIMEOUT_SECONDS: 30,
    AMD_SPEECH_THRESHOLD_MS: 2400,
    AMD_SPEECH_END_THRESHOLD_MS: 1200,
    AMD_SILENCE_TIMEOUT_MS: 5000,
    AMD_TREAT_UNKNOWN_AS_HUMAN: false,
    SANDBOX: 'auto',
    DEFAULT_COUNTRY: 'US',
    MAX_CALL_MINUTES: 10,
    INBOUND_RESERVE: 1,
    DRAIN_TIMEOUT_SECONDS: 10,
    production: false,
    sandbox: { carrier: true, agent: true },
  });
});

test('production listens everywhere and waits for the longest call', async t => {
  const config = load({ NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32), STORE: 'embedded', MAX_CALL_MINUTES: '5' });
  t.match(config, { HOST: '0.0.0.0', DRAIN_TIMEOUT_SECONDS: 360, production: true });
});

const bad: [title: string, env: Environment, problem: RegExp][] = [
  ['a port that is no number', { PORT: '80a' }, /^PORT must be a whole number from 0 to 65535/],
  ['a port out of range', { PORT: '70000' }, /^PORT must be/],
  ['a fraction where none may be', { INBOUND_RESERVE: '1.5' }, /^INBOUND_RESERVE must be a whole number/],
  ['an unknown word', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of fatal/],
  ['a flag that is neither', { RECORD_CALLS: 'maybe' }, /^RECORD_CALLS must be true or false/],
  [
    'an address without protocol',
    { SERVER_URL: 'calls.example.com' },
    /^SERVER_URL must be an address starting with http/,
  ],
  ['a key that is no JSON', { GOOGLE_SERVICE_ACCOUNT: 'secret' }, /^GOOGLE_SERVICE_ACCOUNT must be the JSON/],
  ['JSON of something else', { GOOGLE_SERVICE_ACCOUNT: '{"a":1}' }, /^GOOGLE_SERVICE_ACCOUNT has no client_email/],
  ['an address with a query', { SERVER_URL: 'https://calls.example.com/?a=1' }, /^SERVER_URL must have no query/],
  ['an address with a password', { SERVER_URL: 'https://a:b@calls.example.com' }, /^SERVER_URL must hold no user/],
  ['an origin with a path', { CORS_ORIGINS: 'https://a.example.com/x' }, /^CORS_ORIGINS must be an exact origin/],
  ['any origin', { CORS_ORIGINS: '*' }, /^CORS_ORIGINS must be an exact origin/],
  ['a proxy that is none', { TRUST_PROXY: 'everyone' }, /^TRUST_PROXY must be none, a number of hops/],
  [
    'a store that is not MongoDB',
    { MONGODB_URI: 'postgres://db' },
    /^MONGODB_URI must be an address starting with mongodb/,
  ],
  ['a short static key', { API_KEY: 'short' }, /^API_KEY must have at least 20 characters/],
  ['a short token secret', { JWT_SECRET: 'short' }, /^JWT_SECRET must have at least 32/],
  ['a key of the wrong length', { ENCRYPTION_KEY: 'c2hvcnQ=' }, /^ENCRYPTION_KEY must be 32 bytes as base64/],
  [
    'an account that is none',
    { ...twilio, TWILIO_ACCOUNT_SID: 'AC1' },
    /^TWILIO_ACCOUNT_SID must be a Twilio account SID/,
  ],
  [
    'a number in local form',
    { TWILIO_PHONE_NUMBER: '212 555 0100' },
    /^TWILIO_PHONE_NUMBER must be a phone number in E.164/,
  ],
  ['a country by name', { DEFAULT_COUNTRY: 'USA' }, /^DEFAULT_COUNTRY must be a country code/],
  ['a budget without currency', { MONTHLY_BUDGET: '500' }, /^MONTHLY_BUDGET must be an amount with its currency/],
  ['a SID without token', { ...real, TWILIO_AUTH_TOKEN: '' }, /^TWILIO_AUTH_TOKEN is missing: an account SID/],
  ['a token without SID', { ...real, TWILIO_ACCOUNT_SID: '' }, /^TWILIO_ACCOUNT_SID is missing: an account SID/],
  ['a region without edge', { TWILIO_REGION: 'ie1' }, /^TWILIO_EDGE is missing/],
  ['half an object storage', { S3_BUCKET: 'b' }, /^S3_ENDPOINT is missing: object storage/],
  ['a real carrier nobody can reach', { ...real, SERVER_URL: '' }, /^SERVER_URL is missing: Twilio must know/],
  [
    'a real carrier with the toy agent',
    { ...real, ELEVENLABS_API_KEY: '' },
    /^ELEVENLABS_API_KEY is missing: real calls/,
  ],
  ['no sandbox and no credentials', { SANDBOX: 'off' }, /^TWILIO_ACCOUNT_SID is missing: SANDBOX=off/],
  ['production without token secret', { NODE_ENV: 'production', STORE: 'embedded' }, /^JWT_SECRET is missing/],
  [
    'production without a store said',
    { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32) },
    /^MONGODB_URI is missing/,
  ],
  [
    'production over plain http',
    { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32), STORE: 'embedded', SERVER_URL: 'http://calls.example.com' },
    /^SERVER_URL must be https/,
  ],
  ['two stores', { STORE: 'embedded', MONGODB_URI: 'mongodb://db.example.com/p' }, /^STORE is embedded although/],
  ['a store that is not given', { STORE: 'mongodb' }, /^MONGODB_URI is missing: STORE=mongodb/],
  ['a reserve that leaves nothing', { MAX_CONCURRENT_CALLS: '1' }, /^INBOUND_RESERVE must be below/],
  [
    "another product's name",
    { MONGO_URI: 'mongodb://db.example.com' },
    /^MONGO_URI is not a variable of Parley; write MONGODB_URI/,
  ],
  [
    "another product's number",
    { TWILIO_CALLER_ID: '+12125550100' },
    /^TWILIO_CALLER_ID is not .* write TWILIO_PHONE_NUMBER/,
  ],
  ['a slip of the pen', { ELEVENLABS_API_KY: 'k' }, /^ELEVENLABS_API_KY is not .* write ELEVENLABS_API_KEY/],
  ['two letters swapped', { SERVRE_URL: 'https://a.example.com' }, /^SERVRE_URL is not .* write SERVER_URL/],
  ['a slip in the file form', { MONGOD_URI_FILE: '/x' }, /^MONGOD_URI_FILE is not .* write MONGODB_URI/],
];

for (const [title, env, problem] of bad) {
  test(`refused: ${title}`, async t => {
    const problems = problemsOf(env);
    t.ok(
      problems.some(each => problem.test(each)),
      problems.join(' / ') || 'accepted',
    );
  });
}

test('every problem is told at once, with an example where one helps', async t => {
  try {
    load({ PORT: 'x', LOG_LEVEL: 'loud', MONGO_URI: 'mongodb://h', TWILIO_ACCOUNT_SID: 'y' });
    t.fail('accepted');
  } catch (error) {
    t.match((error as Error).message, /PORT must[\s\S]*PORT=8000/);
    t.match((error as Error).message, /LOG_LEVEL/);
    t.match((error as Error).message, /MONGODB_URI/);
    t.match((error as Error).message, /TWILIO_ACCOUNT_SID/);
  }
});

test('names of others that only look like configuration are left alone', async t => {
  t.same(problemsOf({ PATH: '/bin', HOSTNAME: 'h', NODE_OPTIONS: '', S3_OTHER_THING: 'x', TWILIO_CALLER_ID: ' ' }), []);
  t.same(problemsOf({ MONGO_URI: 'mongodb://a', MONGODB_URI: 'mongodb://b' }), [], 'ours is set, so nobody is misled');
});

const sides: [env: Environment, carrier: boolean, agent: boolean][] = [
  [{}, true, true],
  [{ ELEVENLABS_API_KEY: 'invented-key' }, true, false],
  [real, false, false],
  [{ ...real, SANDBOX: 'on' }, true, true],
  [{ ...real, SANDBOX: 'off' }, false, false],
];
for (const [env, carrier, agent] of sides) {
  test(`sides with ${Object.keys(env).join(', ') || 'nothing'}`, async t => {
    t.same(load(env).sandbox, { carrier, agent });
  });
}

test('a variable can come from a file', async t => {
  const readFile = (path: string) => (path === '/run/secrets/jwt' ? `${'s'.repeat(40)}\n` : noFiles(path));
  t.equal(loadConfig({ JWT_SECRET_FILE: '/run/secrets/jwt' }, readFile).JWT_SECRET, 's'.repeat(40));
  t.same(problemsOf({ JWT_SECRET_FILE: '/missing' }, readFile), ['JWT_SECRET_FILE names a file that cannot be read']);
  t.same(problemsOf({ JWT_SECRET_FILE: '/run/secrets/jwt', JWT_SECRET: 'x'.repeat(32) }, readFile), [
    'JWT_SECRET_FILE is given beside JWT_SECRET; keep one of them',
  ]);
  t.same(
    problemsOf({ JWT_SECRET_FILE: '/empty' }, () => '\n'),
    ['JWT_SECRET_FILE names an empty file'],
  );
});

test('values take their form', async t => {
  const config = load({
    TRUST_PROXY: '10.0.0.0/8, ::1',
    CORS_ORIGINS: 'https://a.example.com, https://b.example.com',
    SERVER_URL: 'https://calls.example.com/voice/',
    SANDBOX: 'on',
    MONTHLY_BUDGET: '500.50 EUR',
    ENCRYPTION_KEY: `${Buffer.alloc(32, 1).toString('base64')},${Buffer.alloc(32, 2).toString('base64')}`,
  });
  t.same(config.TRUST_PROXY, ['10.0.0.0/8', '::1']);
  t.same(config.CORS_ORIGINS, ['https://a.example.com', 'https://b.example.com']);
  t.equal(config.SERVER_URL, 'https://calls.example.com/voice');
  t.same(config.MONTHLY_BUDGET, { amount: '500.50', currency: 'EUR' });
  t.equal(config.ENCRYPTION_KEY?.length, 2);
  t.equal(load({ TRUST_PROXY: '2' }).TRUST_PROXY, 2);
});

test('every secret is known to the log by value', async t => {
  const secrets = variableNames.filter(name => variables[name].secret);
  const values = Object.fromEntries(secrets.map((name, index) => [name, `${name}-value-${'x'.repeat(32)}-${index}`]));
  const env = {
    ...values,
    MONGODB_URI: 'mongodb://u:p@db.example.com/p', // allow-secret: invented
    REDIS_URL: 'redis://:pw@cache.example.com', // allow-secret: invented
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    GOOGLE_SERVICE_ACCOUNT: '{"client_email":"reader@example.com","private_key":"PRIVATE KEY"}', // allow-secret: invented
    TWILIO_ACCOUNT_SID: twilio.TWILIO_ACCOUNT_SID,
    SERVER_URL: 'https://calls.example.com',
    S3_ENDPOINT: 'https://s3.example.com',
    S3_BUCKET: 'b',
  } as Record<string, string>;
  const known = secretValues(load(env));
  for (const name of secrets) t.ok(known.includes(env[name]!), name);
});

test('.env.example and the table in the docs are those of the schema', async t => {
  t.equal(readFileSync('.env.example', 'utf8'), envExample(), 'run: node --import=tsx scripts/config-docs.ts');
  t.ok(
    readFileSync('docs/configuration.md', 'utf8').includes(configurationTable()),
    'run: node --import=tsx scripts/config-docs.ts',
  );
});

test('a filled-in .env.example is understood', async t => {
  const lines = envExample()
    .split('\n')
    .filter(line => /^#[A-Z0-9_]+=./.test(line));
  const env = Object.fromEntries(lines.map(line => line.slice(1).split(/=(.*)/s).slice(0, 2)));
  const unreadable = ['TWILIO_ACCOUNT_SID', 'NODE_ENV', 'STORE', 'S3_ENDPOINT', 'S3_BUCKET', 'TWILIO_API_BASE_URL'];
  for (const name of unreadable) delete env[name];
  t.same(problemsOf(env), []);
});
