import { loadNumber } from './load-numbers.ts';
import type { LoadOrder } from './load-order.ts';
import type { LoadReport } from './load-report.ts';
import { readSettings } from './load-settings.ts';
import { createProductWatch, findTarget, type LoadTarget, TargetRefused } from './load-target.ts';
import { exceeded, printed } from './load-verdict.ts';

const usage = `Usage: npm run loadtest -- --product URL --calls N --ramp S --minutes M [--key KEY | --email E --password P] [options]

Puts simulated calls on an installation whose carrier is the sandbox's carrier twin, and says what became of them.
--product        address of the installation; --key or a user with system:write (also from API_KEY, or ADMIN_EMAIL and ADMIN_PASSWORD)
--calls          calls at a time          --ramp  seconds over which they begin      --minutes  how long all of them are held
--people         talking (without a pause), idle (a word now and then), or mixed (every tenth talks); talking without it
--silence-share  percent of the idle ones' time in which they say nothing (90); at 100 the product ends their calls, as it should
--silence        steady (a frame every 20 ms) or sparse (as networks that suppress it)
--direction      inbound (they call) or outbound (the product is asked to call them); inbound without it
--call-seconds   calls are hung up after so long, and others take their place
--to             which of the account's numbers is called
--json           prints the report as JSON
Thresholds, with exit code 1 when one is exceeded: --max-failures PERCENT (1)  --max-loss PERCENT (0.1)  --max-p95 MS  --max-p99 MS
                 --max-first-sound MS  --max-memory MIB
A carrier twin outside the product needs its token: TWILIO_AUTH_TOKEN. Exit codes: 0 passed, 1 a threshold, 2 could not run,
3 refused because the carrier is not the twin.`;

const pollMs = 1_000;

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

/** How it is used is told to whoever got the command wrong, not to whose product cannot be reached. */
function understood(args: string[]): ReturnType<typeof readSettings> {
  try {
    return readSettings(args, process.env);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}

/** `npm run loadtest`: drives the carrier twin of an installation and judges how the installation did. */
async function main(): Promise<void> {
  const settings = understood(process.argv.slice(2));
  if (settings === 'help') return console.log(usage);
  const target = await findTarget(settings.product, settings.credentials);
  const { publicUrl } = target.farEnds;
  const order = {
    ...settings.order,
    voiceUrl: `${publicUrl}/voice`,
    statusCallback: `${publicUrl}/call-status-callback`,
  };
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
  const problems = exceeded(report, product, settings.thresholds);
  if (settings.json) console.log(JSON.stringify({ report, product, exceeded: problems }, null, 2));
  else
    console.log(
      `${printed(report, product)}\n${problems.length ? problems.map(each => `EXCEEDED  ${each}`).join('\n') : 'passed'}`,
    );
  process.exitCode = problems.length ? 1 : 0;
}

main().catch((error: Error) => {
  process.exitCode = error instanceof TargetRefused ? 3 : 2;
  console.error(error.message);
});
