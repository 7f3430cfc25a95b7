import type {
  CallEnded,
  CallStarted,
  CallsSnapshot,
  CallTranscript,
  CallUpdated,
  LiveCall,
  LiveFields,
} from '../../../../src/live/live-contract.ts';
import {
  type LiveCalls as HeldCalls,
  noLiveCalls as nothingHeld,
  withCall,
  withEnded,
  withSnapshot,
  withStarted,
  withUpdated,
} from '../../../../src/live/live-state-protocol.ts';

/** The fields of a call that the live page shows, as the API names them. */
export interface ShownCall {
  readonly id: string;
  readonly sid: string | null;
  readonly direction: 'inbound' | 'outbound';
  readonly to: string;
  readonly from: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly createdAt: string;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  readonly durationSeconds: number | null;
  readonly contactName: string | null;
  readonly campaignName?: string | null;
  readonly agentId: string | null;
  readonly capabilities: readonly string[];
}

/** A call as this page knows it. `heardAt` and `endedAt` are by this browser's clock. */
export interface LiveEntry {
  readonly call: ShownCall;
  readonly live: LiveFields;
  /** When the server last said anything of it: what is not heard of for long may be gone. */
  readonly heardAt: number;
  readonly endedAt: number | null;
  /** Nothing was heard of it for long, and it was asked for: until the answer nobody knows whether it goes on. */
  readonly quiet?: boolean;
}

export interface LiveCalls {
  /** As the shared rules of server and page hold them. */
  readonly held: HeldCalls;
  /** The same as the wall shows them, together with those that ended a moment ago. */
  readonly entries: ReadonlyMap<string, LiveEntry>;
  /** How far the server's clock is ahead of this browser's. */
  readonly clockAheadMs: number;
}

export const noLiveCalls: LiveCalls = { held: nothingHeld, entries: new Map(), clockAheadMs: 0 };

/** What the wall is told, in the order in which it came. */
export type WallEvent =
  | { readonly name: 'calls:snapshot'; readonly payload: CallsSnapshot }
  | { readonly name: 'call:started'; readonly payload: CallStarted }
  | { readonly name: 'call:updated'; readonly payload: CallUpdated }
  | { readonly name: 'call:transcript'; readonly payload: CallTranscript }
  | { readonly name: 'call:ended'; readonly payload: CallEnded }
  /** The answer of the API to a call that was asked for again; null where it is not known any more. */
  | { readonly name: 'fetched'; readonly payload: { readonly id: string; readonly call: LiveCall | null } }
  /** Time passes. */
  | { readonly name: 'tick'; readonly payload: null };

/** An ended call stays this long, greyed, with its outcome. */
export const endedStaysMs = 8_000;

/**
 * The calls after these events, and those of which something was missed and which are to be asked for. Each event is dropped where what
 * it says is known already; the very same object comes back when nothing changed.
 */
export function applyWallEvents(
  before: LiveCalls,
  events: readonly WallEvent[],
  now: number,
): { calls: LiveCalls; missed: ReadonlySet<string> } {
  let { held, clockAheadMs } = before;
  const entries = new Map(before.entries);
  const missed = new Set<string>();
  let changed = false;

  /** Shows what is held of a call now; one that is held no longer has ended. */
  const show = (id: string, last?: LiveCall) => {
    const call = held.calls.get(id)?.call;
    const entry = entries.get(id);
    changed = true;
    if (call) return void entries.set(id, { call: shown(call), live: call, heardAt: now, endedAt: null });
    if (!entry) return;
    entries.set(id, { ...entry, call: last ? shown(last) : entry.call, heardAt: now, endedAt: entry.endedAt ?? now });
    // It ended while this page was away: its outcome is asked for.
    if (!last && entry.call.endedAt === null) missed.add(id);
  };
  const take = (next: HeldCalls, id: string, last?: LiveCall) => {
    const same = next === held;
    held = next;
    if (!same) show(id, last);
    if (next.stale.has(id)) missed.add(id);
  };

  for (const { name, payload } of events) {
    switch (name) {
      case 'calls:snapshot':
        held = withSnapshot(held, payload);
        clockAheadMs = Date.parse(payload.at) - now;
        for (const id of new Set([...held.calls.keys(), ...entries.keys()])) show(id);
        break;
      case 'call:started':
        take(withStarted(held, payload), payload.call.id);
        break;
      case 'call:updated':
        take(withUpdated(held, payload), payload.callId, asWhole(entries.get(payload.callId), payload));
        break;
      case 'call:ended':
        take(withEnded(held, payload), payload.call.id, payload.call);
        break;
      case 'call:transcript': {
        const { callId, index, turn, final } = payload;
        const last = held.calls.get(callId)?.call.lastTurn;
        if (!held.calls.has(callId) || (last && last.index > index)) break;
        const lastTurn = { index, turn, final };
        take(withUpdated(held, { ...payload, seq: 0, since: 0, fields: { lastTurn } }), callId);
        break;
      }
      case 'fetched': {
        const { id, call } = payload;
        if (call === null) {
          held = withCall(held, id, null);
          changed = entries.delete(id) || changed;
        } else take(withCall(held, id, call), id, call);
        const entry = entries.get(id);
        if (call && entry) {
          const known = entry.endedAt === null ? entry.call : shown(call);
          entries.set(id, { ...entry, call: known, heardAt: now, quiet: false });
          changed = true;
        }
        break;
      }
      case 'tick':
        for (const [id, entry] of entries) {
          if (entry.quiet || !isQuiet(entry, now)) continue;
          entries.set(id, { ...entry, quiet: true });
          changed = true;
        }
        break;
    }
  }
  for (const [id, { endedAt }] of entries) {
    if (endedAt === null || now - endedAt < endedStaysMs) continue;
    entries.delete(id);
    changed = true;
  }
  return { calls: changed || held !== before.held ? { held, entries, clockAheadMs } : before, missed };
}

const shown = (call: LiveCall): ShownCall => ({ capabilities: [], ...call }) as unknown as ShownCall;

/** The whole call after an update, for one that ended by it. */
const asWhole = (entry: LiveEntry | undefined, { fields }: CallUpdated): LiveCall | undefined =>
  entry && ({ ...entry.call, ...fields } as unknown as LiveCall);

/** A call on the line of which nothing was heard for this long is asked for. */
export const quietMs = 15_000;

export const isQuiet = ({ call, heardAt, endedAt }: LiveEntry, now: number): boolean =>
  endedAt === null && call.answeredAt !== null && now - heardAt >= quietMs;

/** The calls on the line that ask for a person, or are urgent. */
export function callsForPerson({ entries }: Pick<LiveCalls, 'entries'>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [id, { live, endedAt }] of entries)
    if (endedAt === null && live.flags?.some(({ kind, level }) => kind === 'asked-for-person' || level === 'urgent'))
      found.add(id);
  return found;
}
