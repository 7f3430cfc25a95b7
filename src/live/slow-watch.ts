import type { Connection } from './connection.ts';
import { waitingBytes } from './waiting-bytes.ts';

/** More waiting for one client than this is an answer that nobody takes: a snapshot of thousands of calls fits several times. */
const mostWaiting = 8 * 1024 * 1024;
/** With so much waiting, a client hears no more of what the next word replaces. */
const mostBehind = 64 * 1024;
/** Time for the word about it to arrive, should the client read on. */
const graceMs = 2_000;

/** The WebSocket code for "come again later". */
const tryAgainLater = 1013;

/** Ends connections that take too little: what waits for them is held in this process's memory. */
export function createSlowWatch(connections: () => Iterable<Connection>, limit = mostWaiting) {
  return {
    look(): void {
      for (const connection of connections()) {
        const { socket } = connection;
        if (connection.endedFor) continue;
        const waiting = waitingBytes(socket);
        connection.behind(waiting > mostBehind);
        if (waiting <= limit) continue;
        connection.endedFor = 'too-slow';
        // The reason goes with the close frame: another event would only wait behind all the others.
        const { transport } = socket.conn as unknown as {
          transport: { socket?: { close?(code: number, why: string): void } };
        };
        transport.socket?.close?.(tryAgainLater, 'too slow');
        setTimeout(() => socket.conn.close(true), graceMs).unref();
      }
    },
  };
}
