import type { SessionRegistry } from './bridge.types.ts';
import type { CallSession } from './call-session.ts';

/** The sessions of this process, one for each call. */
export class Sessions implements SessionRegistry {
  private readonly byCallId = new Map<string, CallSession>();
  private readonly bySidOf = new Map<string, CallSession>();
  private waiting: (() => void)[] = [];
  private most = 0;
  private leaving = false;

  get(callId: string): CallSession | undefined {
    return this.byCallId.get(callId);
  }

  bySid(callSid: string): CallSession | undefined {
    return this.bySidOf.get(callSid);
  }

  all(): readonly CallSession[] {
    return [...this.byCallId.values()];
  }

  get size(): number {
    return this.byCallId.size;
  }

  /** Most sessions at once since the process started. */
  get peak(): number {
    return this.most;
  }

  add(session: CallSession): void {
    this.byCallId.set(session.callId, session);
    this.bySidOf.set(session.callSid, session);
    this.most = Math.max(this.most, this.size);
  }

  /** Takes out this session, and not one that has taken its place. */
  remove(session: CallSession): void {
    if (this.byCallId.get(session.callId) === session) this.byCallId.delete(session.callId);
    if (this.bySidOf.get(session.callSid) === session) this.bySidOf.delete(session.callSid);
    if (this.size > 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** The process stops: every call is left to another one, also those whose way in ends only now. */
  leave(): void {
    this.leaving = true;
    for (const session of this.all()) session.leave();
  }

  /** Whether whoever comes now is to leave at once. */
  get isLeaving(): boolean {
    return this.leaving;
  }

  /** Resolves when no session is alive. */
  settled(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise(resolve => void this.waiting.push(resolve));
  }
}
