/** Gathers what comes between two frames, so that five hundred calls cost one change of the page, ten times a second. */
export interface EventQueue<T> {
  push(...events: readonly T[]): void;
  stop(): void;
}

export interface Frames {
  /** Runs before the browser paints; soon also where nothing is painted, as in a tab behind another. */
  next(work: () => void): () => void;
  after(ms: number, work: () => void): () => void;
  now(): number;
}

/** Between two changes of the page. */
export const applyEveryMs = 100;

export function createEventQueue<T>(frames: Frames, apply: (events: readonly T[]) => void): EventQueue<T> {
  let waiting: T[] = [];
  let cancel: (() => void) | null = null;
  let appliedAt = Number.NEGATIVE_INFINITY;

  const run = () => {
    cancel = null;
    appliedAt = frames.now();
    const events = waiting;
    waiting = [];
    if (events.length > 0) apply(events);
  };

  return {
    push(...events) {
      waiting.push(...events);
      if (cancel || waiting.length === 0) return;
      const wait = appliedAt + applyEveryMs - frames.now();
      const toFrame = () => {
        cancel = frames.next(run);
      };
      if (wait <= 0) toFrame();
      else cancel = frames.after(wait, toFrame);
    },
    stop() {
      cancel?.();
      cancel = null;
      waiting = [];
    },
  };
}

const hiddenFrameMs = 250;

export const browserFrames: Frames = {
  next(work) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const done = () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      work();
    };
    const frame = requestAnimationFrame(done);
    timer = setTimeout(done, hiddenFrameMs);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  },
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  now: () => performance.now(),
};
