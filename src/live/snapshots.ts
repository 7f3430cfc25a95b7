import { maskedCall } from '../calls/call-mask-protocol.ts';
import type { CallView } from '../calls/calls.types.ts';
import type { CallsSnapshot, LiveCall, LiveFields } from './live-contract.ts';

export interface SnapshotOptions {
  /** Every call that has not ended. */
  readonly activeCalls: () => Promise<CallView[]>;
  /** What is known of live calls beside their documents. */
  readonly liveFields: (calls: readonly CallView[]) => Promise<(call: CallView) => LiveFields>;
  readonly taken: () => void;
}

export interface Snapshots {
  /**
   * The active calls as they are at some moment after this was asked. Many who ask at once share one look at the store, and those who
   * are told the same share one answer.
   */
  take(masked: boolean, since: ReadonlyMap<string, number>): Promise<CallsSnapshot>;
}

interface Look {
  readonly at: string;
  readonly calls: readonly CallView[];
  readonly liveFields: (call: CallView) => LiveFields;
  readonly whole: Map<boolean, CallsSnapshot>;
}

export function createSnapshots({ activeCalls, liveFields, taken }: SnapshotOptions): Snapshots {
  let running: Promise<Look> | undefined;
  let following: Promise<Look> | undefined;

  async function look(): Promise<Look> {
    taken();
    const calls = await activeCalls();
    const fields = await liveFields(calls);
    return { at: new Date().toISOString(), calls, liveFields: fields, whole: new Map() };
  }

  /** A look that begins now or later: one that is under way may have passed what the asker has missed. */
  function next(): Promise<Look> {
    if (running) {
      following ??= running.then(
        () => begin(),
        () => begin(),
      );
      return following;
    }
    return begin();
  }

  function begin(): Promise<Look> {
    following = undefined;
    const own = look().finally(() => {
      if (running === own) running = undefined;
    });
    running = own;
    return own;
  }

  const shown = (call: CallView, live: LiveFields, masked: boolean) => ({
    seq: call.seq,
    call: { ...((masked ? maskedCall(call) : call) as LiveCall), ...live },
  });

  return {
    async take(masked, since) {
      const { at, calls, liveFields, whole } = await next();
      if (since.size > 0) {
        const isKnown = ({ id, seq }: CallView) => since.get(id) === seq;
        return {
          at,
          calls: calls.filter(call => !isKnown(call)).map(call => shown(call, liveFields(call), masked)),
          unchanged: calls.filter(isKnown).map(call => ({ id: call.id, seq: call.seq, live: liveFields(call) })),
        };
      }
      const snapshot = whole.get(masked) ?? {
        at,
        calls: calls.map(call => shown(call, liveFields(call), masked)),
        unchanged: [],
      };
      whole.set(masked, snapshot);
      return snapshot;
    },
  };
}
