import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, secretValues } from '../config.ts';
import { withEnvFile } from '../environment.ts';
import { AppError } from '../errors.ts';
import { createLogging } from '../ops/logger.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import { migrate } from './migrations.ts';
import { openStore } from './open-store.ts';

const usage = `usage: npm run migrate [-- --dry-run]
  Brings the store up to date, as every start does. --dry-run says what would happen and changes nothing.`;

/** `npm run migrate`: runs the pending migrations and says what it did. */
async function main(): Promise<void> {
  const options = { 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options, args: process.argv.slice(2) });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const config = loadConfig(withEnvFile(process.env), path => readFileSync(path, 'utf8'));
  const logging = createLogging({
    level: 'warn',
    secrets: secretValues(config),
    readable: process.stdout.isTTY === true,
  });
  const logger = logging.component('migrate');
  const store = await openStore({ config, logger });
  try {
    const dryRun = values['dry-run'] ?? false;
    const { ran, planned } = await migrate({ db: store.link.database, migrations: allMigrations, logger, dryRun });
    const lines = dryRun ? planned.map(part => `would run ${part}`) : ran.map(title => `ran ${title}`);
    process.stdout.write(`${(lines.length > 0 ? lines : ['the store is up to date']).join('\n')}\n`);
  } finally {
    await store.close();
  }
}

main().catch((error: unknown) => {
  const isWrongUse = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const expected = isWrongUse || error instanceof ConfigError || error instanceof AppError;
  process.stderr.write(`${expected ? error.message : ((error as Error)?.stack ?? String(error))}\n`);
  if (isWrongUse) process.stderr.write(`${usage}\n`);
  process.exitCode = 1;
});
