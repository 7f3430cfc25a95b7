import { createDashboard } from '../../src/analytics/dashboard.ts';
import { createFiguresCounter } from '../../src/analytics/figures-counter.ts';
import { RollupLogRepository } from '../../src/analytics/rollup-log-repository.ts';
import { createRollupReader } from '../../src/analytics/rollup-reader.ts';
import { RollupRepository } from '../../src/analytics/rollup-repository.ts';
import { createCallFigures } from '../../src/calls/call-figures.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import type { Store } from '../../src/store/open-store.ts';

/** Everything that counting takes, on one store. */
export async function countingSite(
  store: Store,
  options: { owner?: string; batchSize?: number; holdMs?: number; now?: () => Date; currency?: string } = {},
) {
  const { owner = 'one', now = () => new Date(), currency = 'USD', ...rest } = options;
  const calls = new CallRepository(store);
  const rollups = new RollupRepository(store);
  const log = new RollupLogRepository(store);
  for (const repository of [calls, rollups, log]) await repository.ensureIndexes();
  const source = createCallFigures(calls, { currency, rates: { USD: '0.9' } });
  const counter = createFiguresCounter({ calls: source, rollups, log, owner, currency, now, ...rest });
  const reader = createRollupReader(rollups, log);
  const dashboard = createDashboard({ reader, calls: source, currency, timeZone: 'UTC', now });
  return { calls, rollups, log, source, counter, reader, dashboard };
}
