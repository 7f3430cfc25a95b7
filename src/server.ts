import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { buildApp } from './app.ts';
import { type Config, ConfigError, loadConfig, secretValues } from './config.ts';
import { withEnvFile } from './environment.ts';
import { AppError } from './errors.ts';
import { heapFlags } from './ops/heap-flags.ts';
import { createLogging } from './ops/logger.ts';
import { readyNotice } from './ops/ready-notice.ts';
import { stopInOrder } from './ops/stop.ts';

const atRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The one folder that is written to must exist and be ours before anything else starts. */
function prepareDataDir({ DATA_DIR }: Config): void {
  try {
    mkdirSync(DATA_DIR, { recursive: true, mode: 0o700 });
    accessSync(DATA_DIR, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AppError(
      'INTERNAL',
      `DATA_DIR (${DATA_DIR}) cannot be written by this user; make it writable or name another folder`,
      { cause: error },
    );
  }
}

/** What listening can fail with, in one line that says what to do. */
function listenProblem(error: NodeJS.ErrnoException, { HOST, PORT }: Config): AppError | unknown {
  const remedies: Record<string, string> = {
    EADDRINUSE: `port ${PORT} on ${HOST} is already in use; stop what uses it or set PORT to another (PORT=0 takes a free one)`,
    EACCES: `port ${PORT} may not be used by this user; set PORT to one above 1023`,
    EADDRNOTAVAIL: `HOST ${HOST} is not an address of this machine; set HOST=127.0.0.1 or 0.0.0.0`,
    ENOTFOUND: `HOST ${HOST} is not known; set HOST=127.0.0.1 or 0.0.0.0`,
  };
  const remedy = remedies[error.code ?? ''];
  return remedy ? new AppError('INTERNAL', `Cannot listen: ${remedy}`, { cause: error }) : error;
}

async function main(): Promise<void> {
  for (const flag of heapFlags()) setFlagsFromString(flag);
  const config = loadConfig(withEnvFile(process.env), path => readFileSync(path, 'utf8'));
  const logging = createLogging({
    level: config.LOG_LEVEL,
    secrets: secretValues(config),
    readable: process.stdout.isTTY === true,
  });
  const log = logging.component('server');
  prepareDataDir(config);

  const { version } = JSON.parse(readFileSync(atRoot('package.json'), 'utf8')) as { version: string };
  const app = await buildApp({ config, logging, version, dashboardRoot: atRoot('frontend/dist') });
  stopInOrder({ app, log, events: process, exit: code => process.exit(code) });
  const address = await app.listen({ port: config.PORT, host: config.HOST }).catch(async error => {
    await app.close();
    throw listenProblem(error, config);
  });

  await app.campaigns
    .seedDemo()
    .catch(err => log.warn({ err }, 'the demo campaign could not be made; the next start tries it again'));
  log.info({ version, address, sandbox: config.sandbox }, 'ready');
  // On a terminal people read stdout; elsewhere it carries JSON lines for machines, and the notice goes beside them.
  const output = process.stdout.isTTY ? process.stdout : process.stderr;
  output.write(
    readyNotice({ config, address, version, seconds: process.uptime(), administrator: app.firstAdministrator }),
  );
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof AppError;
  process.stderr.write(`${expected ? error.message : ((error as Error)?.stack ?? String(error))}\n`);
  process.exit(1);
});
