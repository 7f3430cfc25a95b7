import { LRUCache } from 'lru-cache';
import { maskedCall, withoutPeople } from '../calls/call-mask-protocol.ts';
import '../calls/calls-events.ts';
import '../calls/transcript-events.ts';
import '../analytics/analytics-events.ts';
import type { CallView } from '../calls/calls.types.ts';
import type { Events } from '../events.ts';
import '../handoff/handoff-events.ts';
import type { FanOut } from './fan-out.ts';
import type { CallUpdated, LiveCall, LiveFields, LiveTurn } from './live-contract.ts';

/** Calls of which this process knows how they were told last. */
const mostKnown = 20_000;

export interface CallFeedOptions {
  readonly events: Pick<Events, 'on'>;
  readonly fanOut: FanOut;
}

/** Turns what happens on calls into events for whoever follows them. */
export interface CallFeed {
  /** The newest turn of a live call that this process told of. */
  lastTurn(callId: string): LiveFields['lastTurn'] | undefined;
  stop(): void;
}

interface LastTurn {
  readonly index: number;
  readonly turn: LiveTurn;
  readonly final: boolean;
  readonly seq: number;
}

export function createCallFeed({ events, fanOut }: CallFeedOptions): CallFeed {
  /** As it was told last: what has changed since then is what an event says. */
  const told = new LRUCache<string, CallView>({ max: mostKnown });
  const turns = new LRUCache<string, LastTurn>({ max: mostKnown });
  const sids = new LRUCache<string, string>({ max: mostKnown });

  const changed = (view: CallView, isNew: boolean) => {
    if (view.sid) sids.set(view.id, view.sid);
    const before = told.get(view.id);
    if (before && before.seq >= view.seq) return;
    if (!fanOut.wanted('calls')) return;
    // Live ones are told as they come and go; those that are written down follow a moment later.
    const { flags: _flags, ...rest } = view;
    const call = rest as CallView;
    const at = new Date().toISOString();
    if (isNew && !before) {
      told.set(call.id, call);
      const event = { seq: call.seq, at, call: call as LiveCall };
      return fanOut.send('calls', 'call:started', event, () => ({ ...event, call: maskedCall(call as LiveCall) }));
    }
    const fields = before ? differences(before, call) : { ...call };
    // Nothing that is shown has changed: the next event says what has since the last one that said something.
    if (Object.keys(fields).length === 0) return;
    told.set(call.id, call);
    const event = { seq: call.seq, since: before?.seq ?? 0, at, callSid: call.sid, callId: call.id, fields };
    fanOut.send('calls', 'call:updated', event, () => ({ ...event, fields: maskedCall(fields, call.direction) }));
  };

  const stopListening = [
    events.on('calls.changed', ({ call, fields }) => changed(call, fields === null)),
    events.on('calls.ended', ({ call }) => {
      turns.delete(call.id);
      if (!fanOut.wanted('calls')) return;
      told.set(call.id, call);
      const event = { seq: call.seq, at: new Date().toISOString(), call: call as LiveCall };
      fanOut.send('calls', 'call:ended', event, () => ({ ...event, call: maskedCall(call as LiveCall) }));
    }),
    events.on('calls.reported', ({ call }) => {
      fanOut.send('calls', 'call:reported', { callSid: call.sid, callId: call.id, at: new Date().toISOString() });
    }),
    events.on('transcript.appended', ({ callId, index, turn, at }) => {
      const before = turns.get(callId);
      const seq = Math.max(at.getTime(), (before?.seq ?? 0) + 1);
      // A turn is final when another one has begun, or when it was cut: until then its words may still grow.
      const final = turn.interrupted || index < (before?.index ?? 0);
      if (!before || index >= before.index) turns.set(callId, { index, turn, final, seq });
      else turns.set(callId, { ...before, seq });
      if (!fanOut.wanted('calls')) return;
      const callSid = sids.get(callId) ?? null;
      const event = { seq, at: at.toISOString(), callSid, callId, index, turn, final };
      fanOut.send('calls', 'call:transcript', event);
    }),
    events.on('call.people', ({ callId, callSid, people, endsAt }) => {
      // Not with the newest alone: whether a colleague is there decides what a supervisor does next.
      fanOut.send('calls', 'call:updated', liveUpdate(callId, callSid, { people, endsAt }));
    }),
    events.on('calls.noted', ({ callId, event }) => {
      if (!fanOut.wanted(`call:${callId}`)) return;
      const payload = { callSid: sids.get(callId) ?? null, callId, event };
      fanOut.send(`call:${callId}`, 'call:event', payload, () => ({
        ...payload,
        event: { ...event, data: withoutPeople(event.data) as Record<string, unknown> },
      }));
    }),
  ];

  return {
    lastTurn(callId) {
      const last = turns.get(callId);
      return last && { index: last.index, turn: last.turn, final: last.final };
    },
    stop: () => {
      for (const stop of stopListening) stop();
    },
  };
}

/** Fields that no document has: they always count, so both seqs are 0. */
export const liveUpdate = (callId: string, callSid: string | null, fields: LiveFields): CallUpdated => ({
  seq: 0,
  since: 0,
  at: new Date().toISOString(),
  callSid,
  callId,
  fields: { ...fields },
});

/** Fields that differ, with their new values; `seq` is told beside them. */
function differences(before: CallView, after: CallView): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    if (name === 'seq') continue;
    const old = before[name];
    if (old === value) continue;
    if (typeof value === 'object' && typeof old === 'object' && JSON.stringify(value) === JSON.stringify(old)) continue;
    fields[name] = value;
  }
  return fields;
}
