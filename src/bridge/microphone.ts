import type { AgentLane } from './agent-lane.ts';

/** How far ahead of its playing a voice is handed to the carrier. */
const aheadMs = 400;
/** What waits beyond that; older words only delay the newer ones. */
const mostWaitingBytes = 8 * 400;
/** After a pause so much is gathered before it plays, so that an uneven network does not tear words apart. */
const gatherBytes = 8 * 60;
const gatherMs = 120;
/** Longest piece: a second. Longer ones come from nobody's microphone. */
const mostBytes = 8_000;

/** A person's microphone on its way to the caller: put in order, evened out, and never far behind. */
export class Microphone {
  /** When a piece came last, be it silence. */
  heardAt: number;
  /** Pieces that came too late, twice, or faster than they can be played. */
  dropped = 0;
  private readonly lane: AgentLane;
  private next = 0;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private waitingSince = 0;

  constructor(lane: AgentLane, now: number) {
    this.lane = lane;
    this.heardAt = now;
  }

  push(seq: number, mulaw: Buffer, now: number): void {
    this.heardAt = now;
    if (!Number.isSafeInteger(seq) || seq < this.next || mulaw.length === 0 || mulaw.length > mostBytes) {
      this.dropped += 1;
      return;
    }
    this.next = seq + 1;
    if (this.waiting.length === 0) this.waitingSince = now;
    this.waiting.push(Buffer.from(mulaw));
    this.waitingBytes += mulaw.length;
    while (this.waitingBytes > mostWaitingBytes && this.waiting.length > 1) {
      this.waitingBytes -= this.waiting.shift()!.length;
      this.dropped += 1;
    }
    this.look(now);
  }

  look(now: number): void {
    const { lane } = this;
    if (this.waiting.length === 0) return;
    const idle = lane.ledger.queuedMs(now) <= 0;
    if (idle && this.waitingBytes < gatherBytes && now - this.waitingSince < gatherMs) return;
    while (this.waiting.length > 0 && lane.ledger.queuedMs(now) < aheadMs) {
      const piece = this.waiting.shift()!;
      this.waitingBytes -= piece.length;
      if (!lane.voice(piece, now)) this.dropped += 1;
    }
  }
}
