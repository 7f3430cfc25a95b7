import type { Person } from '../scenarios/scenario.ts';
import type { CallOrder } from './call-order.ts';
import { longestCallMs } from './call-order.ts';
import type { CarrierCore } from './carrier-core.ts';
import { LiveCall } from './live-call.ts';
import type { OwnNumber } from './number-book.ts';
import { newSid } from './twilio-sid.ts';
import type { TwinCall } from './twin-call.ts';

/** Somebody (this person, if one is named) calls one of the account's numbers; the call runs on its own from here. */
export function placeInboundCall(core: CarrierCore, number: OwnNumber, from: string, caller?: Person): TwinCall {
  const now = core.clock.now();
  const order: CallOrder = {
    to: number.phone,
    from,
    instructions: { kind: 'url', hook: { url: number.voiceUrl, method: number.voiceMethod } },
    ...(number.voiceFallbackUrl
      ? { fallback: { url: number.voiceFallbackUrl, method: number.voiceFallbackMethod } }
      : {}),
    ringTimeoutMs: 60_000,
    timeLimitMs: longestCallMs,
  };
  const call: TwinCall = {
    sid: newSid('CA'),
    to: number.phone,
    from,
    direction: 'inbound',
    state: 'queued',
    order,
    ...(number.statusCallback
      ? {
          status: {
            url: number.statusCallback,
            method: number.statusCallbackMethod,
            // A number's own callback tells the end of a call and nothing before it.
            events: new Set(['completed'] as const),
          },
        }
      : {}),
    createdAt: now,
    updatedAt: now,
    phoneNumberSid: number.sid,
    queueTimeMs: 0,
    nextSequence: 0,
    heard: [],
    notes: [],
  };
  core.calls.add(call);
  const live = new LiveCall(core, call, caller ?? core.casting.pick(call));
  live.move('ringing');
  if (!number.voiceUrl) {
    live.note('the number has no voice URL');
    live.end('failed', 404);
  } else {
    void live.follow(order.instructions);
  }
  return call;
}
