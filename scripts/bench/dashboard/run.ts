import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { Server } from 'socket.io';

// Whether the wall stays smooth: `npm run build -w frontend && node --import=tsx scripts/bench/dashboard/run.ts [--calls 500]
// [--updates 5] [--seconds 10] [--shape cards|rows]`. The built dashboard in headless Chromium, and behind it a server that only tells
// what a real one would: so many calls, each with so many events a second, in batches. Frames are counted while the wall stands still
// and while it is scrolled. Exits with 1 below 50 frames a second.

const option = (name: string, otherwise: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};
const count = Number(option('calls', '500'));
const updates = Number(option('updates', '5'));
const seconds = Number(option('seconds', '10'));
const shapes = option('shape', 'cards,rows').split(',');
const fewestFrames = 50;
const batchMs = 100;

const dist = fileURLToPath(new URL('../../../frontend/dist/', import.meta.url));
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const user = {
  id: '6740a1b2c3d4e5f607182930',
  email: 'bench@parley.example',
  role: 'supervisor',
  permissions: ['calls:read', 'calls:listen', 'calls:whisper', 'people:see', 'agents:read'],
};
const answers: Record<string, unknown> = {
  '/api/auth/refresh': { accessToken: 'of-the-bench', expiresIn: 3_600, user },
  '/api/auth/me': { user },
  '/api/status': { ready: true, version: 'bench', sandbox: { agent: 'sandbox', carrier: 'sandbox' } },
  '/api/agents': { items: [], nextCursor: null },
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname.startsWith('/api/')) {
    const answer = answers[pathname];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: { code: 'NOT_FOUND', message: 'Not in the bench' } }));
  } else void sendFile(pathname, response);
});

async function sendFile(pathname: string, response: ServerResponse): Promise<void> {
  const name = extname(pathname) === '' ? 'index.html' : normalize(pathname).replace(/^[/.]+/, '');
  try {
    const file = await readFile(join(dist, name));
    response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' });
    response.end(file);
  } catch {
    response.writeHead(404).end();
  }
}

const io = new Server(server, { transports: ['websocket'] });
const began = Date.now();
const calls = Array.from({ length: count }, (_, place) => ({
  id: place.toString(16).padStart(24, '0'),
  sid: `CA${place.toString(16).padStart(32, '0')}`,
  seq: 1,
  direction: 'outbound',
  to: `+1312555${String(place).padStart(4, '0')}`,
  from: '+12125550100',
  status: 'in-progress',
  outcome: null,
  createdAt: new Date(began - place * 1_000).toISOString(),
  answeredAt: new Date(began - place * 1_000).toISOString(),
  endedAt: null,
  durationSeconds: null,
  contactName: `Somebody ${place}`,
  agentId: null,
  capabilities: ['listen', 'whisper', 'takeOver', 'transfer'],
}));
const words = 'Good morning, this is Ava and I call about the appointment that you asked us to move to Thursday'.split(
  ' ',
);
let told = 0;

/** What one call says of itself at a time: four of five events are words that grow, the fifth what the agent does. */
function eventOf(place: number, round: number): readonly [string, unknown] {
  const { id, sid } = calls[place]!;
  const now = Date.now();
  const at = new Date(now).toISOString();
  told += 1;
  if (round % 5 === 4) {
    const activity = { agent: round % 2 ? 'speaking' : 'listening', lastActivityAt: at };
    return ['call:updated', { callId: id, callSid: sid, seq: 0, since: 0, at, fields: { activity } }];
  }
  const turn = {
    role: round % 40 < 20 ? 'agent' : 'caller',
    text: words.slice(0, 1 + (round % words.length)).join(' '),
    startMs: round * 200,
    endMs: round * 200 + 180,
    interrupted: false,
  };
  const index = Math.floor(round / 20);
  return ['call:transcript', { callId: id, callSid: sid, seq: now, at, index, turn, final: false }];
}

io.on('connection', socket => {
  const at = () => new Date().toISOString();
  socket.emit('calls:snapshot', { at: at(), calls: calls.map(call => ({ seq: 1, call })), unchanged: [] });
  socket.onAny((_name: string, ...args: unknown[]) => {
    const acknowledge = args.at(-1);
    if (typeof acknowledge === 'function') acknowledge({ ok: true });
  });
  const perBatch = (count * updates * batchMs) / 1_000;
  let next = 0;
  const timer = setInterval(() => {
    const events: (readonly [string, unknown])[] = [];
    for (let each = 0; each < perBatch; each += 1) {
      events.push(eventOf(next % count, Math.floor(next / count)));
      next += 1;
    }
    socket.emit('live:batch', { at: at(), events });
  }, batchMs);
  socket.on('disconnect', () => clearInterval(timer));
});

interface Frames {
  readonly perSecond: number;
  readonly slowestMs: number;
  readonly longTasks: number;
}

/** Counts frames as the page paints them, and tasks that kept it from answering. As text, since it belongs to the page. */
const countFrames = `({ ms, scrolls }) => new Promise(resolve => {
  const wall = document.querySelector('[data-call]').closest('.overflow-y-auto');
  let frames = 0, slowestMs = 0, longTasks = 0;
  const watch = new PerformanceObserver(list => { longTasks += list.getEntries().length; });
  watch.observe({ type: 'longtask' });
  const start = performance.now();
  let last = start;
  const frame = now => {
    frames += 1;
    slowestMs = Math.max(slowestMs, now - last);
    last = now;
    if (scrolls) wall.scrollTop = ((wall.scrollHeight - wall.clientHeight) / 2) * (1 - Math.cos((now - start) / 1500));
    if (now - start < ms) return requestAnimationFrame(frame);
    watch.disconnect();
    resolve({ perSecond: (frames - 1) / ((now - start) / 1000), slowestMs, longTasks });
  };
  requestAnimationFrame(frame);
})`;
const framesOf = (page: Page, scrolls: boolean): Promise<Frames> =>
  page.evaluate(`(${countFrames})(${JSON.stringify({ ms: seconds * 1_000, scrolls })})`);

await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
let enough = true;
try {
  const page = await browser.newPage({ viewport: { width: 1_600, height: 900 } });
  page.on('pageerror', error => console.error(error.message));
  for (const shape of shapes) {
    await page.goto(`${url}/live?shape=${shape}`);
    await page.getByText(`${count} calls on the line`).waitFor();
    await page.waitForTimeout(2_000);
    for (const scrolls of [false, true]) {
      const before = told;
      const { perSecond, slowestMs, longTasks } = await framesOf(page, scrolls);
      enough &&= perSecond >= fewestFrames;
      console.log(
        `${shape.padEnd(5)} ${scrolls ? 'scrolled' : 'still   '} ${perSecond.toFixed(1)} frames/s, slowest ${slowestMs.toFixed(0)} ms, ` +
          `${longTasks} tasks over 50 ms, ${((told - before) / seconds).toFixed(0)} events/s`,
      );
    }
  }
} finally {
  await browser.close();
  io.close();
  server.close();
}
process.exitCode = enough ? 0 : 1;
