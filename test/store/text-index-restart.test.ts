import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { TranscriptRepository } from '../../src/calls/transcript-repository.ts';
import { loadConfig } from '../../src/config.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { openStore } from '../../src/store/open-store.ts';
import { silent } from '../helpers/store.ts';

test('an embedded store that holds a text index opens again, and the index is the same one', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-text-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const open = async () => {
    const { registry } = createMetrics();
    const store = await openStore({ config: loadConfig({ DATA_DIR: folder }, () => ''), logger: silent, registry });
    new TranscriptRepository(store);
    const reports = await store.ensureIndexes();
    await store.close();
    return reports;
  };
  await open();
  t.same(
    (await open()).flatMap(({ created }) => created),
    [],
    'nothing is built a second time',
  );
});
