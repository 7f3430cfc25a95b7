import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';

/**
 * Live calls as this process saw them last. Whoever changes one as it was seen, and only if it still is so, need not read it before:
 * what is wrong here costs a second try and never a wrong change.
 */
export interface SeenCalls {
  get(id: string): Stored<Call> | undefined;
  /** As it is now, without its long fields; one that is over is not kept. */
  note(call: Stored<Call>): void;
  /** It was changed in a way that is not known here. */
  forget(id: string): void;
  /** Others change many of them: for a moment nothing is said, and whoever asks has to read. */
  mistrust(): void;
}

/** Far more than live at once in one process; the oldest go first. */
const mostCalls = 4_000;
const mistrustMs = 5_000;

export function createSeenCalls(clock: () => number = () => performance.now(), most = mostCalls): SeenCalls {
  const calls = new Map<string, Stored<Call>>();
  let mistrustedUntil = Number.NEGATIVE_INFINITY;
  return {
    get: id => calls.get(id),
    note(call) {
      const id = call._id.toHexString();
      calls.delete(id);
      // The last that moves a call is its outcome.
      if (call.outcome !== null || clock() < mistrustedUntil) return;
      calls.set(id, call);
      const [oldest] = calls.keys();
      if (calls.size > most && oldest !== undefined) calls.delete(oldest);
    },
    forget(id) {
      calls.delete(id);
    },
    mistrust() {
      calls.clear();
      mistrustedUntil = clock() + mistrustMs;
    },
  };
}
