import { type Test, test } from 'tap';
import { type CallSite, startCallSite } from './call-site.ts';
import { stranger } from './stranger.ts';

const frameBytes = 160;

/** Frames that never repeat, as loud as this mask leaves them. */
function noise(mask: number): () => string {
  let state = 7;
  return () => {
    const bytes = Buffer.alloc(frameBytes);
    for (let at = 0; at < bytes.length; at += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[at] = ((state >>> 24) & 0x8f) | mask;
    }
    return bytes.toString('base64');
  };
}
/** Line noise, which no detector takes for speech, and somebody who never stops talking. */
const hum = noise(0x70);
const speech = noise(0x00);

/** A caller who sends this all the time, at the pace of the site's clock, over a carrier that says what was played, or does not. */
async function caller(t: Test, site: CallSite, next: () => string, { marks = true } = {}) {
  const hand = await stranger(site, { admitted: true });
  // What was sent was played, as the carrier would say.
  hand.socket.on('message', data => {
    const { event, mark } = JSON.parse(String(data)) as { event: string; mark?: { name: string } };
    if (event === 'mark' && marks) hand.send('mark', { mark: mark! });
  });
  let sent = 0;
  const since = site.clock.now();
  const timer = setInterval(() => {
    for (; sent * 20 < site.clock.now() - since; sent += 1) {
      if (hand.socket.readyState === hand.socket.OPEN) hand.media(next());
    }
  }, 5);
  t.teardown(() => clearInterval(timer));
  void hand.closed.then(() => clearInterval(timer));
  const ending = await site.desk.until(() => site.desk.endings.get(hand.sid));
  await site.sessions.settled();
  await hand.closed;
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
  t.same(site.errors, []);
  return { ending, seconds: (site.clock.now() - since) / 1_000 };
}

const quietAgent = (site: CallSite) => {
  for (const { agent_id } of site.agent.control.agents()) {
    site.agent.control.configure(agent_id, { conversation_config: { turn: { turn_timeout: -1 } } });
  }
};

test('a caller who is nothing but noise on the line is silent: asked, told goodbye, let go', async t => {
  const site = await startCallSite(t);
  quietAgent(site);
  const { ending, seconds } = await caller(t, site, hum);
  t.match(ending, { source: 'system', reason: 'silence' });
  t.ok(seconds > 16 && seconds < 60, `${seconds} s`);
});

test('a carrier that never says what was played keeps no silent call alive', async t => {
  const site = await startCallSite(t);
  quietAgent(site);
  const { ending, seconds } = await caller(t, site, hum, { marks: false });
  t.match(ending, { source: 'system', reason: 'silence' });
  t.ok(seconds > 16 && seconds < 90, `${seconds} s`);
});

test('a caller who never stops talking is told goodbye at the limit, and cannot talk past it', async t => {
  const site = await startCallSite(t, { plan: { maxSeconds: 15 } });
  quietAgent(site);
  const { ending, seconds } = await caller(t, site, speech);
  t.match(ending, { source: 'system', reason: 'max-duration' });
  t.ok(seconds >= 15 && seconds < 15 + 30, `${seconds} s`);
});

for (const code of [1000, 1002, 1006, 1008, 1011, 3000, 3008, 4300]) {
  test(`an agent that closes with ${code} in mid-call leaves no silent call behind`, async t => {
    const site = await startCallSite(t);
    const sid = await site.call('buyer');
    await site.desk.until(() => (site.desk.turns(sid).length >= 2 ? true : undefined));
    site.agent.control.end(site.agent.control.conversations()[0]!.id, { code });
    const ending = await site.over(sid);
    if ([1002, 1006, 1011].includes(code)) {
      t.match(ending, { source: 'elevenlabs', reason: 'agent-ended' }, 'another agent brought it to its end');
      t.equal(site.desk.types().filter(type => type === 'agent-reopened').length, 1);
    } else if (code === 1000) {
      t.match(ending, { source: 'elevenlabs', reason: 'agent-ended' });
    } else {
      t.match(ending, { source: 'system', reason: 'agent-unavailable', detail: { closeCode: code } });
      t.ok(site.desk.types().includes('apology-played'));
    }
    t.equal(site.sessions.size, 0);
    t.equal(site.pulse.size, 0);
    t.same(site.errors, []);
  });
}

test('agent audio that is no base64, or empty, is counted and nobody hears it', async t => {
  const site = await startCallSite(t);
  const sid = await site.call('buyer');
  await site.desk.until(() => (site.desk.turns(sid).length >= 1 ? true : undefined));
  const { id } = site.agent.control.conversations()[0]!;
  for (const audio_base_64 of ['', '****', 'AAA', `${'A'.repeat(4_000)}%`]) {
    site.agent.control.inject(id, { type: 'audio', audio_event: { audio_base_64, event_id: 99 } } as never);
  }
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
  t.same(site.heard(sid), ['agent: good morning', 'agent: shall I book it', 'agent: thank you']);
  t.same(site.errors, []);
});

test('an agent frame of more than 16 MB costs that agent, and another one goes on', async t => {
  const site = await startCallSite(t);
  const sid = await site.call('buyer');
  await site.desk.until(() => (site.desk.turns(sid).length >= 2 ? true : undefined));
  const { id } = site.agent.control.conversations()[0]!;
  site.agent.control.inject(id, {
    type: 'audio',
    audio_event: { audio_base_64: 'f'.repeat(17 * 1024 * 1024), event_id: 99 },
  } as never);
  t.match(await site.desk.event('agent-lost'), { data: { reason: 'message-too-large' } });
  await site.desk.event('agent-reopened');
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
});
