import { suppressedFrame } from '../audio/audio-frame.ts';
import type { CarrierCore } from '../carrier/carrier-core.ts';
import { placeInboundCall } from '../carrier/inbound-call.ts';
import { documentEnded, type LiveCall } from '../carrier/live-call.ts';
import type { OwnNumber } from '../carrier/number-book.ts';
import type { LineParty } from '../carrier/person-on-line.ts';
import type { TwinCall } from '../carrier/twin-call.ts';
import type { Person } from '../scenarios/scenario.ts';
import { type CallMeter, createLoadMeter } from './load-meter.ts';
import { loadNumber } from './load-numbers.ts';
import type { LoadOrder } from './load-order.ts';
import { createLoadParty, type LoadParty, type Manner } from './load-people.ts';
import { createCostMeter, type LoadReport, type Traffic } from './load-report.ts';

/** One load run at the carrier: its people, their calls, what became of them. */
export interface LoadRun {
  report(): LoadReport;
  /** Ends it early; what was measured so far stays. */
  stop(): void;
  /** Lets go of everything at once: the twin itself is being closed. */
  abandon(): void;
  /** The party of a call that belongs to this run. */
  partyOf(live: LiveCall): LineParty | undefined;
  /** Resolves when the last call has ended. */
  readonly finished: Promise<void>;
}

/** The last moments of a call are for what is still on its way; a machine that stood still a while gets longer, but not for ever. */
const fadeMs = 1_500;
const longestFadeMs = 15_000;
/** A call that has no audio after so long has failed. */
const joinWithinMs = 20_000;
/** No new call begins so shortly before the end. */
const lastChanceMs = 5_000;
const lookEveryMs = 50;

interface Slot {
  readonly person: Person;
  readonly number: string;
  readonly talks: boolean;
}
interface Ongoing {
  readonly slot: Slot;
  readonly live: LiveCall;
  readonly meter: CallMeter;
  readonly beganAt: number;
  party: LoadParty | undefined;
  joined: boolean;
  /** Why the run gives it up. */
  givenUp?: string;
  /** For how long it has been silent, so as to end in good order. */
  fadedMs?: number;
}

