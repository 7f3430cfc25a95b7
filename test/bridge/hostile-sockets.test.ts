import { type Test, test } from 'tap';
import { type CallSite, startCallSite } from './call-site.ts';
import { silence, stranger } from './stranger.ts';

/** Nothing is left of whoever came: no session, no newcomer, no timer, no conversation that somebody pays for. */
async function nothingIsLeft(t: Test, site: CallSite, conversations = 0) {
  await site.sessions.settled();
  await site.socketsGone();
  t.equal(site.sessions.size, 0, 'no session');
  t.equal(site.gate.newcomers, 0, 'no newcomer');
  t.equal(site.pulse.size, 0, 'no timer');
  t.equal(site.agent.control.conversations().length, conversations, 'conversations');
  t.same(site.errors, [], 'no mistake of ours');
}

test('who never says start is closed after a while', async t => {
  const site = await startCallSite(t, { scale: 50 });
  const { send, closed } = await stranger(site);
  send('connected', { protocol: 'Call', version: '1.0.0' });
  t.equal(site.gate.newcomers, 1);
  t.equal((await closed).code, 1008);
  t.same(site.refused, ['no-start']);
  await nothingIsLeft(t, site);
});

test('who comes and goes without a word is forgotten', async t => {
  const site = await startCallSite(t, { scale: 1 });
  const { socket, closed } = await stranger(site);
  const gone = site.socketsGone();
  socket.terminate();
  await Promise.all([closed, gone]);
  await nothingIsLeft(t, site);
  t.same(site.refused, []);
});

for (const [what, token, reason] of [
  ['no token', () => undefined, 'no-token'],
  ['an empty token', () => '', 'no-token'],
  ['a token nobody gave', () => 'f'.repeat(16), 'refused'],
  ['a huge token', () => 'f'.repeat(60_000), 'refused'],
  ['the token of another call', (site: CallSite) => site.desk.tokenFor('CA00'), 'refused'],
] as const) {
  test(`a start with ${what} is refused`, async t => {
    const site = await startCallSite(t);
    const { start, media, closed } = await stranger(site);
    start(token(site));
    media();
    t.equal((await closed).code, 1008);
    t.same(site.refused, [reason]);
    t.equal(site.desk.endings.size, 0, 'a stranger ends no call');
    await nothingIsLeft(t, site);
  });
}

test('who is let in while the process stops is left to another one', async t => {
  const site = await startCallSite(t, { admitMs: 20 });
  const { sid, start, closed } = await stranger(site);
  start(site.desk.tokenFor(sid));
  site.sessions.leave();
  t.equal((await closed).code, 1001);
  t.equal(site.desk.endings.size, 0, 'the call goes on elsewhere');
  await nothingIsLeft(t, site);
});

test('a token opens one stream, however many bring it at once', async t => {
  const site = await startCallSite(t, { admitMs: 20 });
  const first = await stranger(site);
  const copies = await Promise.all([1, 2, 3].map(() => stranger(site, { sid: first.sid })));
  const token = site.desk.tokenFor(first.sid);
  for (const each of [first, ...copies]) each.start(token);
  await site.desk.event('agent-ready');
  t.same(
    (await Promise.all(copies.map(each => each.closed))).map(({ code }) => code),
    [1008, 1008, 1008],
  );
  t.equal(site.sessions.size, 1);
  first.send('stop', { stop: {} });
  await nothingIsLeft(t, site, 1);
});

test('so many may stand at the door, the next is told to come later, and a place that is left is free again', async t => {
  const site = await startCallSite(t, { scale: 1 });
  const crowd = await Promise.all(Array.from({ length: 500 }, () => stranger(site)));
  t.equal(site.gate.newcomers, 500);
  const late = await stranger(site);
  t.equal((await late.closed).code, 1013);
  t.same(site.refused, ['too-many']);
  crowd[0]!.start('a token nobody gave');
  t.equal((await crowd[0]!.closed).code, 1008);
  t.equal(site.gate.newcomers, 499);
  const gone = site.socketsGone();
  for (const { socket } of crowd) socket.terminate();
  await gone;
  await nothingIsLeft(t, site);
});

test('a token that cannot be looked at lets nobody in, and is told apart from one that is refused', async t => {
  const site = await startCallSite(t);
  Object.assign(site.desk, { admit: () => Promise.reject(new Error('the store is away')) });
  const { start, sid, closed } = await stranger(site);
  start(site.desk.tokenFor(sid));
  t.equal((await closed).code, 1011);
  t.same(site.refused, ['failed']);
  t.match(site.errors.splice(0), [{ message: 'the store is away' }], 'and somebody is told');
  await nothingIsLeft(t, site);
});

test('a call for an engine that is not there is ended with its cause, not left in silence', async t => {
  const site = await startCallSite(t, { agent: { engine: 'openai-realtime' } });
  const { sid, closed } = await stranger(site, { admitted: true });
  t.match(await site.desk.until(() => site.desk.endings.get(sid)), {
    source: 'system',
    reason: 'agent-unavailable',
    detail: { engine: 'openai-realtime' },
  });
  t.equal((await closed).code, 1011);
  t.same(site.refused, ['no-engine']);
  await nothingIsLeft(t, site);
});

