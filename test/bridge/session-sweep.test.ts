import { test } from 'tap';
import { sweepSessions } from '../../src/bridge/session-sweep.ts';
import type { CarrierCall } from '../../src/telephony/carrier-contract.ts';
import { type CallSite, startCallSite } from './call-site.ts';
import { stranger } from './stranger.ts';

/** The session of a caller who has been here for over a minute, as the sweep sees it. */
async function session(t: Parameters<typeof startCallSite>[0]) {
  const site = await startCallSite(t, { plan: { silenceMs: 0 } });
  const { sid, closed } = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  const later = { now: () => site.clock.now() + 61_000 };
  return { site, sid, closed, later };
}
const callOf = (sid: string, status: string) => ({ sid, status }) as CarrierCall;
const carrier = (live: CarrierCall[], known: CarrierCall | null) => {
  const asked: string[] = [];
  return {
    asked,
    live: async () => live,
    call: async (sid: string) => {
      asked.push(sid);
      return known;
    },
  };
};
const stillThere = (site: CallSite, sid: string) => site.sessions.bySid(sid)?.isOpen;

test('a session whose call is over at the carrier is ended, and says why', async t => {
  for (const status of ['completed', 'failed', null]) {
    const { site, sid, closed, later } = await session(t);
    const gone = carrier([], status === null ? null : callOf(sid, status));
    t.equal(await sweepSessions(site.sessions, gone, later), 1);
    t.same(gone.asked, [sid]);
    t.match(await site.desk.until(() => site.desk.endings.get(sid)), {
      source: 'twilio',
      reason: 'call-gone',
      detail: { status },
    });
    await closed;
    await site.sessions.settled();
    t.equal(site.pulse.size, 0);
  }
});

test('a session whose call is alive is left alone, though the list of live calls lacks it', async t => {
  const { site, sid, later } = await session(t);
  t.equal(await sweepSessions(site.sessions, carrier([callOf(sid, 'in-progress')], null), later), 0);
  const late = carrier([], callOf(sid, 'in-progress'));
  t.equal(await sweepSessions(site.sessions, late, later), 0);
  t.same(late.asked, [sid], 'it was asked for by itself');
  t.ok(stillThere(site, sid));
});

test('calls that just began are not asked for', async t => {
  const { site, sid } = await session(t);
  const nobody = carrier([], null);
  t.equal(await sweepSessions(site.sessions, nobody, site.clock), 0);
  t.same(nobody.asked, []);
  t.ok(stillThere(site, sid));
});

test('a carrier that cannot be asked ends nothing', async t => {
  const { site, sid, later } = await session(t);
  const down = { live: () => Promise.reject(new Error('no answer')), call: async () => null };
  await t.rejects(sweepSessions(site.sessions, down, later), /no answer/);
  t.ok(stillThere(site, sid));
});
