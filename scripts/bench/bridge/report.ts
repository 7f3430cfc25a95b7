import type { Bench } from './measure.ts';

export interface Figures {
  /** µs of CPU for one frame that was carried. */
  readonly cpu: number;
  /** Most calls at p99 < 20 ms with nothing lost, and at p99 < 80 ms; NaN where not looked for. */
  readonly calls: number;
  readonly pressed: number;
  /** Of which of the two the far ends gave out first: there are more than were found. */
  readonly atLeast: readonly ('calls' | 'pressed')[];
  /** Added delay with few calls. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

type Figure = Exclude<keyof Figures, 'atLeast'>;

export const at = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
/** Of an even count the mean of the two in the middle: two rounds must not show the better one. */
const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
};

/** What was found, round by round, and what it comes to. */
export class Findings {
  private readonly figures: ReadonlyMap<string, Figures[]>;
  private readonly memories: ReadonlyMap<string, number[]>;
  private readonly rest: number;
  private readonly machine: string;
  private readonly lines: string[] = [];

  constructor(kinds: readonly string[], rest: number, machine: string) {
    this.figures = new Map(kinds.map(kind => [kind, []]));
    this.memories = new Map(kinds.map(kind => [kind, []]));
    this.rest = rest;
    this.machine = machine;
  }

  add(kind: string, found: Figures): void {
    this.figures.get(kind)?.push(found);
  }

  last(kind: string, figure: Figure): number | undefined {
    return this.figures.get(kind)?.at(-1)?.[figure];
  }

  memory(kind: string, kib: number): void {
    this.memories.get(kind)?.push(kib);
  }

  starts(agentMs: number, soundMs: number): void {
    this.target('stream start → agent asked for, p95', agentMs, 50, false, ' ms');
    this.target('stream start → first agent sound, p95', soundMs, 1_000, false, ' ms');
  }

  transcoded(format: string, cpu: number): void {
    const times = (cpu / this.of('parley', 'cpu')).toFixed(2);
    const full = Math.floor(10_000 / cpu);
    this.lines.push(
      `| transcoded to ${format}, a frame | ${cpu.toFixed(1)} µs, ${times} × the spliced; ${full} calls fill a core | |`,
    );
  }

  tables(bench: Pick<Bench, 'busiest' | 'lateWindows' | 'busyWindows' | 'disturbedWindows'>): string {
    const rows = [...this.figures].map(([kind, found]) => {
      const each = (figure: Figure, digits: number) =>
        found
          .flatMap(one => {
            const more = (one.atLeast as readonly string[]).includes(figure) ? '+' : '';
            return Number.isNaN(one[figure]) ? [] : [`${one[figure].toFixed(digits)}${more}`];
          })
          .join(', ');
      const memory = this.memories.get(kind) ?? [];
      const pressed = kind === 'parley' ? each('pressed', 0) : '';
      const kib = memory.map(one => one.toFixed(0)).join(', ');
      return `| ${kind} | ${each('calls', 0)} | ${pressed} | ${each('cpu', 1)} | ${each('p99', 1)} | ${kib} |`;
    });
    const rounds = this.figures.values().next().value?.length ?? 0;
    const { busiest, lateWindows, busyWindows, disturbedWindows } = bench;
    return [
      `${this.machine}; ${rounds} rounds; far ends busy ${(busiest * 100).toFixed(0)} % at most; ${lateWindows} windows measured again as the far ends came late and ${disturbedWindows} as something else had the bridge’s core, ${busyWindows} not counted as they were over 70 % busy (+: more than that, the far ends gave out first)`,
      '',
      `| | calls, p99 < 20 ms | calls, p99 < 80 ms | µs of CPU for a frame at ${this.rest} calls | p99 at ${this.rest}, ms | KiB for a live call |`,
      '| --- | --- | --- | --- | --- | --- |',
      ...rows,
      '',
      '| | median | to reach |',
      '| --- | --- | --- |',
      ...this.ratios(),
      ...this.lines,
      '',
    ].join('\n');
  }

  private ratios(): string[] {
    const before = this.lines.splice(0);
    const has = (kind: string) => (this.figures.get(kind)?.length ?? 0) > 0;
    if (has('parley')) {
      if (has('naive')) this.target('calls, of a naive bridge', this.ratio('calls', 'naive'), 1.1, true);
      if (has('sample')) this.target('calls, of a bridge like the sample', this.ratio('calls', 'sample'), 1.25, true);
      if (has('splice')) {
        this.target('calls, of a splice', this.ratio('calls', 'splice'), 0.9, true);
        this.target('CPU for a frame, of a splice', this.ratio('cpu', 'splice'), 1.15, false);
        const memory = median(this.memories.get('parley') ?? []) / median(this.memories.get('splice') ?? []);
        this.target('memory for a call, of a splice', memory, 1.75, false);
      }
      if (has('naive')) {
        const pressed = this.ratio('pressed', 'naive', 'calls');
        const bounded = (this.figures.get('parley') ?? []).filter(each => each.atLeast.includes('pressed')).length;
        const how = bounded ? `, at least: the far ends gave out first in ${bounded} rounds` : '';
        this.target(
          `calls under pressure (p99 < 80 ms), of a naive bridge${how}`,
          pressed,
          1.4,
          true,
          ' ×',
          bounded ? 'not shown' : 'missed',
        );
      }
      // The caller's last words and the agent's first each pass through once.
      this.target(`our share of a turn at ${this.rest} calls, p95`, 2 * this.of('parley', 'p95'), 50, false, ' ms');
    }
    const found = this.lines.splice(0);
    this.lines.push(...before);
    return found;
  }

  /** Ratios are taken within each round and their median shown: the machine moves, but moves both. */
  private ratio(one: Figure, other: string, figure: Figure = one): number {
    const theirs = this.figures.get(other) ?? [];
    const mine = this.figures.get('parley') ?? [];
    return median(mine.flatMap((each, round) => (theirs[round] ? [each[one] / theirs[round][figure]] : [])));
  }

  private of(kind: string, figure: Figure): number {
    return median((this.figures.get(kind) ?? []).map(each => each[figure]));
  }

  private target(
    what: string,
    value: number,
    limit: number,
    atLeast: boolean,
    unit = ' ×',
    otherwise = 'missed',
  ): void {
    if (Number.isNaN(value)) return;
    const missed = (atLeast ? value >= limit : value <= limit) ? '' : ` **${otherwise}**`;
    this.lines.push(`| ${what} | ${value.toFixed(2)}${unit} | ${atLeast ? '≥' : '≤'} ${limit}${missed} |`);
  }
}
