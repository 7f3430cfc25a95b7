import type { Page } from 'playwright-core';

export interface Frames {
  readonly perSecond: number;
  readonly slowestMs: number;
  readonly longTasks: number;
}

/** Counts frames as the page paints them, and tasks that kept it from answering. As text, since it belongs to the page. */
const countFrames = `({ ms, boxOf, scrolls }) => new Promise(resolve => {
  const box = document.querySelector(boxOf);
  let frames = 0, slowestMs = 0, longTasks = 0;
  const watch = new PerformanceObserver(list => { longTasks += list.getEntries().length; });
  watch.observe({ type: 'longtask' });
  const start = performance.now();
  let last = start;
  const frame = now => {
    frames += 1;
    slowestMs = Math.max(slowestMs, now - last);
    last = now;
    if (scrolls === 'to and fro') box.scrollTop = ((box.scrollHeight - box.clientHeight) / 2) * (1 - Math.cos((now - start) / 1500));
    if (scrolls === 'on') box.scrollTop += 60;
    if (now - start < ms) return requestAnimationFrame(frame);
    watch.disconnect();
    resolve({ perSecond: (frames - 1) / ((now - start) / 1000), slowestMs, longTasks });
  };
  requestAnimationFrame(frame);
})`;
/** Looks for so long, at the box of this selector: while it stands still, is scrolled to and fro, or on and on. */
export const framesOf = (
  page: Page,
  how: { readonly ms: number; readonly boxOf: string; readonly scrolls: 'not' | 'to and fro' | 'on' },
): Promise<Frames> => page.evaluate(`(${countFrames})(${JSON.stringify(how)})`);
