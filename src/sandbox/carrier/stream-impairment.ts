import type { TwinClock, TwinTimer } from '../clock.ts';
import type { StreamFault } from './fault-board.ts';

export interface StreamImpairment {
  /** The timestamp of the first media message: never 0 on a real stream. */
  readonly firstTimestampMs: number;
  /** Whether this frame is lost on the way; its time passes all the same. */
  dropsFrame(): boolean;
  /** Sends a frame now, or later when the line stalls or jitters; the order is kept. */
  pass(send: () => void): void;
  /** The connection looks open, but nothing passes any more in either direction. */
  readonly halfOpen: boolean;
  close(): void;
}

/** Makes one stream's network as bad as its faults say. Without faults it only counts. */
export function createStreamImpairment(
  faults: readonly StreamFault[],
  effects: { clock: TwinClock; cut(): void; pause(): void; resume(): void },
): StreamImpairment {
  const { clock } = effects;
  const openedAt = clock.now();
  const timers = new Set<TwinTimer>();
  const after = (ms: number, run: () => void) => {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      run();
    });
    timers.add(timer);
  };
  let halfOpen = false;
  for (const fault of faults) {
    if (fault.kind === 'stream-cut') after(fault.afterMs, effects.cut);
    if (fault.kind === 'stream-half-open') {
      after(fault.afterMs, () => {
        halfOpen = true;
        effects.pause();
      });
    }
    if (fault.kind === 'stream-slow') {
      after(fault.afterMs, effects.pause);
      after(fault.afterMs + fault.forMs, effects.resume);
    }
  }
  const gaps = faults.flatMap(fault => (fault.kind === 'media-gap' ? [fault] : []));
  const stalls = faults.flatMap(fault => (fault.kind === 'media-stall' ? [fault] : []));
  const jitterMs = Math.max(0, ...faults.map(fault => (fault.kind === 'media-jitter' ? fault.upToMs : 0)));
  /** What is held back, in order: on one connection no packet overtakes the one before it. */
  const waiting: { dueAt: number; send(): void }[] = [];
  let lastDueAt = 0;

  const within = (fault: { afterMs: number; forMs: number }) => {
    const elapsed = clock.now() - openedAt;
    return elapsed >= fault.afterMs && elapsed < fault.afterMs + fault.forMs;
  };
  const release = () => {
    while (waiting[0] && waiting[0].dueAt <= clock.now() + 1) waiting.shift()!.send();
    const [first] = waiting;
    if (first) after(first.dueAt - clock.now(), release);
  };
  return {
    get halfOpen() {
      return halfOpen;
    },
    firstTimestampMs: 100 + Math.floor(Math.random() * 70),
    dropsFrame: () => halfOpen || gaps.some(within),
    pass(send) {
      const stallEnds = stalls.filter(within).map(fault => openedAt + fault.afterMs + fault.forMs);
      lastDueAt = Math.max(lastDueAt, ...stallEnds, jitterMs === 0 ? 0 : clock.now() + Math.random() * jitterMs);
      if (waiting.length === 0 && lastDueAt <= clock.now()) return send();
      waiting.push({ dueAt: lastDueAt, send });
      if (waiting.length === 1) after(lastDueAt - clock.now(), release);
    },
    close() {
      waiting.length = 0;
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
  };
}
