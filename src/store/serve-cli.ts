import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPocketMongo } from 'pocket-mongo';
import { ConfigError, loadConfig } from '../config.ts';
import { withEnvFile } from '../environment.ts';
import { endpointOf, startTcpRelay } from './tcp-relay.ts';

const usage = `usage: npm run store:serve -- --port N [--dir FOLDER]
  Serves the embedded store over loopback TCP until it is interrupted, so that mongosh, Compass and mongodump can look in.
  --port 0 takes a free port. Without --dir it is the store of DATA_DIR; beside a running Parley it joins that one.`;

class WrongUse extends Error {}

function readPort(text: string | undefined): number {
  const port = Number(text);
  if (text === undefined || !/^\d+$/.test(text) || port > 65_535)
    throw new WrongUse('--port takes a number from 0 to 65535');
  return port;
}

async function main(): Promise<void> {
  const options = { port: { type: 'string' }, dir: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options, args: process.argv.slice(2) });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const port = readPort(values.port);
  const stop = new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  const config = loadConfig(withEnvFile(process.env), path => readFileSync(path, 'utf8'));
  const dir = values.dir ?? join(config.DATA_DIR, 'store');
  const store = await startPocketMongo({
    dir,
    port,
    encryptionKeys: config.ENCRYPTION_KEY ?? [],
    onEvent: ({ message }) => process.stderr.write(`${message}\n`),
  });
  try {
    const relay = store.joined ? await startTcpRelay(endpointOf(store.uri), port) : undefined;
    const uri = relay ? `mongodb://127.0.0.1:${relay.port}/?directConnection=true` : store.uri;
    process.stdout.write(
      `${relay ? `joined the store that another process runs in ${dir}` : `serving ${dir}`}\n${uri}\n`,
    );
    await stop;
    await relay?.close();
  } finally {
    await store.close();
  }
}

main().catch((error: unknown) => {
  const isWrongUse =
    error instanceof WrongUse ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  const code = (error as NodeJS.ErrnoException)?.code;
  const isExpected = isWrongUse || error instanceof ConfigError || code === 'EADDRINUSE' || code === 'EACCES';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${isExpected ? message : `The store cannot be served: ${message}`}\n`);
  if (isWrongUse) process.stderr.write(`${usage}\n`);
  process.exitCode = 1;
});