test('media, marks, keys and stop before start are nobody’s', async t => {
  const site = await startCallSite(t, { scale: 50 });
  const { send, media, closed } = await stranger(site);
  media();
  send('mark', { mark: { name: 'm1' } });
  send('dtmf', { dtmf: { digit: '1' } });
  send('stop', { stop: {} });
  t.equal((await closed).code, 1008);
  t.same(site.refused, ['no-start']);
  await nothingIsLeft(t, site);
});

for (const [what, fields] of [
  ['another encoding', { mediaFormat: { encoding: 'audio/l16', sampleRate: 8000, channels: 1 } }],
  ['two streams', { streamSid: 'MZ00' }],
  ['no call', { callSid: undefined }],
] as const) {
  test(`a start with ${what} is none`, async t => {
    const site = await startCallSite(t, { scale: 50 });
    const { start, sid, closed } = await stranger(site);
    start(site.desk.tokenFor(sid), fields);
    t.equal((await closed).code, 1008);
    t.same(site.refused, ['no-start']);
    await nothingIsLeft(t, site);
  });
}

/** What a live stream survives; fewer than a hundred of it. */
const oddities: [string, (hand: Awaited<ReturnType<typeof stranger>>) => void][] = [
  ['a second start', hand => hand.start('another token')],
  ['the audio of another stream', hand => hand.media(silence, { streamSid: 'MZ00' })],
  ['the stop of another stream', hand => hand.send('stop', { streamSid: 'MZ00', stop: {} })],
  ['a binary frame', hand => hand.raw(Buffer.alloc(160, 0xff))],
  ['audio that is not base64', hand => hand.media('!!!! not base64 !!!!')],
  ['audio without a payload', hand => hand.send('media', { media: { track: 'inbound' } })],
  ['empty audio', hand => hand.media('')],
  ['our own voice', hand => hand.send('media', { media: { track: 'outbound', payload: silence } })],
  ['an unknown event', hand => hand.send('weather', { weather: { rain: true } })],
  ['no JSON', hand => hand.raw('{"event":"media"')],
  ['an array', hand => hand.raw('[]')],
  ['a key that no telephone has', hand => hand.send('dtmf', { dtmf: { digit: '12' } })],
  ['a mark nobody sent', hand => hand.send('mark', { mark: { name: '__proto__' } })],
];

test('a live call survives every message that makes no sense', async t => {
  const site = await startCallSite(t);
  const hand = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  for (const [, send] of oddities) send(hand);
  for (let frame = 0; frame < 5; frame += 1) hand.media();
  hand.send('dtmf', { dtmf: { digit: '7' } });
  t.match(await site.desk.event('dtmf'), { data: { digit: '7' } }, 'it is heard after all that');
  t.match(site.sessions.bySid(hand.sid)?.view(), { state: 'talking', figures: { callerFrames: 5 } });
  t.same(site.errors, []);
  hand.send('stop', { stop: {} });
  t.match(await site.desk.until(() => site.desk.endings.get(hand.sid)), { reason: 'caller-hung-up' });
  await nothingIsLeft(t, site, 1);
});

for (const [what, send] of oddities.slice(0, 4)) {
  test(`${what}, again and again, is not the carrier: the socket is cut, the call waits for the carrier’s own`, async t => {
    const site = await startCallSite(t);
    const hand = await stranger(site, { admitted: true });
    await site.desk.event('agent-ready');
    for (let time = 0; time < 100; time += 1) send(hand);
    t.equal((await hand.closed).code, 1006);
    await site.desk.event('stream-lost');
    t.equal(site.sessions.bySid(hand.sid)?.view().state, 'waiting-for-stream');
    t.match(await site.desk.until(() => site.desk.endings.get(hand.sid)), { reason: 'stream-lost' });
    await nothingIsLeft(t, site, 1);
  });
}

test('a frame of a megabyte closes the socket, before start and after it', async t => {
  const site = await startCallSite(t);
  const huge = JSON.stringify({ event: 'media', media: { payload: 'A'.repeat(1024 * 1024) } });
  const before = await stranger(site);
  before.raw(huge);
  t.equal((await before.closed).code, 1009);
  const after = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  after.raw(huge);
  t.equal((await after.closed).code, 1009);
  t.match(await site.desk.until(() => site.desk.endings.get(after.sid)), { reason: 'stream-lost' });
  await nothingIsLeft(t, site, 1);
});

test('a flood before the token is looked at is kept within bounds', async t => {
  const site = await startCallSite(t, { admitMs: 300 });
  const hand = await stranger(site, { admitted: true });
  for (let frame = 0; frame < 3_000; frame += 1) hand.media();
  hand.send('stop', { stop: {} });
  t.match(await site.desk.until(() => site.desk.endings.get(hand.sid)), { reason: 'caller-hung-up' });
  t.match(site.observed.seen.ended, [{ figures: { callerFrames: 999 } }], 'the newest thousand messages');
  await nothingIsLeft(t, site);
});
