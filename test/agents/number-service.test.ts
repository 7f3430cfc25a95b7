import { test } from 'tap';
import type { NumberRepository } from '../../src/agents/number-repository.ts';
import { createNumberService } from '../../src/agents/number-service.ts';
import { createLogging } from '../../src/ops/logger.ts';

test('the carrier is asked once for all who ask at the same time, not again within the time given, and not waited for long', async t => {
  let asked = 0;
  let answer: () => void = () => {};
  let now = Date.now();
  const repository = {
    async *everyNumber() {},
  } as unknown as NumberRepository;
  const log: string[] = [];
  const service = createNumberService({
    repository,
    carrier: {
      numbers: () => {
        asked += 1;
        if (asked === 3) return Promise.reject(new Error('away'));
        return new Promise(resolve => {
          answer = () => resolve([]);
        });
      },
      verifiedCallerIds: async () => [],
      connectNumber: () => Promise.reject(new Error('not asked for')),
    },
    ownPhone: undefined,
    addresses: () => null,
    checkAgent: async () => {},
    logger: createLogging({ level: 'info', destination: { write: line => void log.push(line) } }).component('numbers'),
    now: () => new Date(now),
  });

  const both = [service.refresh(60_000, 60_000), service.sync()];
  answer();
  await Promise.all(both);
  t.equal(asked, 1);
  now += 59_999;
  await service.refresh(60_000, 60_000);
  t.equal(asked, 1, 'read less than a minute ago');
  now += 1;
  await service.refresh(60_000, 5);
  t.equal(asked, 2, 'asked, and not waited for longer than 5 ms');
  answer();
  await service.sync();
  now += 60_000;
  await service.refresh(60_000, 60_000);
  t.equal(asked, 3);
  t.match(log.join(), /could not be read from the carrier/, 'a carrier that is away is told to the log alone');
});

test('the number of the first start waits for its agent, also when a look at the carrier comes before the start has noted it', async t => {
  const ownPhone = '+12125550100';
  const noted: [string, object][] = [];
  const repository = {
    async *everyNumber() {},
    ensure: async (phone: string, first: object) => {
      noted.push([phone, first]);
      return { _id: 'invented', syncedAt: null, agentId: null, text: null, problem: null, ...first };
    },
    recordFinding: async () => null,
  } as unknown as NumberRepository;
  const addresses = { voiceUrl: '', fallbackUrl: '', statusCallback: '' };
  const service = createNumberService({
    repository,
    carrier: {
      numbers: async () =>
        [ownPhone, '+13125550111'].map(phone => ({
          sid: 'PN0',
          phone,
          label: 'Carrier’s',
          obstacle: null,
          ...addresses,
        })),
      verifiedCallerIds: async () => [],
      connectNumber: () => Promise.reject(new Error('not asked for')),
    },
    ownPhone,
    addresses: () => null,
    checkAgent: async () => {},
    logger: createLogging({ level: 'info', destination: { write: () => {} } }).component('numbers'),
    now: () => new Date(),
  });
  await service.sync();
  await service.ensureOwnNumber();
  const waiting = { label: 'Main number', awaitsAgent: true };
  t.same(noted, [
    [ownPhone, waiting],
    ['+13125550111', { label: 'Carrier’s' }],
    [ownPhone, waiting],
  ]);
});
