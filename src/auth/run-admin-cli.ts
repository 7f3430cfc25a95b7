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
import { campaignCommands } from '../campaigns/campaign-commands-cli.ts';
import { doctorCommand } from '../campaigns/doctor-cli.ts';
import { type Environment, loadConfig, secretValues } from '../config.ts';
import { AppError } from '../errors.ts';
import { createLogging } from '../ops/logger.ts';
import { openStore } from '../store/open-store.ts';
import { type AdminCommands, type AdminContext, type AdminFlags, operator } from './admin-commands.ts';
import { remoteServer } from './admin-remote.ts';
import { AuditRepository } from './audit-repository.ts';
import { killSwitchCommand } from './kill-switch-command.ts';
import { generatePassword } from './passwords.ts';
import { SessionRepository } from './session-repository.ts';
import { UserRepository } from './user-repository.ts';
import { createUserService } from './user-service.ts';

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
const storeOpener =
  (environment: Environment): AdminContext['onStore'] =>
  async work => {
    const config = loadConfig(environment, path => readFileSync(path, 'utf8'));
    const logging = createLogging({
      level: 'warn',
      secrets: secretValues(config),
      // The output of a command is for people and programs; what is logged goes beside it.
      destination: { write: line => void process.stderr.write(line) },
    });
    const store = await openStore({ config, logger: logging.component('admin') });
    try {
      return await work(store, config, logging);
    } finally {
      await store.close();
    }
  };

const now = () => new Date();

const audit: AdminContext['audit'] = (store, entry) =>
  new AuditRepository(store).append({ at: now(), actor: operator, ip: '', requestId: '', ...entry });

async function setPassword(email: string, { flags, onStore, audit, print }: AdminContext): Promise<void> {
  const fromStdin = flags.stdin;
  const { password, made } = await newPassword(fromStdin);
  await onStore(async store => {
    const users = createUserService(new UserRepository(store), new SessionRepository(store), now);
    const user = await users.setPasswordOf(email, password);
    await audit(store, { action: 'user.set-password', target: { type: 'user', id: user._id.toHexString() } });
    print(made ? `New password of ${user.email}: ${password}\n` : `The password of ${user.email} is changed.\n`);
    if (user.disabled)
      print('This user is switched off; an administrator must switch them on before they can sign in.\n');
  });
}

async function rebuildRollups({ onStore, audit, print }: AdminContext): Promise<void> {
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
    print(`The figures of ${count} calls were added up anew in ${seconds} s.\n`);
  });
}

async function pointNumber(phone: string | undefined, { flags, onStore, audit, print }: AdminContext): Promise<void> {
  const { dryRun, yes, json } = flags;
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
          if (!json) print(describePlan(plan));
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
    if (json) print(`${JSON.stringify({ ...plan, before, after, done })}\n`);
    else if (dryRun) print(`${describePlan(result)}Nothing was changed.\n`);
    else print(done ? `Calls to ${plan.phone} reach this installation.\n` : 'Nothing was changed.\n');
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

const commands: AdminCommands = {
  'set-password': {
    usage: [
      'set-password EMAIL [--stdin]',
      'gives the user a new password, which is printed; their sessions end. --stdin takes it from standard',
      'input instead (never from the command line, where other users of the machine could read it)',
    ],
    args: [1, 1],
    flags: ['stdin'],
    run: ([email], context) => setPassword(email!, context),
  },
  'connect-number': {
    usage: [
      'connect-number [NUMBER] [--yes]',
      'points a number of the Twilio account (TWILIO_PHONE_NUMBER by default) at SERVER_URL; shows where it',
      'points now and asks first, unless --yes',
    ],
    args: [0, 1],
    flags: ['dryRun', 'yes', 'json'],
    run: ([phone], context) => pointNumber(phone, context),
  },
  'rebuild-rollups': {
    usage: [
      'rebuild-rollups',
      'adds all figures up anew from the calls, also while a server runs; they are the same as before unless',
      'something was wrong',
    ],
    args: [0, 0],
    flags: [],
    run: (_, context) => rebuildRollups(context),
  },
  'kill-switch': killSwitchCommand,
  doctor: doctorCommand,
  ...campaignCommands,
};

const flagNames = {
  stdin: 'stdin',
  reason: 'reason',
  dryRun: 'dry-run',
  yes: 'yes',
  json: 'json',
  count: 'count',
  url: 'url',
} as const;

const usage = (): string => `usage: npm run admin -- COMMAND

${Object.values(commands)
  .map(({ usage: [form, ...about] }) => `  ${form}\n${about.map(line => `      ${line}`).join('\n')}`)
  .join('\n')}

  --dry-run   only shows what would be done
  --json      one JSON document instead of sentences
  --url URL   does it on that server, with an API key of it in PARLEY_API_KEY; otherwise the work is done on the store itself,
              whether a server runs or not`;

export interface AdminRun {
  /** What follows the name of the program. */
  readonly args: readonly string[];
  readonly environment: Environment;
  /** Where the command's own output goes. */
  readonly print: (text: string) => void;
}

/** Runs one command of an operator; rejects with an `AppError` that says what is wrong where the operator can mend it. */
export async function runAdmin({ args: given, environment, print }: AdminRun): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: {
      stdin: { type: 'boolean' },
      reason: { type: 'string' },
      'dry-run': { type: 'boolean' },
      yes: { type: 'boolean' },
      json: { type: 'boolean' },
      count: { type: 'string' },
      url: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void print(`${usage()}\n`);
  const [name = '', ...args] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command || args.length < command.args[0] || args.length > command.args[1])
    throw new AppError('BAD_REQUEST', usage());
  for (const [flag, written] of Object.entries(flagNames)) {
    if (values[written] !== undefined && !command.flags.includes(flag as keyof typeof flagNames))
      throw new AppError('BAD_REQUEST', `${name} knows no --${written}.\n${usage()}`);
  }
  const { stdin = false, reason, 'dry-run': dryRun = false, yes = false, json = false, count, url } = values;
  const flags: AdminFlags = {
    stdin,
    reason,
    dryRun,
    yes,
    json,
    count: count === undefined ? undefined : wholeNumber(count),
  };
  await command.run(args, {
    flags,
    now,
    remote: url === undefined ? null : remoteServer(url, environment['PARLEY_API_KEY']),
    onStore: storeOpener(environment),
    audit,
    print,
    tell: (report, words) => void print(`${json ? JSON.stringify(report) : words}\n`),
  });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new AppError('BAD_REQUEST', '--count must be a whole number from 1 on.');
  return number;
}
