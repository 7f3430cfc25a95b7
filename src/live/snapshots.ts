import { maskedCall } from '../calls/call-mask-protocol.ts';
import type { CallView } from '../calls/calls.types.ts';
import { type EncodedEvent, encodedEvent } from './encoded-event.ts';
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
   * The event `calls:snapshot` with the active calls as they are at some moment after this was asked. Many who ask at once share one
   * look at the store, and those who are told the same share one answer, made into bytes once.
   */
  take(masked: boolean, since: ReadonlyMap<string, number>): Promise<EncodedEvent>;
}

/** Calls as JSON text, each made once for those who are shown the same. */
interface Look {
  readonly at: string;
  readonly calls: readonly CallView[];
  readonly liveFields: (call: CallView) => LiveFields;
  readonly texts: Readonly<Record<'masked' | 'open', Map<string, string>>>;
  readonly whole: Map<boolean, Promise<EncodedEvent>>;
}

/** So many calls are made into text before audio that came meanwhile has its turn. */
const callsPerTurn = 40;

export function createSnapshots({ activeCalls, liveFields, taken }: SnapshotOptions): Snapshots {
  let running: Promise<Look> | undefined;
  let following: Promise<Look> | undefined;

  async function look(): Promise<Look> {
    taken();
    const calls = await activeCalls();
    const fields = await liveFields(calls);
    const texts = { masked: new Map(), open: new Map() };
    return { at: new Date().toISOString(), calls, liveFields: fields, texts, whole: new Map() };
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

  async function textsOf(look: Look, calls: readonly CallView[], masked: boolean): Promise<string[]> {
    const known = look.texts[masked ? 'masked' : 'open'];
    const texts: string[] = [];
    let made = 0;
    for (const call of calls) {
      let text = known.get(call.id);
      if (text === undefined) {
        const shown = { ...((masked ? maskedCall(call) : call) as LiveCall), ...look.liveFields(call) };
        text = JSON.stringify({ seq: call.seq, call: shown });
        known.set(call.id, text);
        made += 1;
        if (made % callsPerTurn === 0) await new Promise(setImmediate);
      }
      texts.push(text);
    }
    return texts;
  }

  const event = (look: Look, calls: readonly string[], unchanged: CallsSnapshot['unchanged']): EncodedEvent =>
    encodedEvent(
      'calls:snapshot',
      `{"at":"${look.at}","calls":[${calls.join(',')}],"unchanged":${JSON.stringify(unchanged)}}`,
    );

  return {
    async take(masked, since) {
      const look = await next();
      const { calls, liveFields, whole } = look;
      if (since.size > 0) {
        const isKnown = ({ id, seq }: CallView) => since.get(id) === seq;
        const known = calls.filter(isKnown).map(call => ({ id: call.id, seq: call.seq, live: liveFields(call) }));
        const changed = calls.filter(call => !isKnown(call));
        return event(look, await textsOf(look, changed, masked), known);
      }
      const shared = whole.get(masked) ?? textsOf(look, calls, masked).then(texts => event(look, texts, []));
      whole.set(masked, shared);
      return shared;
    },
  };
}
