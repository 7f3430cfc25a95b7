import { readFileSync } from 'node:fs';

/** Ticks of the processor's clock that went by on a core, and those that a process had of them; undefined where the system does not say. */
export interface CoreTicks {
  readonly all: number;
  readonly idle: number;
  readonly process: number;
}

export function coreTicks(core: number, pid: number): CoreTicks | undefined {
  try {
    const line = readFileSync('/proc/stat', 'latin1')
      .split('\n')
      .find(each => each.startsWith(`cpu${core} `));
    // user, nice, system, idle, waiting for the disk, interrupts, soft interrupts, taken by the host
    const ticks = line?.trim().split(/\s+/).slice(1, 9).map(Number);
    if (!ticks || ticks.length < 8) return undefined;
    // The name of a process may hold blanks, and ends with the last bracket; user and system time are the twelfth and thirteenth after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      all: ticks.reduce((sum, each) => sum + each, 0),
      idle: ticks[3]! + ticks[4]!,
      process: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    return undefined;
  }
}

/** Which part of a core others had between two moments, 0 to 1. */
export function shareOfOthers(before: CoreTicks | undefined, after: CoreTicks | undefined): number {
  if (!before || !after || after.all <= before.all) return 0;
  const busy = after.all - before.all - (after.idle - before.idle);
  return Math.max(0, busy - (after.process - before.process)) / (after.all - before.all);
}
