import type { Test } from 'tap';
import type { NewCall } from '../../src/calls/call-document.ts';
import { callee, ourNumber, startCallSite } from './call-site.ts';

export const policy = (record: boolean) => ({
  amd: { mode: 'off', onMachine: 'hang-up' } as const,
  record,
  maxSeconds: 570,
  silenceMs: 8_000,
});

/** A call that is live at the carrier and known here. */
export async function liveCall(t: Test, fields: Partial<NewCall> = {}) {
  const site = await startCallSite(t, {
    prepare: app =>
      app.post('/hold', { config: { access: 'public', audit: false } }, (_request, reply) =>
        reply.type('text/xml').send('<Response><Pause length="600"/></Response>'),
      ),
  });
  const attempt = await site.attempt({ to: callee, liveTo: null, policy: policy(false), ...fields });
  const id = attempt._id.toHexString();
  const { sid } = await site.app.carrier.dial({
    to: callee,
    from: ourNumber,
    url: 'https://calls.example.com/hold',
    fallbackUrl: site.app.carrierAddresses.fallback(id),
    statusCallback: site.app.carrierAddresses.callStatus(id),
    timeLimitSeconds: 600,
    ringSeconds: 30,
  });
  await site.carrier.control.reached(sid, 'in-progress');
  await site.until(id, each => each.state === 'in-progress');
  return { site, id, sid };
}
