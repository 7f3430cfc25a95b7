import { test } from 'tap';
import { readSettings } from '../../../src/sandbox/load/load-settings.ts';

const product = ['--product', 'http://127.0.0.1:8000'];
const small = [...product, '--calls', '50', '--ramp', '10', '--minutes', '2'];
const env = { API_KEY: 'an-invented-key-of-thirty-two-bytes' }; // allow-secret: invented

test('the command line becomes an order, thresholds and credentials', t => {
  t.same(readSettings([...small, '--key', 'k', '--people', 'mixed', '--max-p99', '50', '--call-seconds', '30'], {}), {
    product: product[1],
    order: {
      ...{ calls: 50, rampSeconds: 10, holdSeconds: 120, callSeconds: 30 },
      ...{ talking: 0.1, silenceShare: 0.9, silence: 'steady', direction: 'inbound' },
    },
    thresholds: { maxFailures: 1, maxLoss: 0.1, maxP99: 50 },
    credentials: { key: 'k' },
    json: false,
  });
  t.match(readSettings(small, { ...env, TWILIO_AUTH_TOKEN: 'of-the-twin' }), {
    credentials: { key: env.API_KEY, carrierAuthToken: 'of-the-twin' },
  });
  t.match(readSettings([...small, '--email', 'a@b.example'], { ...env, ADMIN_PASSWORD: 'from outside' }), {
    credentials: { email: 'a@b.example', password: 'from outside' },
  });
  t.equal(readSettings(['--help'], {}), 'help');
  t.end();
});

test('every mistake is named with what was expected', t => {
  const cases: [string[], RegExp][] = [
    [[], /--product is missing/],
    [['--product', 'here'], /--product here: expected an address/],
    [['--product', 'ftp://127.0.0.1'], /expected an address/],
    [[...product, '--ramp', '0', '--minutes', '1'], /--calls is missing/],
    [[...small, '--calls', '1.5'], /--calls 1.5: expected a whole number/],
    [[...small, '--calls', '0'], /--calls 0: expected a number from 1 to 20000/],
    [[...small, '--direction', 'outbound', '--calls', '9999'], /there are 5000 numbers to call/],
    [[...small, '--people', 'loud'], /--people loud: expected talking, mixed, idle/],
    [[...small, '--silence-share', '101'], /--silence-share 101: expected a number from 0 to 100/],
    [[...small, '--silence', 'none'], /--silence none: expected steady, sparse/],
    [[...small, '--max-loss', 'x'], /--max-loss x: expected a number from 0 to 100/],
    [[...small, '--max-p95', ''], /--max-p95 : expected a number/],
    [[...small, '--nonsense'], /nonsense/],
  ];
  for (const [args, expected] of cases) t.throws(() => readSettings(args, env), { message: expected });
  t.throws(() => readSettings(small, {}), { message: /give --key, or --email and --password/ });
  t.throws(() => readSettings(small, { ADMIN_EMAIL: 'a@b.example' }), { message: /--password/ });
  t.end();
});
