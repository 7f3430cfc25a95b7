import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, secretValues } from '../config.ts';
import { withEnvFile } from '../environment.ts';
import { AppError } from '../errors.ts';
import { createLogging } from '../ops/logger.ts';
import { openStore } from '../store/open-store.ts';
import { AuditRepository } from './audit-repository.ts';
import { generatePassword } from './passwords.ts';
import { SessionRepository } from './session-repository.ts';
import { UserRepository } from './user-repository.ts';
import { createUserService } from './user-service.ts';

const usage = `usage: npm run admin -- COMMAND

  set-password EMAIL            gives the user a new password, which is printed; their sessions end
  set-password EMAIL --stdin    takes the password from standard input instead (never from the command line,
                                where other users of the machine could read it)`;

const shortestPassword = 12;

async function newPassword(fromStdin: boolean): Promise<{ password: string; made: boolean }> {
  if (!fromStdin) return { password: generatePassword(), made: true };
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password.length < shortestPassword || password.length > 256) {
    throw new AppError('VALIDATION_FAILED', `The password must have ${shortestPassword} to 256 characters.`);
  }
  return { password, made: false };
}

async function setPassword(email: string, fromStdin: boolean): Promise<void> {
  const { password, made } = await newPassword(fromStdin);
  const config = loadConfig(withEnvFile(process.env), path => readFileSync(path, 'utf8'));
  const logging = createLogging({
    level: 'warn',
    secrets: secretValues(config),
    readable: process.stderr.isTTY === true,
  });
  const store = await openStore({ config, logger: logging.component('admin') });
  try {
    const now = () => new Date();
    const user = await createUserService(new UserRepository(store), new SessionRepository(store), now).setPasswordOf(
      email,
      password,
    );
    await new AuditRepository(store).append({
      at: now(),
      action: 'user.set-password',
      actor: { kind: 'operator', id: 'cli', label: 'npm run admin' },
      target: { type: 'user', id: user._id.toHexString() },
      ip: '',
      requestId: '',
    });
    process.stdout.write(
      made ? `New password of ${user.email}: ${password}\n` : `The password of ${user.email} is changed.\n`,
    );
    if (user.disabled)
      process.stdout.write(
        'This user is switched off; an administrator must switch them on before they can sign in.\n',
      );
  } finally {
    await store.close();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { stdin: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [command, email, ...more] = positionals;
  if (values.help) return void process.stdout.write(`${usage}\n`);
  if (command !== 'set-password' || email === undefined || more.length > 0) throw new AppError('BAD_REQUEST', usage);
  await setPassword(email, values.stdin ?? false);
}

main().catch((error: unknown) => {
  const expected =
    error instanceof ConfigError ||
    error instanceof AppError ||
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${expected ? (error as Error).message : ((error as Error)?.stack ?? String(error))}\n`);
  process.exitCode = 1;
});
