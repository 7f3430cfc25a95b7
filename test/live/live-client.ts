import type { Socket } from 'socket.io-client';
import type {
  CallEnded,
  CallStarted,
  CallsSnapshot,
  CallTranscript,
  CallUpdated,
  LiveBatch,
} from '../../src/live/live-contract.ts';
import {
  type HeldTranscript,
  type LiveCalls,
  noLiveCalls,
  noTranscript,
  sinceOf,
  watchBegins,
  withCall,
  withEnded,
  withSnapshot,
  withStarted,
  withTurn,
  withTurns,
  withUpdated,
} from '../../src/live/live-state-protocol.ts';
import { connect } from './site.ts';

type Teardown = { teardown(fn: () => unknown): void };

export interface LiveClientOptions {
  readonly token: string;
  readonly batch: boolean;
  /** Asks the API for one call; null when there is none. */
  readonly fetchCall: (id: string) => Promise<CallStarted['call'] | null>;
}

/** A client as docs/live.md tells people to write one: the state comes from the merge functions alone. */
export class LiveClient {
  readonly socket: Socket;
  state: LiveCalls = noLiveCalls;
  readonly transcripts = new Map<string, HeldTranscript>();
  snapshots = 0;
  recovered = 0;
  fetched = 0;
  private readonly options: LiveClientOptions;
  private arrived = new Set<string>();

  constructor(t: Teardown, url: string, options: LiveClientOptions) {
    this.options = options;
    const { token, batch } = options;
    this.socket = connect(t, url, give => give({ token, batch, since: sinceOf(this.state) }));
    this.socket.on('connect', () => {
      this.arrived = new Set();
      if (this.socket.recovered) this.recovered += 1;
    });
    this.socket.on('live:batch', ({ events }: LiveBatch) => {
      for (const [name, payload] of events) this.see(name, payload);
    });
    for (const name of ['calls:snapshot', 'call:started', 'call:updated', 'call:ended', 'call:transcript'])
      this.socket.on(name, payload => this.see(name, payload));
  }

  watch(id: string): void {
    this.transcripts.set(id, watchBegins(this.transcripts.get(id) ?? noTranscript));
    if (!this.socket.connected) return;
    this.socket.emit('call:watch', { sid: id }, (answer: { ok?: true; transcript?: never }) => {
      const held = this.transcripts.get(id);
      if (answer.ok && held) this.transcripts.set(id, withTurns(held, answer.transcript!));
    });
  }

  private see(name: string, payload: unknown): void {
    const { callId, call } = payload as { callId?: string; call?: { id: string } };
    const id = callId ?? call?.id;
    if (id) this.arrived.add(id);
    if (name === 'calls:snapshot') {
      this.snapshots += 1;
      this.state = withSnapshot(this.state, payload as CallsSnapshot, this.arrived);
      for (const watched of this.transcripts.keys()) this.watch(watched);
    } else if (name === 'call:started') this.state = withStarted(this.state, payload as CallStarted);
    else if (name === 'call:updated') this.state = withUpdated(this.state, payload as CallUpdated);
    else if (name === 'call:ended') this.state = withEnded(this.state, payload as CallEnded);
    else if (name === 'call:transcript') {
      const held = this.transcripts.get(callId!);
      if (held) this.transcripts.set(callId!, withTurn(held, payload as CallTranscript));
    }
    for (const stale of this.state.stale) void this.refetch(stale);
  }

  private readonly asking = new Set<string>();
  private async refetch(id: string): Promise<void> {
    if (this.asking.has(id)) return;
    this.asking.add(id);
    this.fetched += 1;
    const call = await this.options.fetchCall(id);
    this.asking.delete(id);
    this.state = withCall(this.state, id, call);
  }
}

/** Fields that the API does not list; nor does the seq count, since a write that changes nothing shown is not told. */
const notCompared = [
  ...['activity', 'people', 'lastTurn', 'endsAt', 'flags', 'seq'],
  // A call that was fetched by itself has more than one in a list.
  ...['verdict', 'summary', 'analysis'],
];

/** Null when the client holds the very calls that the API lists as live; else both, to be looked at. */
export function differenceOf({ state }: LiveClient, stored: readonly { readonly id: string }[]): string | null {
  const shown = (call: object) =>
    Object.fromEntries(Object.entries(call).filter(([name]) => !notCompared.includes(name)));
  const ofStore = canonical(Object.fromEntries(stored.map(call => [call.id, shown(call)])));
  const held = canonical(Object.fromEntries([...state.calls].map(([id, { call }]) => [id, shown(call)])));
  return ofStore === held ? null : `store ${ofStore}\nclient ${held}`;
}

/** Null when the client holds what the API says was said. */
export function transcriptDifferenceOf(client: LiveClient, id: string, stored: readonly object[]): string | null {
  const ordered = (turns: readonly object[]) => JSON.stringify(turns.map(canonical).sort());
  const [wanted, held] = [
    ordered(stored),
    ordered((client.transcripts.get(id)?.turns ?? []).filter(turn => turn !== null)),
  ];
  return wanted === held ? null : `store ${wanted}\nclient ${held}`;
}

/** As text in which the order of fields does not matter. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
