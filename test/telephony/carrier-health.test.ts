import { test } from 'tap';
import { CarrierError } from '../../src/telephony/carrier-contract.ts';
import { carrierDependency } from '../../src/telephony/carrier-health.ts';

const account = (status: string) => ({ sid: `AC${'5a'.repeat(16)}`, name: 'Ours', status, type: 'Full' });

test('an account that is refused takes the process out of service, a carrier that is away does not', async t => {
  const refusal = new CarrierError('CARRIER_CREDENTIALS_REFUSED', 'The carrier refuses our account.', {
    fault: 'account',
  });
  const away = new CarrierError('CARRIER_UNAVAILABLE', 'The carrier cannot be reached.', { fault: 'unavailable' });
  const report = (asked: () => Promise<ReturnType<typeof account>>) => carrierDependency({ account: asked }).check();
  t.match(await report(async () => account('active')), { state: 'up', latencyMs: Number });
  t.match(await report(async () => account('suspended')), { state: 'down', detail: /suspended/ });
  t.match(await report(() => Promise.reject(refusal)), { state: 'down', detail: refusal.message });
  t.match(await report(() => Promise.reject(away)), { state: 'degraded', detail: away.message });
  t.match(await report(() => Promise.reject(new Error('a mistake'))), { state: 'degraded' });
  t.match(await report(() => new Promise(() => {})), { state: 'degraded', detail: /1\.5 s/ });
});

test('the carrier is not asked each time a balancer asks', async t => {
  let asked = 0;
  let now = 0;
  const dependency = carrierDependency(
    { account: async () => account(++asked === 1 ? 'active' : 'closed') },
    () => now,
  );
  await dependency.check();
  now = 14_999;
  t.match(await dependency.check(), { state: 'up' });
  now = 15_000;
  t.match(await dependency.check(), { state: 'down' });
  t.equal(asked, 2);
});
