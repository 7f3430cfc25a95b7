// Run by killed-callbacks.test.ts as a process of its own: the whole application, which says on which port it listens and is killed.
import { buildApp } from '../../src/app.ts';
import { loadConfig, secretValues } from '../../src/config.ts';
import { createLogging } from '../../src/ops/logger.ts';

const config = loadConfig(JSON.parse(process.argv[2]!), () => '');
const app = await buildApp({
  config,
  logging: createLogging({ level: 'error', secrets: secretValues(config) }),
  version: '0.0.0-test',
  dashboardRoot: `${config.DATA_DIR}/no-dashboard`,
});
process.stdout.write(`${new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port}\n`);
