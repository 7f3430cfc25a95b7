import type { WebSocket } from 'ws';
import type { TwinClock } from '../clock.ts';
import type { AgentFault } from './agent-faults.ts';
import { fittingReason } from './close-codes.ts';
import type { ServerMessage } from './server-messages.ts';

/** The sending half of a conversation's socket, with the faults that hold it back. */
export interface ConversationSocket {
  send(message: ServerMessage | string): void;
  close(code: number, reason: string): void;
  die(): void;
  /** Begins to count the time of the faults. */
  arm(): void;
  dispose(): void;
  readonly sent: number;
}

export function createConversationSocket(
  socket: WebSocket,
  clock: TwinClock,
  faults: readonly AgentFault[],
): ConversationSocket {
  const timers: { cancel(): void }[] = [];
  let held: (() => void)[] | undefined;
  let mute = false;
  let sent = 0;
  const act = (run: () => void) => {
    if (held) held.push(run);
    else run();
  };
  return {
    get sent() {
      return sent;
    },
    send(message) {
      if (mute) return;
      act(() => {
        if (socket.readyState !== socket.OPEN) return;
        sent += 1;
        socket.send(typeof message === 'string' ? message : JSON.stringify(message));
      });
    },
    close(code, reason) {
      if (mute) return;
      act(() => {
        if (code === 1006) socket.terminate();
        else socket.close(code, fittingReason(reason));
      });
    },
    die: () => socket.terminate(),
    arm() {
      for (const fault of faults) {
        const after = (run: () => void) => {
          if (fault.afterMs) timers.push(clock.after(fault.afterMs, run));
          else run();
        };
        if (fault.kind === 'half-open') after(() => (mute = true));
        if (fault.kind === 'stall') {
          after(() => {
            held ??= [];
            timers.push(
              clock.after(fault.forMs ?? 0, () => {
                const due = held ?? [];
                held = undefined;
                for (const run of due) run();
              }),
            );
          });
        }
      }
    },
    dispose() {
      for (const timer of timers) timer.cancel();
    },
  };
}