/** Starts the run: calls begin evenly over the ramp, are held, then fall silent and are hung up. Its clock is real time. */
export function startLoadRun(core: CarrierCore, order: LoadOrder, called: OwnNumber): LoadRun {
  const meter = createLoadMeter();
  const traffic: Traffic = { ticks: 0, sent: 0, received: 0 };
  const cost = createCostMeter(traffic);
  const slots = makeSlots(order);
  const free = order.direction === 'inbound' ? [...slots.values()] : [];
  const ongoing = new Map<string, Ongoing>();
  const failures: Record<string, number> = {};
  const counts = { placed: 0, connected: 0, completed: 0, withAudio: 0, peak: 0 };
  const violationsBefore = { ...core.ledger.totals };
  // The longest clip is said over and over; whoever is called picks up with the shortest greeting there is.
  const clip = core.scenario.clips.clips.reduce((one, other) => (other.bytes.length > one.bytes.length ? other : one));
  const greeting =
    order.direction === 'outbound'
      ? core.scenario.people
          .flatMap(person => person.greeting ?? [])
          .toSorted((one, other) => one.bytes.length - other.bytes.length)[0]
      : undefined;
  const manner = { silence: order.silence, ...(greeting ? { greeting } : {}) };
  const talkative: Manner = { ...manner, silenceShare: 0, silence: 'steady' };
  const reserved: Manner = { ...manner, silenceShare: order.silenceShare ?? 1 };
  const startedAt = performance.now();
  const rampEndsAt = startedAt + order.rampSeconds * 1_000;
  let endsAt = rampEndsAt + order.holdSeconds * 1_000;
  let endedAt: number | undefined;
  let allowance = 0;
  let lookedAt = startedAt;
  let finish: () => void = () => {};
  const finished = new Promise<void>(resolve => {
    finish = resolve;
  });
  const number: OwnNumber = {
    ...called,
    voiceUrl: called.voiceUrl || (order.voiceUrl ?? ''),
    statusCallback: called.statusCallback || (order.statusCallback ?? ''),
  };

  const settle = (call: Ongoing) => {
    const { live, slot } = call;
    ongoing.delete(live.call.sid);
    if (call.joined) counts.withAudio -= 1;
    call.meter.over(call.fadedMs === undefined);
    if (call.fadedMs === undefined) {
      const kind = call.givenUp ?? whatBecameOf(core, live, call.joined);
      failures[kind] = (failures[kind] ?? 0) + 1;
    } else counts.completed += 1;
    if (order.direction === 'inbound') free.push(slot);
  };
  const stopListening = core.calls.onChange((changed: TwinCall) => {
    const slot = slots.get(changed.personId ?? '');
    const live = core.calls.live.get(changed.sid);
    if (!slot || !live || ongoing.has(changed.sid) || live.over.signal.aborted) return;
    counts.placed += 1;
    const beganAt = performance.now();
    const call: Ongoing = { slot, live, meter: meter.call(), beganAt, party: undefined, joined: false };
    ongoing.set(changed.sid, call);
    live.over.signal.addEventListener('abort', () => settle(call), { once: true });
  });

  const look = () => {
    const now = performance.now();
    const rate = order.rampSeconds > 0 ? order.calls / order.rampSeconds / 1_000 : Number.POSITIVE_INFINITY;
    // At most a second is made up for: calls that all ended together would come back as a storm.
    const most = Math.min(order.calls, Math.max(1, rate * 1_000));
    allowance = Math.min(most, allowance + rate * Math.max(1, now - lookedAt));
    // What came while this process stood still has not been read yet: such a time is no time to arrive in.
    const passedMs = Math.min(2 * lookEveryMs, now - lookedAt);
    lookedAt = now;
    for (; allowance >= 1 && free.length > 0 && now < endsAt - Math.min(lastChanceMs, order.holdSeconds * 500); ) {
      allowance -= 1;
      const slot = free.shift()!;
      core.casting.answerNext(slot.person, number.phone);
      placeInboundCall(core, number, slot.number);
    }
    if (now >= rampEndsAt) cost.begin();
    if (now >= endsAt) cost.end();
    cost.look(counts.withAudio);
    for (const call of ongoing.values()) attend(call, now, passedMs);
    if (now >= endsAt && ongoing.size === 0) close(now);
  };
  const attend = (call: Ongoing, now: number, passedMs: number) => {
    if (call.fadedMs !== undefined) {
      call.fadedMs += passedMs;
      const arrived = call.meter.underway === 0;
      if (call.fadedMs >= (arrived ? fadeMs : longestFadeMs)) call.live.hangUp('the load run ended the call');
      return;
    }
    const old = order.callSeconds !== undefined && now - call.beganAt >= order.callSeconds * 1_000;
    if (call.joined && (old || now >= endsAt)) {
      call.fadedMs = 0;
      call.party?.fallSilent();
    } else if (!call.joined && now - call.beganAt > joinWithinMs) {
      // Also past the end: that it began shortly before is no fault of the call.
      call.givenUp = 'no audio within 20 s';
      call.live.hangUp('the load run gave up waiting for audio');
    }
  };
  const close = (now: number) => {
    if (endedAt !== undefined) return;
    endedAt = now;
    clearInterval(timer);
    stopListening();
    if (order.direction === 'outbound') for (const slot of slots.values()) core.casting.assign(slot.number, undefined);
    finish();
  };
  if (order.direction === 'outbound') for (const slot of slots.values()) core.casting.assign(slot.number, slot.person);
  const timer = setInterval(look, lookEveryMs);

  return {
    finished,
    stop: () => {
      endsAt = Math.min(endsAt, performance.now());
    },
    abandon: () => close(performance.now()),
    partyOf(live) {
      const call = ongoing.get(live.call.sid);
      if (!call) return undefined;
      const answeredAt = performance.now();
      const events = {
        joined() {
          if (call.joined) return; // another stream of the same call
          call.joined = true;
          counts.connected += 1;
          counts.withAudio += 1;
          counts.peak = Math.max(counts.peak, counts.withAudio);
        },
        sounded: () => meter.firstSound.add(performance.now() - answeredAt),
      };
      call.party = createLoadParty(clip, call.meter, call.slot.talks ? talkative : reserved, events);
      return counted(call.party, traffic);
    },
    report() {
      const now = endedAt ?? performance.now();
      const state =
        endedAt !== undefined ? 'done' : now >= endsAt ? 'ending' : now >= rampEndsAt ? 'holding' : 'ramping';
      const { placed, connected, completed, peak } = counts;
      return {
        state,
        elapsedSeconds: Math.round((now - startedAt) / 100) / 10,
        order,
        calls: { placed, connected, live: ongoing.size, peak, completed },
        failures: { ...failures },
        frames: meter.frames(),
        latencyMs: meter.latencies(),
        firstSoundMs: meter.firstSound.quantiles(),
        violations: difference(core.ledger.totals, violationsBefore),
        cost: cost.report(),
      };
    },
  };
}

function makeSlots({ calls, talking }: LoadOrder): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  for (let index = 0; index < calls; index += 1) {
    const id = `load-${index + 1}`;
    const person: Person = {
      ...{ id, name: `Load ${index + 1}`, answer: 'human' as const, ringsMs: 1_000 },
      ...{ faults: [], steps: [], dialogue: [] },
    };
    const talks = Math.floor((index + 1) * talking) > Math.floor(index * talking);
    slots.set(id, { person, number: loadNumber(index), talks });
  }
  return slots;
}

/** Why a call that was not hung up by the run is over, as short as the debugger knows it. */
function whatBecameOf({ ledger }: CarrierCore, { call }: LiveCall, joined: boolean): string {
  const alert = ledger.debugger.findLast(each => each.callSid === call.sid);
  const last = call.notes.at(-1) ?? call.state;
  const note = !joined && last === documentEnded ? 'turned away by TwiML without a stream' : last;
  const cause = alert ? `${alert.code} ${alert.detail}` : note;
  return `${joined ? 'ended early' : 'not connected'}: ${cause.replaceAll(/https?:\/\/\S+/g, '…').slice(0, 120)}`;
}

function counted(party: LoadParty, traffic: Traffic): LineParty {
  return {
    next() {
      const frame = party.next();
      traffic.ticks += 1;
      if (frame !== suppressedFrame) traffic.sent += 1;
      return frame;
    },
    hear: (bytes, speech) => party.hear(bytes, speech),
    joined: () => party.joined?.(),
    arrived(audio) {
      traffic.received += audio.length / 160;
      party.arrived?.(audio);
    },
  };
}

const difference = (after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(after).flatMap(([kind, count]) => {
      const more = count - (before[kind] ?? 0);
      return more > 0 ? [[kind, more]] : [];
    }),
  );
