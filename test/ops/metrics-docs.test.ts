import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

const page = new URL('../../docs/metrics.md', import.meta.url);

/** What the tables of the page say of each metric: its type and its labels, by name. */
async function documented(): Promise<Map<string, string>> {
  const rows = (await readFile(page, 'utf8')).matchAll(/^\| `(parley_\w+)(?:\{([\w,]*)\})?` \| (\w+) \| .+ \|$/gm);
  return new Map([...rows].map(([, name = '', labels = '', type = '']) => [name, `${type} {${labels}}`]));
}

test('the page of metrics names every metric of the running product, and no other', async t => {
  // Nothing listens there: the metrics of Redis are those of a product that is told to use one.
  const { app } = await startApp(t, { env: { REDIS_URL: 'redis://127.0.0.1:1' } });
  const { registry } = app.operations.metrics;
  const labels = new Map(
    registry
      .getMetricsAsArray()
      .map(metric => [metric.name, (metric as unknown as { labelNames: string[] }).labelNames]),
  );
  const running = new Map(
    (await registry.getMetricsAsJSON())
      .filter(({ name }) => name.startsWith('parley_'))
      .map(({ name, type }) => [name, `${type} {${labels.get(name)!.join(',')}}`]),
  );
  t.ok(running.size > 40, 'the whole product is running');
  const rows = await documented();
  t.same([...rows.keys()].sort(), [...running.keys()].sort(), 'the same names');
  for (const [name, form] of running) t.equal(rows.get(name), form, `${name} has the type and the labels of its row`);

  const text = await readFile(page, 'utf8');
  const mentioned = new Set([...text.matchAll(/\bparley_\w+/g)].map(([name]) => name));
  t.same(
    [...mentioned].filter(name => !running.has(name)),
    [],
    'nor is another one spoken of between the tables',
  );
});
