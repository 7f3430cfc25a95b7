import type { Socket } from 'socket.io';
import type { Principal } from '../auth/identities.types.ts';
import type { CallSide, LetGo } from '../handoff/handoff.types.ts';
import { CallEar } from './call-ear.ts';
import { createTokenBucket } from './connection-limits.ts';
import { roomOf, slowRoom, type Topic } from './live-rooms-protocol.ts';
import { waitingBytes } from './waiting-bytes.ts';

/** Commands at once, and then a second. */
const commandBurst = 40;
const commandsPerSecond = 20;
/** Pieces of 20 ms, with room for those that come in a bunch after a pause of the network. */
const microphoneBurst = 150;
const microphonePerSecond = 60;
/** So many refused ones in a row of ten seconds are no mistake of a person. */
const floodBurst = 300;
const floodPerSecond = 10;

/** More waiting than this, and audio is let go: it is a quarter of a minute of both sides. */
const mostWaitingForAudio = 256 * 1024;

export interface HeardCall {
  readonly callId: string;
  readonly callSid: string | null;
}

/** Somebody's live connection: who they are, what they follow, what they hear. */
export class Connection {
  readonly socket: Socket;
  readonly telling: { masked: boolean; batch: boolean };
  principal: Principal;
  /** Why the server ended it. */
  endedFor: string | null = null;
  readonly commands = createTokenBucket(commandBurst, commandsPerSecond);
  readonly microphone = createTokenBucket(microphoneBurst, microphonePerSecond);
  readonly patience = createTokenBucket(floodBurst, floodPerSecond);
  /** Calls that are followed closely, by our id. */
  readonly watched = new Set<string>();
  readonly watchedCampaigns = new Set<string>();
  /** Names under which the client spoke of calls, with our ids. */
  private readonly ears = new Map<string, CallEar>();
  private readonly named = new Map<string, HeardCall>();
  private readonly ip: string;
  private asked = 0;
  private isBehind = false;

  constructor(socket: Socket, principal: Principal, { ip, batch }: { readonly ip: string; readonly batch: boolean }) {
    this.socket = socket;
    this.ip = ip;
    this.principal = principal;
    this.telling = { masked: !principal.permissions.has('people:see'), batch };
  }

  /** One word for the person or key, whichever connection it is. */
  get identity(): string {
    return `${this.principal.kind}:${this.principal.id}`;
  }

  /** Where the next command comes from, as the audit log keeps it: commands of one connection can be told to belong together. */
  nextOrigin(): { readonly ip: string; readonly requestId: string } {
    this.asked += 1;
    return { ip: this.ip, requestId: `${this.socket.id}.${this.asked}` };
  }

  get topics(): Topic[] {
    const { permissions } = this.principal;
    const topics: Topic[] = [];
    if (permissions.has('calls:read')) {
      topics.push('calls', 'metrics');
      for (const id of this.watched) topics.push(`call:${id}`);
    }
    if (permissions.has('campaigns:read')) for (const id of this.watchedCampaigns) topics.push(`campaign:${id}`);
    return topics;
  }

  /** Is in the rooms of what it follows and in no other. */
  settle(): void {
    const wanted = new Set(this.topics.map(topic => roomOf(topic, this.telling)));
    wanted.add(this.socket.id);
    if (this.isBehind) wanted.add(slowRoom);
    for (const room of [...this.socket.rooms]) if (!wanted.has(room)) void this.socket.leave(room);
    for (const room of wanted) if (!this.socket.rooms.has(room)) void this.socket.join(room);
  }

  /** Takes less than comes: what the next word replaces is spared it. */
  behind(isBehind: boolean): void {
    if (this.isBehind === isBehind) return;
    this.isBehind = isBehind;
    this.settle();
  }

  /** What the person may do today, when that has changed; answers whether they see people now and did not, or the reverse. */
  become(principal: Principal): boolean {
    this.principal = principal;
    const masked = !principal.permissions.has('people:see');
    const changed = masked !== this.telling.masked;
    this.telling.masked = masked;
    this.settle();
    for (const ear of this.ears.values()) {
      if (ear.listening && !principal.permissions.has('calls:listen')) ear.stop('listen');
      if (ear.line && !principal.permissions.has('calls:take-over')) ear.stop('takeover');
    }
    return changed;
  }

  /** The ear for one call; made when there is none. */
  ear(call: HeardCall): CallEar {
    const known = this.ears.get(call.callId);
    if (known) return known;
    const name = call.callSid ?? call.callId;
    const { socket } = this;
    const ear: CallEar = new CallEar({
      audio: (side: CallSide, seq: number, mulaw: Buffer) => void socket.emit('call:audio', name, side, seq, mulaw),
      letGo: (what: 'listen' | 'takeover', why: LetGo) => {
        socket.emit('call:letgo', { ...call, what, why });
        this.dropIdle(call.callId);
      },
      tooSlow: () => waitingBytes(socket) > mostWaitingForAudio,
    });
    this.ears.set(call.callId, ear);
    this.named.set(call.callId, call);
    if (call.callSid) this.named.set(call.callSid, call);
    return ear;
  }

  /** The ear for a call that is heard already, by either name of it. */
  earOf(name: string): CallEar | undefined {
    const call = this.named.get(name);
    return call && this.ears.get(call.callId);
  }

  /** Forgets a call of which nothing is heard any more. */
  dropIdle(callId: string): void {
    const call = this.named.get(callId);
    if (!call || !this.ears.get(callId)?.idle) return;
    this.ears.delete(callId);
    this.named.delete(callId);
    if (call.callSid) this.named.delete(call.callSid);
  }

  /** Nobody is there any more: a call they held goes back to its agent at once. */
  gone(): void {
    for (const ear of this.ears.values()) {
      ear.stop('takeover');
      ear.stop('listen');
    }
    this.ears.clear();
    this.named.clear();
  }
}
