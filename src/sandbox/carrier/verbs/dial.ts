import type { AudioFrame } from '../../audio/audio-frame.ts';
import type { CallOrder, StatusHook } from '../call-order.ts';
import { type StatusEvent, statusEvents } from '../call-state.ts';
import type { FarEnd } from '../line.ts';
import type { LiveCall } from '../live-call.ts';
import { ringOut } from '../outbound-call.ts';
import type { Next } from '../run-document.ts';
import { newSid } from '../twilio-sid.ts';
import type { TwimlElement } from '../twiml-document.ts';
import { billedSeconds, type TwinCall } from '../twin-call.ts';
import type { Fields } from '../webhook-sender.ts';
import { afterVerb, hookOf } from './address.ts';
import type { VerbContext } from './run-verb.ts';

/** Dial: calls somebody and joins the two lines until one of them hangs up. */
export async function runDial(context: VerbContext): Promise<Next> {
  const { live, verb, signal } = context;
  const noun = verb.children[0];
  if (noun?.name === 'Conference') {
    live.note(`waits alone in the conference ${noun.text}`);
    await live.core.clock.wait(live.call.order.timeLimitMs, signal);
    return { kind: 'end' };
  }
  const child = childCall(context, noun);
  const { core } = live;
  core.calls.add(child);
  const leg = await ringOut(core, child, signal);
  const bridged = leg !== undefined && (await announced(context, noun, leg));
  if (leg && bridged) {
    join(live, leg);
    const limit = core.clock.after(Number(verb.attributes['timeLimit'] ?? 14_400) * 1_000, () =>
      leg.hangUp('the limit of Dial was reached'),
    );
    const parentGone = () => leg.hangUp('the other party hung up');
    signal.addEventListener('abort', parentGone, { once: true });
    if (!leg.over.signal.aborted) {
      await new Promise<void>(resolve => leg.over.signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    limit.cancel();
    signal.removeEventListener('abort', parentGone);
    live.line?.connect(undefined);
  }
  const fields: Fields = [
    ['DialCallSid', child.sid],
    ['DialCallStatus', child.state],
    ['DialBridged', String(bridged)],
  ];
  if (leg) fields.push(['DialCallDuration', String(billedSeconds(child) ?? 0)]);
  return afterVerb(context, fields);
}

/** Carries out what `url` of the noun says to whoever answered; false when they, or the caller, hung up before its end. */
async function announced(context: VerbContext, noun: TwimlElement | undefined, leg: LiveCall): Promise<boolean> {
  const { url, method } = noun?.attributes ?? {};
  const hook = url ? hookOf(context, url, method) : undefined;
  if (!hook) return true;
  const over = AbortSignal.any([context.signal, leg.over.signal]);
  await leg.core.runInstructions(leg, { kind: 'url', hook }, [], over);
  if (context.signal.aborted) leg.hangUp('the other party hung up');
  return !over.aborted;
}

function childCall(context: VerbContext, noun: TwimlElement | undefined): TwinCall {
  const { live, verb } = context;
  const { call, core } = live;
  const now = core.clock.now();
  const order: CallOrder = {
    to: noun?.text ?? verb.text,
    from: verb.attributes['callerId'] ?? (call.direction === 'inbound' ? call.from : call.to),
    instructions: { kind: 'twiml', twiml: '<Response/>' },
    ringTimeoutMs: Number(verb.attributes['timeout'] ?? 30) * 1_000,
    timeLimitMs: Number(verb.attributes['timeLimit'] ?? 14_400) * 1_000,
  };
  const hook = noun?.attributes['statusCallback'];
  const address = hook ? hookOf(context, hook, noun?.attributes['statusCallbackMethod']) : undefined;
  const wanted = noun?.attributes['statusCallbackEvent']?.split(' ') ?? ['completed'];
  const status: StatusHook | undefined = address && {
    ...address,
    events: new Set(statusEvents.filter((event: StatusEvent) => wanted.includes(event))),
  };
  return {
    sid: newSid('CA'),
    to: order.to,
    from: order.from,
    direction: 'outbound-dial',
    state: 'queued',
    order,
    ...(status ? { status } : {}),
    createdAt: now,
    updatedAt: now,
    parentSid: call.sid,
    queueTimeMs: 0,
    nextSequence: 0,
    heard: [],
    notes: [],
  };
}

/** Each party hears what the other one said 20 ms ago. */
function join(one: LiveCall, other: LiveCall): void {
  let fromOne: AudioFrame | undefined;
  let fromOther: AudioFrame | undefined;
  const oneHears: FarEnd = {
    play: () => fromOther?.bytes,
    hear: frame => {
      fromOne = frame;
    },
  };
  const otherHears: FarEnd = {
    play: () => fromOne?.bytes,
    hear: frame => {
      fromOther = frame;
    },
  };
  one.line?.connect(oneHears);
  other.line?.connect(otherHears);
}
