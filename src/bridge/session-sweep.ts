import type { Clock } from '../jobs/clock.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import type { CallSession } from './call-session.ts';
import type { Sessions } from './registry.ts';

/** A call that just began may not be in the carrier's lists yet. */
const youngMs = 60_000;
const overStates = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);

/**
 * Compares the sessions with the calls that are alive at the carrier, and ends those whose call is gone. A list may be late, so
 * each call that is missing is asked for by itself. Returns how many were ended.
 */
export async function sweepSessions(
  sessions: Sessions,
  carrier: Pick<Carrier, 'live' | 'call'>,
  clock: Pick<Clock, 'now'>,
): Promise<number> {
  const old = (session: CallSession) => clock.now() - session.startedAt.getTime() >= youngMs;
  if (!sessions.all().some(old)) return 0;
  const alive = new Set((await carrier.live()).map(call => call.sid));
  let ended = 0;
  for (const session of sessions.all()) {
    if (!old(session) || alive.has(session.callSid)) continue;
    const call = await carrier.call(session.callSid);
    if (call && !overStates.has(call.status)) continue;
    session.end({ source: 'twilio', reason: 'call-gone', detail: { status: call?.status ?? null } });
    ended += 1;
  }
  return ended;
}
