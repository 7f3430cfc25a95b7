import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { connectNumber, describePlan } from '../agents/connect-number.ts';
import { auditForm } from '../agents/number-state.ts';
import { createFiguresCounter } from '../analytics/figures-counter.ts';
import { RollupLogRepository } from '../analytics/rollup-log-repository.ts';
import { RollupRepository } from '../analytics/rollup-repository.ts';
import { priceTableOf } from '../calls/call-cost.ts';
import { createCallFigures } from '../calls/call-figures.ts';
import { CallRepository } from '../calls/call-repository.ts';
import { type Config, ConfigError, loadConfig, secretValues } from '../config.ts';
import { withEnvFile } from '../environment.ts';
import { AppError } from '../errors.ts';
import { createKillSwitch } from '../ops/kill-switch.ts';
import { createLogging, type Logging } from '../ops/logger.ts';
import { SettingsRepository } from '../ops/settings-repository.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { AuditRepository } from './audit-repository.ts';
import type { AuditEntry } from './audit-trail.ts';
import { generatePassword } from './passwords.ts';
import { SessionRepository } from './session-repository.ts';
import { UserRepository } from './user-repository.ts';
import { createUserService } from './user-service.ts';

const usage = `usage: npm run admin -- COMMAND

  set-password EMAIL            gives the user a new password, which is printed; their sessions end
  set-password EMAIL --stdin    takes the password from standard input instead (never from the command line,
                                where other users of the machine could read it)
  connect-number [NUMBER] [--dry-run] [--yes] [--json]
                                points a number of the Twilio account (TWILIO_PHONE_NUMBER by default) at SERVER_URL; shows
                                where it points now and asks first, unless --yes; --dry-run only shows
  kill-switch on|off [--reason TEXT]
                                stops all calling at once, also while a server runs, or allows it again
  rebuild-rollups               adds all figures up anew from the calls, also while a server runs; they are the same as before
                                unless something was wrong`;

const shortestPassword = 12;

async function newPassword(fromStdin: boolean): Promise<{ password: string; made: boolean }> {
  if (!fromStdin) return { password: generatePassword(), made: true };
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password.length < shortestPassword || password.length > 256) {
    throw new AppError('VALIDATION_FAILED', `The password must have ${shortestPassword} to 256 characters.`);
  }
  return { password, made: false };
}

/** Opens the store as the server would, does the work, and closes it whatever happens. */
async function onStore(work: (store: Store, config: Config, logging: Logging) => Promise<void>): Promise<void> {
  const config = loadConfig(withEnvFile(process.env), path => readFileSync(path, 'utf8'));
  const logging = createLogging({
    level: 'warn',
    secrets: secretValues(config),
    // The output of a command is for people and programs; what is logged goes beside it.
    destination: { write: line => void process.stderr.write(line) },
  });
  const store = await openStore({ config, logger: logging.component('admin') });
  try {
    await work(store, config, logging);
  } finally {
    await store.close();
  }
}

const now = () => new Date();

const audit = (store: Store, entry: Pick<AuditEntry, 'action' | 'target' | 'before' | 'after'>) =>
  new AuditRepository(store).append({
    at: now(),
    actor: { kind: 'operator', id: 'cli', label: 'npm run admin' },
    ip: '',
    requestId: '',
    ...entry,
  });

async function setPassword(email: string, fromStdin: boolean): Promise<void> {
  const { password, made } = await newPassword(fromStdin);
  await onStore(async store => {
    const users = createUserService(new UserRepository(store), new SessionRepository(store), now);
    const user = await users.setPasswordOf(email, password);
    await audit(store, { action: 'user.set-password', target: { type: 'user', id: user._id.toHexString() } });
    process.stdout.write(
      made ? `New password of ${user.email}: ${password}\n` : `The password of ${user.email} is changed.\n`,
    );
    if (user.disabled)
      process.stdout.write(
        'This user is switched off; an administrator must switch them on before they can sign in.\n',
      );
  });
}

