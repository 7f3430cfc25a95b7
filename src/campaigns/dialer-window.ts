/** What one person's way to the carrier took: until all was ready, and from then until they were told their moment. */
export interface ReadyTimes {
  readonly readyMs: number;
  readonly waitedMs: number;
}

/** How many people of a campaign one process gets ready at once. */
export interface ReadyWindow {
  readonly size: number;
  /** Somebody was ready and had their moment, or was told that there is none soon. */
  told(times: ReadyTimes & { readonly gotOne: boolean }, at: number): void;
}

export const mostAtOnce = 400;
const firstMost = 100;
const firstMs = 800;
const longestMs = 3_300;
/** Getting ready must not take so long that what was looked up is old by the time of the call. */
const longestReadyMs = 1_500;
const longestWaitMs = 600;
const shortestWaitMs = 300;

/**
 * As many as the pace takes while one of them gets ready, as far as this process has a part in it: whoever waits long for a moment was
 * looked up too early and is in the way of others, and whoever takes long to get ready is one of too many. It grows one by one and is cut
 * at once, no more than once in the time that a person takes.
 */
export function createReadyWindow(paceOf: () => number): ReadyWindow {
  let size: number | undefined;
  let cutAt = -Infinity;
  const most = () => Math.max(1, Math.min(mostAtOnce, (paceOf() * longestMs) / 1_000));
  const current = () => {
    size ??= Math.min(firstMost, (paceOf() * firstMs) / 1_000);
    return Math.max(1, Math.min(size, most()));
  };
  return {
    get size() {
      return Math.ceil(current());
    },
    told({ readyMs, waitedMs, gotOne }, at) {
      const intervalMs = 1_000 / paceOf();
      const isTooMany = !gotOne || readyMs > longestReadyMs || waitedMs > longestWaitMs + intervalMs;
      if (isTooMany) {
        const sinceMs = at - cutAt;
        if (sinceMs >= 0 && sinceMs < readyMs + waitedMs) return;
        cutAt = at;
        size = Math.max(1, current() * 0.7);
      } else if (waitedMs < shortestWaitMs + intervalMs / 2) size = Math.min(most(), current() + 0.5);
    },
  };
}
