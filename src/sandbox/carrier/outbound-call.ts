import { createAmdDetector } from './amd-detector.ts';
import type { CallOrder } from './call-order.ts';
import type { CarrierCore } from './carrier-core.ts';
import type { Fault } from './fault-board.ts';
import { LiveCall } from './live-call.ts';
import type { TwinCall } from './twin-call.ts';
import type { Fields } from './webhook-sender.ts';

const setUpMs = 200;
const sipCodes = { busy: 486, rejected: 603, invalid: 404, timeout: 487 } as const;

/** Takes an outbound call from its moment of dialling to its end. */
export async function runOutboundCall(core: CarrierCore, call: TwinCall): Promise<void> {
  const live = await ringOut(core, call, undefined);
  if (!live) return;
  const { order } = call;
  if (order.sendDigits) live.note(`sent the keys ${order.sendDigits}`);
  const verdict = order.amd ? detect(live, order) : undefined;
  const fields: Fields = [];
  if (verdict && !order.amd?.async) {
    // The line is held silent until the verdict is there.
    const found = await verdict;
    if (!found) return;
    fields.push(['AnsweredBy', found.answeredBy], ['MachineDetectionDuration', String(found.durationMs)]);
  }
  await live.follow(order.instructions, fields);
}

/** Dials and rings; gives the answered call, or undefined when it ended before an answer. */
export async function ringOut(
  core: CarrierCore,
  call: TwinCall,
  signal: AbortSignal | undefined,
): Promise<LiveCall | undefined> {
  if (call.state !== 'queued') return undefined;
  const person = core.casting.pick(call);
  const live = new LiveCall(core, call, person);
  for (const fault of person.faults) core.faults.add({ ...fault, callSid: call.sid } as Fault);
  const giveUp = () => live.hangUp('the call it belonged to ended');
  signal?.addEventListener('abort', giveUp, { once: true });
  const over = live.over.signal;
  live.move('initiated');
  await core.clock.wait(setUpMs, over);
  if (person.answer === 'invalid') live.end('failed', sipCodes.invalid);
  if (over.aborted) return undefined;
  live.move('ringing');
  const patienceMs = call.order.ringTimeoutMs;
  const held = core.ringAt(live);
  const rings = person.answer === 'no-answer' ? Number.POSITIVE_INFINITY : person.ringsMs;
  const patience = core.clock.wait(held ? patienceMs : Math.min(rings, patienceMs), over);
  const decision = await (held ? Promise.race([held, patience]) : patience);
  signal?.removeEventListener('abort', giveUp);
  if (over.aborted) return undefined;
  if (held ? !decision : rings > patienceMs) live.end('no-answer', sipCodes.timeout);
  else if (decision === 'decline') live.end('busy', sipCodes.busy);
  else if (person.answer === 'busy') live.end('busy', sipCodes.busy);
  else if (person.answer === 'rejected') live.end('no-answer', sipCodes.rejected);
  if (over.aborted) return undefined;
  live.answer();
  return live;
}

interface Verdict {
  answeredBy: string;
  durationMs: number;
}

/** Listens to the called side until the verdict is there; undefined when the call ends before. */
function detect(live: LiveCall, order: CallOrder): Promise<Verdict | undefined> {
  const amd = order.amd!;
  const detector = createAmdDetector(amd);
  return new Promise(resolve => {
    const untap = live.line!.tap(said => {
      const answeredBy = detector.push(said.sound);
      if (!answeredBy) return;
      untap();
      const verdict = { answeredBy, durationMs: detector.elapsedMs };
      live.call.answeredBy = answeredBy;
      live.core.calls.changed(live.call);
      if (amd.async) tellVerdict(live, verdict);
      resolve(verdict);
    });
    live.over.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function tellVerdict(live: LiveCall, verdict: Verdict): void {
  const { call, core } = live;
  const hook = call.order.amd?.callback;
  if (!hook) {
    core.ledger.alert(21262, 'asynchronous AMD without a callback address', call.sid);
    return;
  }
  const fields: Fields = [
    ['AccountSid', core.accountSid],
    ['CallSid', call.sid],
    ['AnsweredBy', verdict.answeredBy],
    ['MachineDetectionDuration', String(verdict.durationMs)],
  ];
  void core.webhooks.send({ purpose: 'amd', hook, fields, callSid: call.sid, event: verdict.answeredBy });
}
