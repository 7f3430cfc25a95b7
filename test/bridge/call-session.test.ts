import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'tap';
import { type CallSite, startCallSite } from './call-site.ts';

/** Nothing refers to the session any more: the collector takes it. */
async function forgotten(session: WeakRef<object>): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  while (session.deref() !== undefined) {
    // What was looked at stays until the end of the turn.
    await new Promise(resolve => setTimeout(resolve, 20));
    collect();
  }
}

const sessionOf = async (site: CallSite, sid: string) => new WeakRef<object>(await site.session(sid));

test('a person and an agent talk, and both hear every byte of the other', async t => {
  const site = await startCallSite(t);
  const sid = await site.call('buyer');
  const session = await sessionOf(site, sid);
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
  t.same(site.heard(sid), ['agent: good morning', 'agent: shall I book it', 'agent: thank you']);
  const talked = await site.agent.control.until(each => each.endedAt !== undefined);
  t.same(
    talked.heard.map(each => [each.clipId, each.complete]),
    [
      ['hello', true],
      ['yes please', true],
      ['goodbye', true],
    ],
  );
  const turns = site.desk.turns(sid);
  t.same(
    turns.map(({ role, text }) => `${role}: ${text}`),
    [
      'agent: agent: good morning',
      'caller: hello',
      'caller: yes please',
      'agent: agent: shall I book it',
      'caller: goodbye',
      'agent: agent: thank you',
    ],
  );
  t.ok(
    turns.every(turn => !turn.interrupted && turn.heardText === undefined && turn.endMs > turn.startMs),
    'everything was heard to its end',
  );
  t.match(site.desk.firstTurns, [{ role: 'agent', text: 'agent: good morning' }], 'the first sentence is told once');
  t.match(site.desk.notes, [
    { engine: 'elevenlabs' },
    { latency: { turnsMs: [Number, Number] }, media: { gaps: 0, dropped: 0 } },
  ]);
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0, 'no timer is left');
  await t.resolves(forgotten(session), 'and its memory is given back');
});
