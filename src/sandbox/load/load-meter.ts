import { createLatencies, type Quantiles } from './latencies.ts';
import { readStamp } from './stamp.ts';

/** Microseconds since the epoch, finer than the wall clock and the same in every process of a machine. */
export const stampTime = (): number => Math.round((performance.timeOrigin + performance.now()) * 1_000);

export interface FrameCounts {
  /** Stamped frames that the agent's side should have sent back by now. */
  readonly expected: number;
  readonly returned: number;
  readonly lost: number;
  /** Of the lost ones those behind which nothing came back any more: their call was over before they were. */
  readonly lostAtEnd: number;
  /** Came back after a later one. */
  readonly reordered: number;
  readonly doubled: number;
  /** Not as it was sent, or of another call. */
  readonly foreign: number;
}
export interface LatencyReport {
  readonly toAgent: Quantiles | null;
  readonly toCaller: Quantiles | null;
  readonly roundTrip: Quantiles | null;
}

/** What was measured on one call. */
export interface CallMeter {
  /** The number of the next stamped frame, which is sent now. */
  next(): number;
  /** A stamped frame came back. */
  returned(frame: Buffer): void;
  /** Stamped frames sent after the last one that came back; 0 where none ever does. */
  readonly underway: number;
  /** The call is over; `cut` when frames may have been on their way. */
  over(cut: boolean): void;
  readonly tag: number;
}

export interface LoadMeter {
  call(): CallMeter;
  readonly firstSound: ReturnType<typeof createLatencies>;
  frames(): FrameCounts;
  latencies(): LatencyReport;
}

/** Adds up what the calls of a run measure. */
export function createLoadMeter(): LoadMeter {
  const toAgent = createLatencies();
  const toCaller = createLatencies();
  const roundTrip = createLatencies();
  const counts = { expected: 0, returned: 0, lost: 0, lostAtEnd: 0, reordered: 0, doubled: 0, foreign: 0 };
  let tags = 0;
  return {
    firstSound: createLatencies(),
    frames: () => ({ ...counts }),
    latencies: () => ({
      toAgent: toAgent.quantiles(),
      toCaller: toCaller.quantiles(),
      roundTrip: roundTrip.quantiles(),
    }),
    call() {
      tags += 1;
      const tag = tags;
      let sent = 0;
      let highest = -1;
      let returned = 0;
      let closed = false;
      let seen = new Uint8Array(128);
      /** True the first time that a number is given. */
      const isNew = (sequence: number): boolean => {
        const [byte, bit] = [sequence >> 3, 1 << (sequence & 7)];
        if (byte >= seen.length) {
          const larger = new Uint8Array(Math.max(seen.length * 2, byte + 1));
          larger.set(seen);
          seen = larger;
        }
        if (seen[byte]! & bit) return false;
        seen[byte]! |= bit;
        return true;
      };
      return {
        tag,
        next: () => sent++,
        get underway() {
          return highest < 0 ? 0 : sent - 1 - highest;
        },
        returned(frame) {
          if (closed) return;
          const now = stampTime();
          const stamp = readStamp(frame);
          if (stamp.tag !== tag || stamp.sequence >= sent) {
            counts.foreign += 1;
            return;
          }
          if (!isNew(stamp.sequence)) {
            counts.doubled += 1;
            return;
          }
          returned += 1;
          counts.returned += 1;
          if (stamp.sequence < highest) counts.reordered += 1;
          else highest = stamp.sequence;
          roundTrip.add((now - stamp.sentAt) / 1_000);
          // Something that only sends audio straight back does not note when it had it.
          if (stamp.turnedAt === 0) return;
          toAgent.add((stamp.turnedAt - stamp.sentAt) / 1_000);
          toCaller.add((now - stamp.turnedAt) / 1_000);
        },
        over(cut) {
          if (closed) return;
          closed = true;
          const expected = cut ? highest + 1 : sent;
          counts.expected += expected;
          counts.lost += expected - returned;
          counts.lostAtEnd += expected - (highest + 1);
        },
      };
    },
  };
}
