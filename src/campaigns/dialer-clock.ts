/** Never sleeps longer in one go: a clock that is set forward or back meanwhile is noticed. */
const longestSleepMs = 500;

/** Resolves when this clock shows that moment; one that is set back by more than the wait does not keep anybody waiting for it. */
export async function waitUntil(moment: number, now: () => number): Promise<void> {
  const startedAt = performance.now();
  const waitMs = moment - now();
  for (;;) {
    const left = Math.min(moment - now(), waitMs - (performance.now() - startedAt));
    if (left <= 0) return;
    await new Promise(resolve => setTimeout(resolve, Math.min(left, longestSleepMs)));
  }
}
