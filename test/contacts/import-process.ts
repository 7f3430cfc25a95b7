// Run by import-killed.test.ts as a process of its own: reads an import, says what it has noted, and is killed somewhere on the way.
import { ContactRepository } from '../../src/contacts/contact-repository.ts';
import { ImportRepository } from '../../src/contacts/import-repository.ts';
import { createImportRunner } from '../../src/contacts/import-runner.ts';
import { RejectedRowRepository } from '../../src/contacts/rejected-row-repository.ts';
import type { JobContext, JobHandler } from '../../src/jobs/queue.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { LocalFiles } from '../../src/store/local-files.ts';
import { createStore } from '../../src/store/open-store.ts';
import { createSealer } from '../../src/store/seal.ts';
import { silent } from '../helpers/store.ts';

const [uri, folder, importId] = process.argv.slice(2) as [string, string, string];
const link = await openConnection({ uri, poolMax: 4, logger: silent });
const store = createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() });
const imports = new ImportRepository(store);
const advance = imports.advance.bind(imports);
imports.advance = async (...args) => {
  const noted = await advance(...args);
  process.stdout.write(`${noted?.rowsRead}\n`);
  return noted;
};
let handler: JobHandler<{ importId: string }> | undefined;
createImportRunner({
  imports,
  contacts: new ContactRepository(store),
  rejections: new RejectedRowRepository(store),
  suppressions: {} as never,
  files: new LocalFiles(folder, createSealer([])),
  jobs: {
    enqueue: async () => ({ id: '1', created: true }),
    process: (type: { name: string }, given: unknown) => {
      if (type.name === 'contacts.import') handler = given as typeof handler;
    },
    schedule: () => {},
  } as never,
  now: () => new Date(),
});
const context = { signal: new AbortController().signal, lastAttempt: false } as unknown as JobContext;
await handler!({ importId }, context);
process.stdout.write('over\n');
process.exit(0);
