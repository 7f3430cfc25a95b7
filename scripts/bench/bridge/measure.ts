import { mkdtemp, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { productFlags } from '../compiled.ts';
import { type Child, start } from './children.ts';
import { coreTicks, shareOfOthers } from './core-share.ts';
import type { LoadReport } from './load.ts';
import { giveRest, prefer } from './priority.ts';

export interface Garbage {
  readonly minor: number;
  readonly major: number;
  readonly minorMs: number;
  readonly majorMs: number;
  readonly longestMs: number;
}

interface State {
  readonly cpu: NodeJS.CpuUsage;
  readonly rss: number;
  readonly cpuAfter: NodeJS.CpuUsage;
  readonly garbage: Garbage;
}

export interface Rest {
  /** µs of CPU for one frame that was carried. */
  readonly cpu: number;
  /** That part of it which the kernel needs: reading, writing, waiting. */
  readonly kernel: number;
  readonly report: LoadReport;
  readonly garbage: Garbage;
}

/** The most calls that were found; where the far ends gave out before the bridge, it carries more than was found. */
export interface Most {
  readonly calls: number;
  readonly atLeast: boolean;
}

export interface BenchOptions {
  /** How long so many calls are listened to. */
  readonly windowMs: number;
  /** What the bridge has of its core when it wants all of it, 0.5 to 1; a neighbour has the rest. */
  readonly share: number;
  readonly trace: boolean;
}

const bridgeCore = 0;
/** The far ends are measured with, so a window in which they themselves came so late says nothing about a bridge. */
const lateMs = 8;
const mostLate = 4;
/** The bridge has its core for itself; where others had so much of it, the window is theirs. */
const mostOthers = 0.1;
/** Beyond so much of their core the far ends may be what gives out, and a window says nothing about a bridge either. */
const mostBusy = 0.7;

/** Bridges in processes of their own on one core; the far ends and the store on the other. */
export class Bench {
  /** Most that the far ends were busy in any window that counted, 0 to 1. */
  busiest = 0;
  /** Windows that were measured again, as the far ends came late. */
  lateWindows = 0;
  /** Windows that were measured again, as something else ran on the bridge's core. */
  disturbedWindows = 0;
  /** Windows that did not count, as the far ends were too busy, too: the most calls may be more than was found. */
  busyWindows = 0;
  private readonly bridges = new Map<string, Child>();
  private readonly folder: string;
  private readonly store: Child;
  private readonly load: Child;
  private readonly neighbour: Child | undefined;
  private readonly options: BenchOptions;
  private databases = 0;
  private current: Child | undefined;

  private constructor(folder: string, store: Child, load: Child, neighbour: Child | undefined, options: BenchOptions) {
    this.folder = folder;
    this.store = store;
    this.load = load;
    this.neighbour = neighbour;
    this.options = options;
  }

  static async open(options: BenchOptions): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'bridge-bench-store-'));
    const store = await start('store', 1, [folder]);
    // The store shares a core with the far ends, whose clock is the measure: what it writes must not make audio come late.
    setPriority(store.pid, 19);
    const load = await start('load', 1);
    prefer(load);
    const neighbour = options.share < 1 ? await start('neighbour', bridgeCore) : undefined;
    // Bridges have the same priority as the far ends.
    if (neighbour) giveRest(neighbour, load, options.share);
    return new Bench(folder, store, load, neighbour, options);
  }

  /** A bridge that was just started, not used before. */
  async fresh(kind: string): Promise<Child> {
    this.databases += 1;
    const uri = `mongodb://127.0.0.1:${this.store.hello}/bench${this.databases}?directConnection=true`;
    const flags = kind === 'parley' ? productFlags() : [];
    const bridge = await start('sut', bridgeCore, [kind, String(this.load.hello), uri], flags);
    prefer(bridge);
    return bridge;
  }

  /** Calls go to this bridge from now on. */
  async turnTo(bridge: Child, agentFormat = 'ulaw_8000'): Promise<void> {
    if (this.current) await this.load.ask({ do: 'hangUp' });
    this.current = bridge;
    await this.load.ask({ do: 'target', port: bridge.hello, path: '/media-stream', agentFormat });
  }

  /** The one bridge of a kind that is kept for all rounds; its code became quick in some seconds with calls. */
  async turnToWarm(kind: string, count: number): Promise<Child> {
    const known = this.bridges.get(kind);
    const bridge = known ?? (await this.fresh(kind));
    await this.turnTo(bridge);
    if (known) return bridge;
    this.bridges.set(kind, bridge);
    await this.load.ask({ do: 'calls', count });
    await this.window(4_000);
    return bridge;
  }

  async stop(bridge: Child): Promise<void> {
    if (this.current === bridge) {
      await this.load.ask({ do: 'hangUp' });
      this.current = undefined;
    }
    bridge.stop();
  }

  async close(): Promise<void> {
    for (const child of [...this.bridges.values(), this.load, this.store, this.neighbour]) child?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** CPU for a frame at so many calls. */
  async atRest(bridge: Child, count: number, ms = this.options.windowMs): Promise<Rest> {
    await this.load.ask({ do: 'calls', count });
    const before = await bridge.ask<State>();
    const report = await this.load.ask<LoadReport>({ do: 'measure', ms });
    this.busiest = Math.max(this.busiest, report.busy);
    const after = await bridge.ask<State>();
    const { cpuAfter: from } = before;
    const micros = after.cpu.user - from.user + after.cpu.system - from.system;
    const since = (what: 'minor' | 'major' | 'minorMs' | 'majorMs') => after.garbage[what] - before.garbage[what];
    return {
      cpu: micros / report.received,
      kernel: (after.cpu.system - from.system) / report.received,
      report,
      garbage: {
        minor: since('minor'),
        major: since('major'),
        minorMs: since('minorMs'),
        majorMs: since('majorMs'),
        longestMs: after.garbage.longestMs,
      },
    };
  }

  /** KiB for one live call, both sockets and all buffers, in a process that was just started. */
  async memory(kind: string, count: number): Promise<number> {
    const bridge = await this.fresh(kind);
    await this.turnTo(bridge);
    await this.load.ask({ do: 'calls', count: 20 });
    await this.window(1_000);
    const empty = await bridge.ask<State>({ do: 'memory' });
    await this.load.ask({ do: 'calls', count });
    await this.window(2_500);
    const full = await bridge.ask<State>({ do: 'memory' });
    await this.stop(bridge);
    return (full.rss - empty.rss) / 1024 / (count - 20);
  }

  /** The most calls, in steps, that are carried in time and with nothing lost: looked for around `first`. */
  async most(first: number, step: number, limitMs: number, atMost: number, known: boolean): Promise<Most> {
    // Upwards in short steps where the place is known, else in long ones.
    const wide = () => (known ? 2 * step : Math.ceil((0.2 * fits) / step) * step);
    let fits = 0;
    let fails = atMost + step;
    let atLeast = true;
    let count = Math.min(first, atMost);
    while (fails - fits > step) {
      const found = await this.listen(count, limitMs);
      if (found === 'holds') fits = count;
      else {
        fails = count;
        atLeast = found === 'far-ends-busy';
        await this.rest();
      }
      if (fails > atMost) count = Math.min(atMost, fits + wide());
      else if (fits === 0) count = Math.max(step, Math.floor((0.8 * fails) / step) * step);
      else count = fits + Math.max(step, Math.floor((fails - fits) / 2 / step) * step);
      if (fits >= atMost || fails <= step) break;
    }
    return { calls: fits, atLeast };
  }

  async starts(count: number): Promise<{ agentMs: number[]; soundMs: number[] }> {
    await this.load.ask({ do: 'hangUp' });
    return this.load.ask({ do: 'starts', count });
  }

  /** Whether so many calls hear each other in time, and hear everything; one bad window may be the machine's. */
  private async listen(count: number, limitMs: number): Promise<'holds' | 'fails' | 'far-ends-busy'> {
    await this.load.ask({ do: 'calls', count });
    for (let tries = 0; tries < 2; tries += 1) {
      const report = await this.window(this.options.windowMs);
      if (report.busy > mostBusy) {
        this.busyWindows += 1;
        return 'far-ends-busy';
      }
      if (report.p99 < limitMs && report.lost === 0 && report.disordered === 0) return 'holds';
      // Far beyond is no bad window.
      if (report.p99 > 3 * limitMs) return 'fails';
    }
    return 'fails';
  }

  /** What a bridge does differently after too many calls is over before the next number of them. */
  private async rest(): Promise<void> {
    await this.load.ask({ do: 'calls', count: 20 });
    await this.load.ask({ do: 'measure', ms: 2_500 });
  }

  private async window(ms: number): Promise<LoadReport> {
    for (let tries = 1; ; tries += 1) {
      const ours = [this.current, this.neighbour].flatMap(each => (each ? [each.pid] : []));
      const ticks = () => (this.current ? coreTicks(bridgeCore, ours) : undefined);
      const before = ticks();
      const report = await this.load.ask<LoadReport>({ do: 'measure', ms });
      const others = shareOfOthers(before, ticks());
      this.busiest = Math.max(this.busiest, report.busy);
      if (this.options.trace)
        console.log(`${traceOf(report)}; others on the bridge's core ${(others * 100).toFixed(0)} %`);
      const [late, disturbed] = [report.lateP99 >= lateMs, others >= mostOthers];
      if ((!late && !disturbed) || tries >= mostLate) return report;
      if (late) this.lateWindows += 1;
      else this.disturbedWindows += 1;
    }
  }
}

const traceOf = ({ calls, p50, p99, lost, disordered, busy, lateP99 }: LoadReport) =>
  `  ${calls} calls: p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms, ${lost} lost, ${disordered} out of order; far ends ${(busy * 100).toFixed(0)} % busy, late p99 ${lateP99.toFixed(1)} ms`;
