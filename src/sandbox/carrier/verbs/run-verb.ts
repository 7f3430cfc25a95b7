import type { LiveCall } from '../live-call.ts';
import type { Next } from '../run-document.ts';
import type { TwimlElement } from '../twiml-document.ts';
import { hookOf } from './address.ts';
import { runConnect } from './connect.ts';
import { runDial } from './dial.ts';
import { runEnqueue } from './enqueue.ts';
import { runGather } from './gather.ts';
import { runStart, runStop } from './side-tracks.ts';
import { runSpoken } from './spoken.ts';

export interface VerbContext {
  live: LiveCall;
  verb: TwimlElement;
  /** The address the document came from, against which relative addresses are resolved. */
  base: string | undefined;
  /** Aborted when the call ends or other instructions take over. */
  signal: AbortSignal;
}

const verbs: Record<string, (context: VerbContext) => Promise<Next>> = {
  Say: runSpoken,
  Play: runSpoken,
  Pause: runSpoken,
  Gather: runGather,
  Connect: runConnect,
  Dial: runDial,
  Enqueue: runEnqueue,
  Start: runStart,
  Stop: runStop,
  Hangup: async () => ({ kind: 'end' }),
  Redirect: async context => {
    const hook = hookOf(context, context.verb.text, context.verb.attributes['method']);
    return hook ? { kind: 'goto', hook, fields: [] } : { kind: 'end' };
  },
};

/** Carries out one verb and says how the document goes on. */
export async function runVerb(context: VerbContext): Promise<Next> {
  const run = verbs[context.verb.name];
  const next = run ? await run(context) : ({ kind: 'continue' } as const);
  return context.signal.aborted ? { kind: 'end' } : next;
}
