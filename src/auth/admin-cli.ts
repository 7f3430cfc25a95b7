import { ConfigError } from '../config.ts';
import { withEnvFile } from '../environment.ts';
import { AppError } from '../errors.ts';
import { runAdmin } from './run-admin-cli.ts';

async function main(): Promise<void> {
  await runAdmin({
    args: process.argv.slice(2),
    environment: withEnvFile(process.env),
    print: text => void process.stdout.write(text),
  });
}

main().catch((error: unknown) => {
  const expected =
    error instanceof ConfigError ||
    error instanceof AppError ||
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${expected ? (error as Error).message : ((error as Error)?.stack ?? String(error))}\n`);
  process.exitCode = 1;
});
