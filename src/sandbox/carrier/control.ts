import type { LoadDesk } from '../load/load-desk.ts';
import type { LoadOrder } from '../load/load-order.ts';
import type { LoadReport } from '../load/load-report.ts';
import type { Person } from '../scenarios/scenario.ts';
import type { CallState } from './call-state.ts';
import { isFinal } from './call-state.ts';
import type { CarrierCore } from './carrier-core.ts';
import type { Casting } from './casting.ts';
import type { Fault } from './fault-board.ts';
import { placeInboundCall } from './inbound-call.ts';
import type { LiveCall } from './live-call.ts';
import type { NumberBook, OwnNumber } from './number-book.ts';
import type { Handset, PhoneDesk } from './phone-desk.ts';
import { probeSignature } from './signature-probe.ts';
import type { TwinCall } from './twin-call.ts';
import type { DebuggerEntry, Violation, ViolationKind } from './twin-ledger.ts';

/** A call as the sandbox console shows it: more than the REST API tells. */
export interface CallView {
  sid: string;
  from: string;
  to: string;
  direction: TwinCall['direction'];
  state: CallState;
  person: string | undefined;
  personName: string | undefined;
  answeredBy: string | undefined;
  createdAt: number;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  streamSid: string | undefined;
  /** Audio that waits to be played, in milliseconds. */
  queuedMs: number;
  /** The clips that the person heard, in order. */
  heard: readonly { clipId: string; from: number; to: number; complete: boolean }[];
  notes: readonly string[];
}

/** What can be done to the simulated telephone network at run time. */
export interface CarrierControl {
  /** The newest calls first. */
  calls(limit?: number): CallView[];
  /** How many calls have not ended. */
  readonly ongoing: number;
  call(sid: string): CallView | undefined;
  people(): readonly Pick<Person, 'id' | 'name' | 'business' | 'number' | 'answer' | 'note'>[];
  /** Somebody calls one of the account's numbers. */
  callIn(request: { from: string; to?: string; personId?: string }): CallView;
  answerNext(personId: string, to?: string): void;
  assign(number: string, personId?: string): void;
  /** Who is waited for, and whose number is whose. */
  cast(): { next: ReturnType<Casting['wishes']>; numbers: ReturnType<Casting['assignments']> };
  /** The clip's words, as they are spoken. */
  wordsOf(clipId: string): string | undefined;
  /** The account's numbers, the first one first. */
  numbers(): readonly { phone: string; label: string; connected: boolean }[];
  /** The next call that the product places (to this number) rings at this handset; returns how to stop waiting for it. */
  answerNextAt(handset: Handset, name: string, to?: string): () => void;
  /** Whoever holds this handset calls one of the account's numbers. */
  callInFrom(handset: Handset, name: string, request: { from: string; to?: string }): CallView;
  hangUp(sid: string): void;
  press(sid: string, digits: string): void;
  addFault(fault: Fault): void;
  clearFaults(): void;
  faults(): readonly Fault[];
  readonly violations: readonly Violation[];
  readonly debugger: readonly DebuggerEntry[];
  takeViolations(kind?: ViolationKind): Violation[];
  onCall(listener: (call: CallView) => void): () => void;
  /** Resolves when the call reaches this state; rejects when it ends in another one. */
  reached(sid: string, state: CallState): Promise<CallView>;
  /** Resolves when no call is going on and every webhook has been delivered or given up. */
  idle(): Promise<void>;
  /** Starts a load run; only one at a time. */
  startLoad(order: LoadOrder): LoadReport;
  /** The running or the last load run. */
  load(): LoadReport | undefined;
  /** Resolves when the running load run is done; at once without one. */
  loadFinished(): Promise<void>;
  /** Ends the running load run early, in good order. */
  stopLoad(): void;
  /** Sends an unsigned and a wrongly signed request; an address that does not refuse them with 403 is a violation. */
  probe(url: string): Promise<boolean>;
}

/** Something the console asked for that does not exist. */
export class ControlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ControlError';
  }
}

