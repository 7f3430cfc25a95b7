import { release } from 'node:os';
import { createNumberDirectory } from '../agents/number-directory.ts';
import { NumberRepository } from '../agents/number-repository.ts';
import type { AdminCommand, AdminContext } from '../auth/admin-commands.ts';
import type { Config } from '../config.ts';
import { createElevenLabsEngine } from '../engines/elevenlabs/elevenlabs-engine.ts';
import { createEngineMetrics } from '../engines/engine-metrics.ts';
import { createEngines } from '../engines/engines.ts';
import { createDependencies } from '../ops/dependencies.ts';
import { createKillSwitch } from '../ops/kill-switch.ts';
import type { Logging } from '../ops/logger.ts';
import { createMetrics } from '../ops/metrics.ts';
import { SettingsRepository } from '../ops/settings-repository.ts';
import { createPublicAddress } from '../public-address.ts';
import type { Store } from '../store/open-store.ts';
import { createCarrierAddresses } from '../telephony/carrier-addresses.ts';
import { createTwilioCarrier } from '../telephony/twilio-carrier.ts';
import { apiBaseUrlOf } from '../telephony/twilio-region.ts';
import { type Finding, ok, type PreflightReport, reportOn } from './preflight.types.ts';
import { createEcho, installationChecks } from './preflight-installation.ts';
import { type Check, runChecks } from './preflight-runner.ts';

interface DoctorReport {
  readonly versions: Readonly<Record<string, string>>;
  readonly preflight: PreflightReport;
}

/** Looks at everything that calls need, and says what to mend. Prints no secret, and changes nothing. */
export const doctorCommand: AdminCommand = {
  usage: [
    'doctor',
    'checks the installation: credentials, balance, agents, the public address, the store; says what to mend and',
    'prints versions. Exit code 1 when something keeps every call from being placed',
  ],
  args: [0, 0],
  flags: ['json', 'url', 'dryRun'],
  run: async (_, context) => {
    const report = context.remote ? await askRemote(context) : await lookHere(context);
    context.tell(report, inWords(report));
    if (!report.preflight.ready) process.exitCode = 1;
  },
};

async function askRemote({ remote }: AdminContext): Promise<DoctorReport> {
  const [{ preflight }, { version, node }] = await Promise.all([
    remote!.ask('GET', '/api/admin/preflight'),
    remote!.ask('GET', '/api/admin/system'),
  ]);
  const versions = { parley: String(version), node: String(node), server: remote!.origin };
  return { versions, preflight: preflight as PreflightReport };
}

const lookHere = ({ onStore, now }: AdminContext): Promise<DoctorReport> =>
  onStore(async (store, config, logging) => {
    const metrics = createMetrics();
    const closing: (() => unknown)[] = [() => metrics.stop()];
    try {
      const checks = checksHere(store, config, logging, metrics, now, closing);
      const logger = logging.component('doctor');
      const findings = await runChecks(checks, (check, err) =>
        logger.debug({ err, check }, 'a check could not be made'),
      );
      const { MONGODB_URI } = config;
      const versions = {
        node: process.version,
        system: `${process.platform} ${release()} ${process.arch}`,
        store: MONGODB_URI ? 'MongoDB' : 'embedded',
      };
      return { versions, preflight: reportOn(findings, now()) };
    } finally {
      for (const close of closing) await close();
    }
  });

function checksHere(
  store: Store,
  config: Config,
  logging: Logging,
  metrics: ReturnType<typeof createMetrics>,
  now: () => Date,
  closing: (() => unknown)[],
): Check[] {
  const { TWILIO_ACCOUNT_SID = '', TWILIO_AUTH_TOKEN = '', TWILIO_PHONE_NUMBER, SERVER_URL, sandbox } = config;
  const settings = new SettingsRepository(store);
  const address = createPublicAddress(() => SERVER_URL ?? '');
  const dependencies = createDependencies();
  dependencies.register({
    name: 'store',
    critical: true,
    check: async () => {
      const { status, problem } = await store.health();
      return { state: status, ...(problem ? { detail: problem } : {}) };
    },
  });
  const carrier = createTwilioCarrier({
    accountSid: TWILIO_ACCOUNT_SID,
    authToken: TWILIO_AUTH_TOKEN,
    apiBaseUrl: apiBaseUrlOf(config),
    metrics,
  });
  const engine = createElevenLabsEngine({
    baseUrl: config.ELEVENLABS_API_BASE_URL,
    apiKey: config.ELEVENLABS_API_KEY ?? '',
    metrics: createEngineMetrics(metrics),
    onError: () => {},
  });
  closing.push(
    () => carrier.close(),
    () => engine.close(),
  );
  const repository = new NumberRepository(store);
  const checks = installationChecks({
    carrier,
    engines: createEngines([engine]),
    numbers: createNumberDirectory({
      repository,
      // What the server last saw is enough here.
      service: { refresh: async () => {} },
      ownPhone: TWILIO_PHONE_NUMBER,
      logger: logging.component('doctor'),
      now,
    }),
    killSwitch: createKillSwitch(settings, now),
    dependencies,
    webhookSecret: config.ELEVENLABS_WEBHOOK_SECRET !== undefined,
    reach: {
      direct: sandbox.carrier,
      serverUrl: SERVER_URL,
      addressOf: path => address.http(path),
      signedAddress: () => createCarrierAddresses(address).streamStatus('0'.repeat(24)),
      accountSid: TWILIO_ACCOUNT_SID,
      authToken: TWILIO_AUTH_TOKEN,
      proofOf: createEcho(settings),
    },
  });
  const stoodIn = (check: string, side: string): Finding =>
    ok(check, `The ${side} is the sandbox, inside the server; with --url the server is asked about it.`);
  return checks.map(check => {
    if (sandbox.carrier && (check.name.startsWith('carrier-') || check.name === 'caller-id'))
      return { name: check.name, look: () => [stoodIn(check.name, 'carrier')] };
    if (sandbox.agent && (check.name.startsWith('engine-') || check.name === 'reports'))
      return { name: check.name, look: () => [stoodIn(check.name, 'agents’ vendor')] };
    return check;
  });
}

const signs = { block: 'STOP', warn: 'look', ok: 'ok  ' } as const;

function inWords({ versions, preflight }: DoctorReport): string {
  const { findings, blocking, warnings, ready } = preflight;
  const lines = findings.flatMap(({ level, check, message, remedy }) => [
    `  ${signs[level]}  ${check}: ${message}`,
    ...(remedy ? [`        ${remedy}`] : []),
  ]);
  const about = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  const sum = ready
    ? `Calls can be placed${warnings ? `; ${counted(warnings, 'thing')} to look at` : ''}.`
    : `Calls cannot be placed: ${counted(blocking, 'thing')} to mend${warnings ? `, ${warnings} to look at` : ''}.`;
  return [about.join(' · '), ...lines, sum].join('\n');
}