async function turnKillSwitch(on: boolean, reason: string | undefined): Promise<void> {
  await onStore(async store => {
    const killSwitch = createKillSwitch(new SettingsRepository(store), now);
    const before = await killSwitch.state();
    await killSwitch.turn(on, 'npm run admin', reason ?? null);
    await audit(store, {
      action: 'kill-switch.turn',
      target: { type: 'setting', id: 'kill-switch' },
      before: { on: before.on },
      after: { on, ...(reason ? { reason } : {}) },
    });
    process.stdout.write(
      on ? 'Calling is stopped: nobody is called until it is turned off again.\n' : 'Calling is allowed again.\n',
    );
  });
}

async function rebuildRollups(): Promise<void> {
  await onStore(async (store, config) => {
    const calls = createCallFigures(new CallRepository(store), priceTableOf(config));
    const rollups = new RollupRepository(store);
    const log = new RollupLogRepository(store);
    for (const repository of [rollups, log]) await repository.ensureIndexes();
    const currency = config.COST_CURRENCY;
    const startedAt = performance.now();
    const counter = createFiguresCounter({ calls, rollups, log, owner: `cli-${process.pid}`, currency, now });
    const count = await counter.rebuild();
    await audit(store, { action: 'rollups.rebuild', target: { type: 'rollups', id: 'all' }, after: { calls: count } });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    process.stdout.write(`The figures of ${count} calls were added up anew in ${seconds} s.\n`);
  });
}

interface ConnectOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

async function pointNumber(phone: string | undefined, { dryRun, yes, json }: ConnectOptions): Promise<void> {
  if (!dryRun && !yes && (json || process.stdin.isTTY !== true)) {
    throw new AppError(
      'BAD_REQUEST',
      'Nobody is there to confirm: add --yes, or --dry-run to only see what would change.',
    );
  }
  await onStore(async (store, config, logging) => {
    const result = await connectNumber(
      {
        phone,
        dryRun,
        confirm: async plan => {
          if (!json) process.stdout.write(describePlan(plan));
          return yes || /^y(es)?$/i.test(await answerTo('Point it here? [y/N] '));
        },
      },
      { config, store, logger: logging.component('numbers'), now },
    );
    const { id, done, before, after, ...plan } = result;
    if (done)
      await audit(store, {
        action: 'number.connect',
        target: { type: 'number', id },
        before: auditForm(before),
        after: auditForm(after),
      });
    if (json) process.stdout.write(`${JSON.stringify({ ...plan, before, after, done })}\n`);
    else if (dryRun) process.stdout.write(`${describePlan(result)}Nothing was changed.\n`);
    else process.stdout.write(done ? `Calls to ${plan.phone} reach this installation.\n` : 'Nothing was changed.\n');
  });
}

async function answerTo(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      stdin: { type: 'boolean' },
      reason: { type: 'string' },
      'dry-run': { type: 'boolean' },
      yes: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const [command, argument, ...more] = positionals;
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const wrong = () => new AppError('BAD_REQUEST', usage);
  if (command === 'connect-number' && more.length === 0) {
    const { 'dry-run': dryRun = false, yes = false, json = false } = values;
    return pointNumber(argument, { dryRun, yes, json });
  }
  if (command === 'rebuild-rollups' && argument === undefined) return rebuildRollups();
  if (argument === undefined || more.length > 0) throw wrong();
  if (command === 'set-password') return setPassword(argument, values.stdin ?? false);
  if (command === 'kill-switch' && (argument === 'on' || argument === 'off')) {
    return turnKillSwitch(argument === 'on', values.reason);
  }
  throw wrong();
}

main().catch((error: unknown) => {
  const expected =
    error instanceof ConfigError ||
    error instanceof AppError ||
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${expected ? (error as Error).message : ((error as Error)?.stack ?? String(error))}\n`);
  process.exitCode = 1;
});
