import { readFileSync } from 'node:fs';

/** Ticks of the processor's clock that went by on a core, and those that processes of ours had of them; undefined where the system does not say. */
export interface CoreTicks {
  readonly all: number;
  readonly idle: number;
  readonly ours: number;
}

export function coreTicks(core: number, pids: readonly number[]): CoreTicks | undefined {
  try {
    const line = readFileSync('/proc/stat', 'latin1')
      .split('\n')
      .find(each => each.startsWith(`cpu${core} `));
    // user, nice, system, idle, waiting for the disk, interrupts, soft interrupts, taken by the host
    const ticks = line?.trim().split(/\s+/).slice(1, 9).map(Number);
    if (!ticks || ticks.length < 8) return undefined;
    return {
      all: ticks.reduce((sum, each) => sum + each, 0),
      idle: ticks[3]! + ticks[4]!,
      ours: pids.reduce((sum, pid) => sum + ticksOf(pid), 0),
    };
  } catch {
    return undefined;
  }
}

/** The name of a process may hold blanks, and ends with the last bracket; user and system time are the twelfth and thirteenth after it. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Which part of a core others had between two moments, 0 to 1. */
export function shareOfOthers(before: CoreTicks | undefined, after: CoreTicks | undefined): number {
  if (!before || !after || after.all <= before.all) return 0;
  const busy = after.all - before.all - (after.idle - before.idle);
  return Math.max(0, busy - (after.ours - before.ours)) / (after.all - before.all);
}
