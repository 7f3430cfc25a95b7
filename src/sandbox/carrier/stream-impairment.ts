import type { TwinClock, TwinTimer } from '../clock.ts';
import type { StreamFault } from './fault-board.ts';

export interface StreamImpairment {
  /** The timestamp of the first media message: never 0 on a real stream. */
  readonly firstTimestampMs: number;
  /** Moves the stream's own time on: so much of the person's voice has gone by. */
  advance(streamMs: number): void;
  /** Whether the frame of this moment is lost on the way; its time passes all the same. */
  dropsFrame(): boolean;
  /** Sends a frame now, or later when the line stalls or jitters; the order is kept. */
  pass(send: () => void): void;
  /** The connection looks open, but nothing passes any more in either direction. */
  readonly halfOpen: boolean;
  close(): void;
}

interface Held {
  /** By the stream's own time. */
  readonly stalledUntil: number;
  /** By the clock. */
  readonly dueAt: number;
  send(): void;
}

/**
 * Makes one stream's network as bad as its faults say. Without faults it only counts. When a fault begins and ends is told by the
 * audio that has gone by, not by the clock: on a machine that is held up the same frames suffer as on a fast one.
 */
export function createStreamImpairment(
  faults: readonly StreamFault[],
  effects: { clock: TwinClock; cut(): void; pause(): void; resume(): void },
): StreamImpairment {
  const { clock } = effects;
  const timers = new Set<TwinTimer>();
  let streamMs = 0;
  let halfOpen = false;
  const strokes = faults.flatMap((fault): { atMs: number; strike(): void }[] => {
    switch (fault.kind) {
      case 'stream-cut':
        return [{ atMs: fault.afterMs, strike: effects.cut }];
      case 'stream-half-open':
        return [
          {
            atMs: fault.afterMs,
            strike() {
              halfOpen = true;
              effects.pause();
            },
          },
        ];
      case 'stream-slow':
        return [
          { atMs: fault.afterMs, strike: effects.pause },
          { atMs: fault.afterMs + fault.forMs, strike: effects.resume },
        ];
      default:
        return [];
    }
  });
  strokes.sort((one, other) => one.atMs - other.atMs);
  const gaps = faults.flatMap(fault => (fault.kind === 'media-gap' ? [fault] : []));
  const stalls = faults.flatMap(fault => (fault.kind === 'media-stall' ? [fault] : []));
  const jitterMs = Math.max(0, ...faults.map(fault => (fault.kind === 'media-jitter' ? fault.upToMs : 0)));
  /** What is held back, in order: on one connection no packet overtakes the one before it. */
  const waiting: Held[] = [];
  let lastDueAt = 0;

  const within = (fault: { afterMs: number; forMs: number }) =>
    streamMs >= fault.afterMs && streamMs < fault.afterMs + fault.forMs;
  const isDue = (held: Held) => held.stalledUntil <= streamMs && held.dueAt <= clock.now();
  const release = () => {
    while (waiting[0] && isDue(waiting[0])) waiting.shift()!.send();
    const next = waiting[0];
    // What a stall holds is looked at with every frame; jitter needs a timer only where no frame may come any more.
    if (!next || next.stalledUntil > streamMs || timers.size > 0) return;
    const timer = clock.after(next.dueAt - clock.now(), () => {
      timers.delete(timer);
      release();
    });
    timers.add(timer);
  };

  return {
    get halfOpen() {
      return halfOpen;
    },
    firstTimestampMs: 100 + Math.floor(Math.random() * 70),
    advance(ms) {
      streamMs = ms;
      while (strokes[0] && strokes[0].atMs <= streamMs) strokes.shift()!.strike();
      if (waiting.length > 0) release();
    },
    dropsFrame: () => halfOpen || gaps.some(within),
    pass(send) {
      if (jitterMs === 0 && stalls.length === 0) return send();
      const stalledUntil = Math.max(0, ...stalls.filter(within).map(fault => fault.afterMs + fault.forMs));
      if (jitterMs > 0) lastDueAt = Math.max(lastDueAt, clock.now() + Math.random() * jitterMs);
      waiting.push({ stalledUntil, dueAt: lastDueAt, send });
      release();
    },
    close() {
      waiting.length = 0;
      strokes.length = 0;
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
  };
}
