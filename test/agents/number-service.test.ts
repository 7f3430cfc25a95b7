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