export function createCarrierControl(
  core: CarrierCore,
  numbers: NumberBook,
  phones: PhoneDesk,
  loads: LoadDesk,
): CarrierControl {
  const { calls, casting, faults, ledger } = core;
  const view = (call: TwinCall): CallView => {
    const live = calls.live.get(call.sid);
    return {
      sid: call.sid,
      from: call.from,
      to: call.to,
      direction: call.direction,
      state: call.state,
      person: call.personId,
      personName: call.personName,
      answeredBy: call.answeredBy,
      createdAt: call.createdAt,
      answeredAt: call.answeredAt,
      endedAt: call.endedAt,
      streamSid: live?.stream?.streamSid,
      queuedMs: live?.stream?.queuedMs ?? 0,
      heard: call.heard.map(({ clipId, from, to, complete }) => ({ clipId, from, to, complete })),
      notes: [...call.notes],
    };
  };
  const live = (sid: string): LiveCall => {
    const found = calls.live.get(sid);
    if (!found) throw new ControlError(`no call with the SID ${sid} is going on`);
    return found;
  };
  const ownNumber = (phone: string | undefined): OwnNumber => {
    const number = phone === undefined ? numbers.list()[0] : numbers.byPhone(phone);
    if (!number) throw new ControlError(`${phone} is not a number of this account`);
    return number;
  };
  const person = (id: string): Person => {
    const found = casting.person(id);
    if (!found) throw new ControlError(`nobody has the id ${id}`);
    return found;
  };

  return {
    calls: (limit = 500) => calls.newestFirst().slice(0, limit).map(view),
    get ongoing() {
      return calls.live.size;
    },
    call(sid) {
      const call = calls.get(sid);
      return call && view(call);
    },
    people: () =>
      core.scenario.people.map(({ id, name, answer, ...rest }) => ({
        id,
        name,
        answer,
        ...(rest.business ? { business: rest.business } : {}),
        ...(rest.number ? { number: rest.number } : {}),
        ...(rest.note ? { note: rest.note } : {}),
      })),
    callIn: ({ from, to, personId }) =>
      view(placeInboundCall(core, ownNumber(to), from, personId === undefined ? undefined : person(personId))),
    answerNext: (personId, to) => casting.answerNext(person(personId), to),
    assign: (number, personId) => casting.assign(number, personId === undefined ? undefined : person(personId)),
    cast: () => ({ next: casting.wishes(), numbers: casting.assignments() }),
    wordsOf: clipId => core.scenario.clips.get(clipId)?.text,
    numbers: () =>
      numbers.list().map(({ phone, friendlyName, voiceUrl }) => ({
        phone,
        label: friendlyName,
        connected: voiceUrl !== '',
      })),
    answerNextAt(handset, name, to) {
      const holder = phones.connect(handset, name);
      casting.ringNext(holder, to);
      return () => {
        casting.withdraw(holder);
        phones.disconnect(holder);
      };
    },
    callInFrom(handset, name, { from, to }) {
      const number = ownNumber(to);
      const holder = phones.connect(handset, name);
      const call = placeInboundCall(core, number, from, holder);
      const over = calls.live.get(call.sid)?.over.signal;
      if (over) over.addEventListener('abort', () => phones.disconnect(holder), { once: true });
      else phones.disconnect(holder);
      return view(call);
    },
    hangUp: sid => live(sid).hangUp('hung up from the console'),
    press(sid, digits) {
      for (const digit of digits) live(sid).press(digit);
    },
    addFault: fault => faults.add(fault),
    clearFaults: () => faults.clear(),
    faults: () => faults.list(),
    violations: ledger.violations,
    debugger: ledger.debugger,
    takeViolations: kind => ledger.takeViolations(kind),
    onCall: listener => calls.onChange(call => listener(view(call))),
    reached(sid, state) {
      return new Promise((resolve, reject) => {
        const check = (call: TwinCall | undefined): boolean => {
          if (!call) reject(new ControlError(`no call has the SID ${sid}`));
          else if (call.state === state) resolve(view(call));
          else if (isFinal(call.state))
            reject(new ControlError(`the call ended as ${call.state} instead: ${call.notes.join('; ')}`));
          else return false;
          return true;
        };
        if (check(calls.get(sid))) return;
        const stop = calls.onChange(call => {
          if (call.sid === sid && check(call)) stop();
        });
      });
    },
    async idle() {
      while (calls.live.size > 0 || core.background.size > 0) {
        if (calls.live.size > 0) {
          await new Promise<void>(resolve => {
            const stop = calls.onChange(() => {
              stop();
              resolve();
            });
          });
        }
        await core.background.settled();
      }
    },
    startLoad(order) {
      const number = ownNumber(order.to);
      if (loads.report() && loads.report()?.state !== 'done') throw new ControlError('a load run is going on already');
      if (order.direction === 'inbound' && !number.voiceUrl && !order.voiceUrl)
        throw new ControlError(`${number.phone} has no voice URL, and voiceUrl was not given`);
      return loads.start(core, order, number);
    },
    load: () => loads.report(),
    loadFinished: () => loads.finished(),
    stopLoad: () => loads.stop(),
    probe: url => probeSignature(core, url),
  };
}
