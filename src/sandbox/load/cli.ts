import { parseArgs } from 'node:util';
import { loadNumber, loadNumbers } from './load-numbers.ts';
import type { LoadOrder } from './load-order.ts';
import type { LoadReport } from './load-report.ts';
import { createProductWatch, findTarget, type LoadTarget, TargetRefused } from './load-target.ts';
import { exceeded, printed, type Thresholds } from './load-verdict.ts';

const usage = `Usage: npm run loadtest -- --product URL --calls N --ramp S --minutes M [--key KEY | --email E --password P] [options]

Puts simulated calls on an installation whose carrier is the sandbox's carrier twin, and says what became of them.
--product        address of the installation; --key or a user with system:write (also from API_KEY, or ADMIN_EMAIL and ADMIN_PASSWORD)
--calls          calls at a time          --ramp  seconds over which they begin      --minutes  how long all of them are held
--people         talking (every frame is measured), idle (silence), or mixed (every tenth talks); talking without it
--silence        steady (a frame every 20 ms) or sparse (as networks that suppress it)
--direction      inbound (they call) or outbound (the product is asked to call them); inbound without it
--call-seconds   calls are hung up after so long, and others take their place
--to             which of the account's numbers is called
--json           prints the report as JSON
Thresholds, with exit code 1 when one is exceeded: --max-failures PERCENT (1)  --max-loss PERCENT (0.1)  --max-p95 MS  --max-p99 MS
                 --max-first-sound MS  --max-memory MIB
A carrier twin outside the product needs its token: TWILIO_AUTH_TOKEN. Exit codes: 0 passed, 1 a threshold, 2 could not run,
3 refused because the carrier is not the twin.`;

const shares = { talking: 1, mixed: 0.1, idle: 0 } as const;
const pollMs = 1_000;

function settings() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ product: text, calls: text, ramp: text, minutes: text, key: text, email: text, password: text, to: text },
      ...{ people: { ...text, default: 'talking' }, silence: { ...text, default: 'steady' } },
      ...{ direction: { ...text, default: 'inbound' }, 'call-seconds': text },
      ...{ 'max-failures': { ...text, default: '1' }, 'max-loss': { ...text, default: '0.1' } },
      ...{ 'max-p95': text, 'max-p99': text, 'max-first-sound': text, 'max-memory': text },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  return values;
}
type Settings = ReturnType<typeof settings>;

function number(values: Settings, name: keyof Settings, least: number, most: number): number | undefined {
  const raw = values[name];
  if (raw === undefined) return undefined;
  const value = raw === '' ? Number.NaN : Number(raw);
  if (!(value >= least && value <= most))
    throw new Error(`--${name} ${raw}: expected a number from ${least} to ${most}`);
  return value;
}
function needed(values: Settings, name: keyof Settings, least: number, most: number): number {
  const value = number(values, name, least, most);
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}
function oneOf<T extends string>(name: string, raw: string, allowed: readonly T[]): T {
  if (!(allowed as readonly string[]).includes(raw))
    throw new Error(`--${name} ${raw}: expected ${allowed.join(', ')}`);
  return raw as T;
}

function orderFrom(values: Settings, publicUrl: string): LoadOrder {
  const callSeconds = number(values, 'call-seconds', 1, 86_400);
  const calls = needed(values, 'calls', 1, 20_000);
  const direction = oneOf('direction', values.direction, ['inbound', 'outbound']);
  if (!Number.isInteger(calls)) throw new Error(`--calls ${calls}: expected a whole number`);
  if (direction === 'outbound' && calls > loadNumbers)
    throw new Error(
      `--calls ${calls}: there are ${loadNumbers} numbers to call; start several load tests one after the other`,
    );
  return {
    calls,
    rampSeconds: needed(values, 'ramp', 0, 3_600),
    holdSeconds: needed(values, 'minutes', 0.02, 1_440) * 60,
    talking: shares[oneOf('people', values.people, ['talking', 'mixed', 'idle'])],
    silence: oneOf('silence', values.silence, ['steady', 'sparse']),
    direction,
    ...(callSeconds === undefined ? {} : { callSeconds }),
    ...(values.to === undefined ? {} : { to: values.to }),
    voiceUrl: `${publicUrl}/voice`,
    statusCallback: `${publicUrl}/call-status-callback`,
  };
}

