import { Server } from 'socket.io';
import { framesOf } from './frames.ts';
import { addressOf, dashboardSite, option, startBrowser } from './site.ts';

// Whether the wall stays smooth: `npm run build -w frontend && node --import=tsx scripts/bench/dashboard/run.ts [--calls 500]
// [--updates 5] [--seconds 10] [--shape cards|rows]`. The built dashboard in headless Chromium, and behind it a server that only tells
// what a real one would: so many calls, each with so many events a second, in batches. Frames are counted while the wall stands still
// and while it is scrolled. Exits with 1 below 50 frames a second.

const count = Number(option('calls', '500'));
const updates = Number(option('updates', '5'));
const seconds = Number(option('seconds', '10'));
const shapes = option('shape', 'cards,rows').split(',');
const fewestFrames = 50;
const batchMs = 100;

const server = dashboardSite({});
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

const url = await addressOf(server);
const browser = await startBrowser();
let enough = true;
try {
  const page = await browser.newPage({ viewport: { width: 1_600, height: 900 } });
  page.on('pageerror', error => console.error(error.message));
  for (const shape of shapes) {
    await page.goto(`${url}/live?shape=${shape}`);
    await page.getByText(`${count} calls on the line`).waitFor();
    await page.waitForTimeout(2_000);
    const boxOf = '.overflow-y-auto:has([data-call])';
    for (const scrolls of ['not', 'to and fro'] as const) {
      const before = told;
      const { perSecond, slowestMs, longTasks } = await framesOf(page, { ms: seconds * 1_000, boxOf, scrolls });
      enough &&= perSecond >= fewestFrames;
      console.log(
        `${shape.padEnd(5)} ${scrolls === 'not' ? 'still   ' : 'scrolled'} ${perSecond.toFixed(1)} frames/s, slowest ${slowestMs.toFixed(0)} ms, ` +
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
