// Holds calls with people and agents who talk on the real bridge and looks whether its memory stays flat. Takes the number of calls
// (100 unless given), minutes (15) and seconds of one call (180), or --sample for a few calls and half a minute.
import { fileURLToPath } from 'node:url';
import type { FrameCounts } from '../../src/sandbox/load/load-meter.ts';
import { eventually, type Product, type ProductSite, publicOrigin, startProductSite } from './lib/product-site.ts';

export interface SoakOptions {
  readonly calls: number;
  readonly minutes: number;
  /** A call is hung up after so long, and another one takes its place: what ends must leave nothing, too. */
  readonly callSeconds: number;
  readonly sampleEveryMs: number;
  readonly say?: (line: string) => void;
}

/** After its garbage was collected. In bytes. */
interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}
interface Sample extends Memory {
  readonly at: number;
  readonly live: number;
}

export interface SoakReport {
  /** The medians of the four quarters. */
  readonly quarters: readonly Memory[];
  /** When the last call has ended. */
  readonly afterwards: Memory;
  readonly problems: string[];
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const probe = fileURLToPath(new URL('lib/memory-probe.mjs', import.meta.url));

/** What may be more in the last quarter than in the second; in the first everything is still warming up. */
const allowed = {
  heapUsed: { share: 1.05, bytes: 4 * 1024 * 1024 },
  external: { share: 1.1, bytes: 4 * 1024 * 1024 },
  rss: { share: 1.1, bytes: 24 * 1024 * 1024 },
} as const;

/** Calls that are held, and replaced when they end, on one process of the product. */
export async function soak({
  calls,
  minutes,
  callSeconds,
  sampleEveryMs,
  say = () => {},
}: SoakOptions): Promise<SoakReport> {
  const site = await startProductSite({ recognise: false, callsPerSecond: 100 });
  try {
    const product = await site.start('soaked', {}, ['--expose-gc', '--import', probe]);
    site.router.route(() => [product.address]);
    await site.ask(product, 'GET', '/api/numbers');
    // Evenly over the length of a call, so that later, too, calls end and begin one at a time.
    const rampSeconds = Math.min(callSeconds, calls * 0.8);
    const before = await memoryOf(product);
    say(`before the first call: ${told(before)}`);
    site.carrier.control.startLoad({
      ...{ calls, rampSeconds, holdSeconds: minutes * 60, callSeconds, talking: 1 },
      ...{ silence: 'steady', direction: 'inbound' },
      voiceUrl: `${publicOrigin}/voice`,
      statusCallback: `${publicOrigin}/call-status-callback`,
    });
    const report = () => site.carrier.control.load()!;
    const samples: Sample[] = [];
    let cpu = 0;
    for (;;) {
      await new Promise(resolve => setTimeout(resolve, sampleEveryMs));
      const { state, calls: counted, elapsedSeconds } = report();
      if (state === 'ending' || state === 'done') break;
      if (state !== 'holding') continue;
      samples.push({ ...(await memoryOf(product)), at: Date.now(), live: counted.live });
      if (samples.length % 6 === 0) {
        const failed = Object.values(report().failures).reduce((sum, each) => sum + each, 0);
        say(`${elapsedSeconds.toFixed(0)} s, ${counted.live} calls, ${failed} failed: ${told(samples.at(-1)!)}`);
      }
    }
    for (const line of slowest(product.output())) say(line);
    cpu = await metric(site, product, 'process_cpu_seconds_total');
    await site.carrier.control.loadFinished();
    await eventually(
      async () => (await site.ask(product, 'GET', '/api/admin/sessions')).body.items.length === 0,
      'an empty registry',
    );
    await eventually(
      async () => (await site.ask(product, 'GET', '/api/calls?active=true')).body.items.length === 0,
      'the end of every call',
      90_000,
    );
    const afterwards = await memoryOf(product);
    const done = report();
    const dropped = await metric(site, product, 'media_events_total', 'kind="dropped"');
    const unsent = site.carrier.control.debugger.filter(({ code }) => code === carrierDropped).length;
    const quarters = [0, 1, 2, 3].map(each => medians(quarter(samples, each)));
    for (const [index, each] of quarters.entries()) say(`quarter ${index + 1}: ${told(each)}`);
    say(`afterwards: ${told(afterwards)}`);
    say(
      `${done.calls.placed} calls, ${done.calls.completed} completed, ${done.calls.peak} at once; ` +
        `frames ${JSON.stringify(done.frames)}; round trip ${JSON.stringify(done.latencyMs.roundTrip)} ms; ` +
        `${((cpu / done.elapsedSeconds) * 100).toFixed(0)} % of a core`,
    );
    const growth = grown(quarters);
    say(growth.length === 0 ? 'memory is flat' : 'memory grows');
    const problems = [...growth, ...missing(done.frames, dropped, unsent), ...site.complaints().slice(0, 20)];
    for (const [why, count] of byKind(done.failures)) problems.push(`${count} calls failed: ${why}`);
    if (done.calls.placed < calls) problems.push(`only ${done.calls.placed} calls were placed`);
    return { quarters, afterwards, problems };
  } finally {
    await site.close();
  }
}

/** The carrier says so when the bridge takes audio too slowly, once for each stream. */
const carrierDropped = 31930;

/** Frames that did not come back, by who knows why: a loss that nobody has counted is a fault of the bridge. */
function missing({ lost, lostAtEnd }: FrameCounts, dropped: number, unsent: number): string[] {
  if (lost === 0 && dropped === 0 && unsent === 0) return [];
  const where = `${lost - lostAtEnd} of them in the middle of their call, ${lostAtEnd} at its end`;
  return [
    `${lost} frames did not come back, ${where}; the bridge says that it dropped ${dropped}, ` +
      `and the carrier could not send all of ${unsent} streams`,
  ];
}

/** Failures that differ in nothing but their figures are one kind. */
function byKind(failures: Readonly<Record<string, number>>): Map<string, number> {
  const kinds = new Map<string, number>();
  for (const [why, count] of Object.entries(failures)) {
    const kind = why.replace(/\d+\.\d+/g, 'N');
    kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  return kinds;
}

/** Collects the process's garbage and asks what is left. */
async function memoryOf(product: Product): Promise<Memory> {
  const lines = () => [...product.output().matchAll(/^memory (\{.*\})$/gm)];
  const known = lines().length;
  process.kill(product.pid, 'SIGUSR2');
  const [, text] = await eventually(() => lines()[known], 'a word about memory');
  return JSON.parse(text!) as Memory;
}

/** The requests that took longest, as the product's log tells them: who would know why a call had to wait. */
function slowest(output: string): string[] {
  return [...output.matchAll(/"time":"([^"]+)"[^\n]*"route":"([^"]+)"[^\n]*"ms":(\d+(?:\.\d+)?)/g)]
    .map(([, at, route, ms]) => ({ at, route, ms: Number(ms) }))
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, 3)
    .map(({ at, route, ms }) => `slow: ${route} took ${ms} ms until ${at}`);
}

/** What a process counts under this name, and under this label where there is one; 0 for what has never happened. */
async function metric(site: ProductSite, product: Product, name: string, label?: string): Promise<number> {
  const { body } = await site.ask(product, 'GET', '/metrics');
  const known = new RegExp(`^(?:parley_)?${name}${label === undefined ? '' : `\\{${label}\\}`} (\\S+)$`, 'm');
  return Number(known.exec(String(body))?.[1] ?? 0);
}

const quarter = (samples: readonly Sample[], number: number): readonly Sample[] =>
  samples.slice(Math.floor((samples.length * number) / 4), Math.floor((samples.length * (number + 1)) / 4));

const median = (values: number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
const medians = (samples: readonly Memory[]): Memory => ({
  rss: median(samples.map(each => each.rss)),
  heapUsed: median(samples.map(each => each.heapUsed)),
  external: median(samples.map(each => each.external)),
});

function grown([, second, , last]: readonly Memory[]): string[] {
  return Object.entries(allowed).flatMap(([name, { share, bytes }]) => {
    const [from, to] = [second![name as keyof Memory], last![name as keyof Memory]];
    return to > from * share + bytes ? [`${name} grew from ${mib(from)} to ${mib(to)}`] : [];
  });
}

const told = ({ rss, heapUsed, external }: Memory): string =>
  `heap ${mib(heapUsed)}, buffers ${mib(external)}, resident ${mib(rss)}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const say = (line: string) => console.log(line);
  const sample = process.argv[2] === '--sample';
  const { problems } = await soak(
    sample
      ? { calls: 10, minutes: 0.5, callSeconds: 8, sampleEveryMs: 1_000, say }
      : {
          calls: Number(process.argv[2] ?? 100),
          minutes: Number(process.argv[3] ?? 15),
          callSeconds: Number(process.argv[4] ?? 180),
          sampleEveryMs: 5_000,
          say,
        },
  );
  for (const problem of problems) console.log(problem);
  console.log(`${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