function thresholdsFrom(values: Settings): Thresholds {
  const limits = {
    maxP95: number(values, 'max-p95', 0, 60_000),
    maxP99: number(values, 'max-p99', 0, 60_000),
    maxFirstSound: number(values, 'max-first-sound', 0, 60_000),
    maxMemoryMib: number(values, 'max-memory', 1, 1_000_000),
  };
  return {
    maxFailures: needed(values, 'max-failures', 0, 100),
    maxLoss: needed(values, 'max-loss', 0, 100),
    ...(Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Partial<Thresholds>),
  };
}

/** Has the product call everybody, evenly over the ramp; gives what it refused. */
async function placeCalls(target: LoadTarget, order: LoadOrder): Promise<Record<string, number>> {
  const refused: Record<string, number> = {};
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < order.calls; index += 1) {
    const due = startedAt + (index / order.calls) * order.rampSeconds * 1_000;
    await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())));
    const one = target.call(loadNumber(index)).catch((error: Error) => `not placed: ${error.message}`);
    pending.push(
      one.then(problem => {
        if (problem) refused[problem] = (refused[problem] ?? 0) + 1;
      }),
    );
  }
  await Promise.all(pending);
  return refused;
}

const progress = ({ state, elapsedSeconds, calls, failures, latencyMs }: LoadReport): string => {
  const failed = Object.values(failures).reduce((sum, each) => sum + each, 0);
  const p95 = latencyMs.roundTrip ? `, round trip p95 ${latencyMs.roundTrip.p95} ms` : '';
  return `${elapsedSeconds.toFixed(0).padStart(5)} s  ${state}: ${calls.live} live, ${calls.connected} connected, ${failed} failed${p95}`;
};

/** `npm run loadtest`: drives the carrier twin of an installation and judges how the installation did. */
async function main(): Promise<void> {
  const values = settings();
  if (values.help) return console.log(usage);
  if (!values.product) throw new Error('--product is missing');
  if (!URL.canParse(values.product))
    throw new Error(`--product ${values.product}: expected an address such as http://127.0.0.1:8000`);
  const thresholds = thresholdsFrom(values);
  orderFrom(values, 'https://calls.example.com'); // mistakes are told before anybody is asked anything
  const { env } = process;
  const [key, email, password] = [
    values.key ?? (values.email ? undefined : env['API_KEY']),
    values.email ?? env['ADMIN_EMAIL'],
    values.password ?? env['ADMIN_PASSWORD'],
  ];
  const target = await findTarget(values.product, {
    ...(key ? { key } : {}),
    ...(email ? { email } : {}),
    ...(password ? { password } : {}),
    ...(env['TWILIO_AUTH_TOKEN'] ? { carrierAuthToken: env['TWILIO_AUTH_TOKEN'] } : {}),
  });
  const order = orderFrom(values, target.farEnds.publicUrl);
  if (target.farEnds.carrier.controlKey)
    console.error(
      'The carrier twin runs inside the product: both share one processor (docs/sandbox.md tells how to part them).',
    );
  const watch = createProductWatch(target);
  let report = await target.start(order);
  const placing = order.direction === 'outbound' ? placeCalls(target, order) : Promise.resolve({});
  const stop = () => void target.stop().catch(() => {});
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  for (let round = 0; report.state !== 'done'; round += 1) {
    await new Promise(resolve => setTimeout(resolve, pollMs));
    report = await target.report();
    await watch.look(report.state === 'holding');
    if (round % 5 === 4) console.error(progress(report));
  }
  const notPlaced: Record<string, number> = await placing;
  const refused = Object.values(notPlaced).reduce((sum, each) => sum + each, 0);
  report = {
    ...report,
    calls: { ...report.calls, placed: report.calls.placed + refused },
    failures: { ...report.failures, ...notPlaced },
  };
  const product = watch.figures();
  const problems = exceeded(report, product, thresholds);
  if (values.json) console.log(JSON.stringify({ report, product, exceeded: problems }, null, 2));
  else
    console.log(
      `${printed(report, product)}\n${problems.length ? problems.map(each => `EXCEEDED  ${each}`).join('\n') : 'passed'}`,
    );
  process.exitCode = problems.length ? 1 : 0;
}

main().catch((error: Error) => {
  process.exitCode = error instanceof TargetRefused ? 3 : 2;
  console.error(process.exitCode === 3 ? error.message : `${error.message}\n\n${usage}`);
});
