import { tone } from '../../audio/audio-frame.ts';
import type { Next } from '../run-document.ts';
import { newSid } from '../twilio-sid.ts';
import { afterVerb } from './address.ts';
import type { VerbContext } from './run-verb.ts';
import { playSound } from './spoken.ts';

const waitMs = 6_000;
const music = [...tone(440, 400, 'speech', 2_000), ...tone(554, 400, 'speech', 2_000), ...tone(0, 200, 'silence')];

/** Enqueue: some seconds of music on hold, after which somebody is supposed to have taken the call and ended it. */
export async function runEnqueue(context: VerbContext): Promise<Next> {
  const { live, verb, signal } = context;
  const queue = verb.attributes['workflowSid'] ?? verb.text;
  live.note(`queued in ${queue}${verb.children[0] ? ` with the task ${verb.children[0].text.slice(0, 200)}` : ''}`);
  const startedAt = live.core.clock.now();
  while (!signal.aborted && live.core.clock.now() - startedAt < waitMs) await playSound(live, music, signal);
  const waited = Math.round((live.core.clock.now() - startedAt) / 1_000);
  return afterVerb(context, [
    ['QueueResult', 'bridged'],
    ['QueueSid', newSid('QU')],
    ['QueueTime', String(waited)],
  ]);
}
