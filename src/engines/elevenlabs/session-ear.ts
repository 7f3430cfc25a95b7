import type { ServerMessage } from './elevenlabs-protocol.ts';
import type { SessionSocket, SessionSocketListener } from './session-socket.ts';

/** What a session does with what its socket tells. */
export interface SocketOwner {
  /** Whether this is the socket that counts, and the session listens at all. */
  isLive(socket: SessionSocket | undefined): boolean;
  opened(): void;
  audio(base64: Buffer, eventId: number): boolean;
  /** Null for one that is no text. */
  message(message: ServerMessage | null): void;
  heard(): void;
  refused(status: number, mayAskAgain: boolean): void;
  failed(code: string, connecting: boolean): void;
  closed(code: number, reason: string): void;
}

/** One socket's line to its session: a socket that was given up for another may still speak, and is not heard. */
export class SocketEar implements SessionSocketListener {
  socket: SessionSocket | undefined;
  private readonly session: SocketOwner;
  private readonly mayAskAgain: boolean;

  constructor(session: SocketOwner, mayAskAgain: boolean) {
    this.session = session;
    this.mayAskAgain = mayAskAgain;
  }

  private get live(): boolean {
    return this.session.isLive(this.socket);
  }

  opened() {
    if (this.live) this.session.opened();
  }

  audio(base64: Buffer, eventId: number): boolean {
    return !this.live || this.session.audio(base64, eventId);
  }

  message(message: ServerMessage) {
    if (this.live) this.session.message(message);
  }

  binary() {
    if (this.live) this.session.message(null);
  }

  pong() {
    if (this.live) this.session.heard();
  }

  refused(status: number) {
    if (this.live) this.session.refused(status, this.mayAskAgain);
  }

  failed(code: string, connecting: boolean) {
    if (this.live) this.session.failed(code, connecting);
  }

  closed(code: number, reason: string) {
    if (this.live) this.session.closed(code, reason);
  }
}
