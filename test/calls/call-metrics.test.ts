import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { createCallMetrics } from '../../src/calls/call-metrics.ts';
import { createMetrics } from '../../src/ops/metrics.ts';

test('every figure about placing calls is told in the documentation, with its labels', async t => {
  const metrics = createMetrics();
  t.teardown(() => metrics.stop());
  const before = new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
  createCallMetrics(metrics);
  const docs = await readFile(new URL('../../docs/calls.md', import.meta.url), 'utf8');
  const added = metrics.registry.getMetricsAsArray().filter(({ name }) => !before.has(name));
  t.ok(added.length >= 5);
  for (const metric of added) {
    const labels = (metric as unknown as { labelNames: string[] }).labelNames;
    const written = labels.length > 0 ? `\`${metric.name}{${labels.join(',')}}\`` : `\`${metric.name}\``;
    t.ok(docs.includes(written), written);
  }
});
