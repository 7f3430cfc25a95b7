import { framesOf } from './frames.ts';
import { addressOf, dashboardSite, option, startBrowser } from './site.ts';

// Whether the list of calls stays smooth over a million of them: `npm run build -w frontend && node --import=tsx
// scripts/bench/dashboard/table.ts [--calls 1000000] [--seconds 10] [--deep 20000]`. The built dashboard in headless Chromium, and
// behind it a server that answers pages of a list so long, each by its cursor. Frames are counted while the list is scrolled on and on;
// what was fetched, what stands in the page and what the page's memory holds are printed. Then somebody presses End again and again
// until so many calls are there, and how long each further page takes in the browser is told for the first and for the last of them.
// Exits with 1 below 50 frames a second, or when the page fetched or holds more than what was scrolled past.

const count = Number(option('calls', '1000000'));
const seconds = Number(option('seconds', '10'));
const deep = Number(option('deep', '20000'));
const fewestFrames = 50;
const mostRowsInPage = 120;
const rowPx = 32;
let fetched = 0;

const began = Date.now();
/** A call of the list, by its place. */
const callAt = (place: number) => ({
  id: place.toString(16).padStart(24, '0'),
  attemptId: place.toString(16).padStart(24, 'a'),
  sid: `CA${place.toString(16).padStart(32, '0')}`,
  direction: 'outbound',
  to: `+1312555${String(place % 10_000).padStart(4, '0')}`,
  from: '+12125550100',
  status: 'completed',
  outcome: ['conversation', 'busy', 'no-answer', 'voicemail'][place % 4],
  result: place % 9 === 0 ? 'lead' : 'none',
  createdAt: new Date(began - place * 20_000).toISOString(),
  answeredAt: new Date(began - place * 20_000).toISOString(),
  endedAt: new Date(began - place * 20_000 + 90_000).toISOString(),
  durationSeconds: 30 + (place % 200),
  contactId: null,
  contactName: `Somebody ${place}`,
  campaignId: null,
  campaignName: `Campaign ${place % 12}`,
  agentId: null,
  agentVersion: null,
  answeredBy: 'human',
  terminationSource: 'caller',
  recording: 'off',
  latency: { turnsMs: [600 + (place % 300)] },
  cost: { amount: '0.0412', currency: 'USD', estimated: true, missingRates: [], parts: [] },
  capabilities: [],
});

/** Goes to the last call that is there until the list is so high; says how long each page took to come and to be shown. */
const pressEnd = `async ({ boxOf, until }) => {
  const box = document.querySelector(boxOf);
  const times = [];
  while (box.scrollHeight < until) {
    const [before, since] = [box.scrollHeight, performance.now()];
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
    do await new Promise(requestAnimationFrame); while (box.scrollHeight === before && performance.now() - since < 10_000);
    if (box.scrollHeight === before) throw new Error('no further page came at ' + before);
    times.push(performance.now() - since);
  }
  return times;
}`;

const server = dashboardSite({
  '/api/calls': search => {
    const from = Number(search.get('cursor') ?? 0);
    const to = Math.min(count, from + Number(search.get('limit') ?? 100));
    fetched += to - from;
    return {
      items: Array.from({ length: to - from }, (_, at) => callAt(from + at)),
      nextCursor: to < count ? String(to) : null,
    };
  },
});
const url = await addressOf(server);
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1_600, height: 900 } });
  page.on('pageerror', error => console.error(error.message));
  await page.goto(`${url}/calls`);
  await page.getByText('Somebody 0', { exact: true }).waitFor();
  const first = fetched;
  const boxOf = '[role=grid]';
  const { perSecond, slowestMs, longTasks } = await framesOf(page, { ms: seconds * 1_000, boxOf, scrolls: 'on' });
  const { rows, passed, heap } = (await page.evaluate(`(() => {
    const box = document.querySelector('${boxOf}');
    return {
      rows: box.querySelectorAll('[role=row]').length,
      passed: Math.ceil((box.scrollTop + box.clientHeight) / ${rowPx}),
      heap: Math.round(performance.memory.usedJSHeapSize / 1e6),
    };
  })()`)) as { rows: number; passed: number; heap: number };
  console.log(
    `${count} calls in the list; ${first} fetched to begin with, ${fetched} after scrolling past ${passed} rows; ` +
      `${rows} rows stand in the page; ${heap} MB of memory`,
  );
  console.log(
    `scrolled ${perSecond.toFixed(1)} frames/s, slowest ${slowestMs.toFixed(0)} ms, ${longTasks} tasks over 50 ms`,
  );
  const within = rows <= mostRowsInPage && fetched <= passed + 300;
  process.exitCode = perSecond >= fewestFrames && within ? 0 : 1;

  await page.locator(`${boxOf} [role=row][tabindex="0"]`).focus();
  const times = (await page.evaluate(`(${pressEnd})(${JSON.stringify({ boxOf, until: deep * rowPx })})`)) as number[];
  const median = (some: number[]) => some.sort((one, other) => one - other)[Math.floor(some.length / 2)]!.toFixed(0);
  const heapMb = await page.evaluate('Math.round(performance.memory.usedJSHeapSize / 1e6)');
  console.log(
    `End pressed until ${fetched} calls were there: a further page in ${median(times.slice(0, 20))} ms at first and in ` +
      `${median(times.slice(-20))} ms at last (medians of 20); ${heapMb} MB of memory`,
  );
} finally {
  await browser.close();
  server.close();
}
