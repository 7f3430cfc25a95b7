import { mulawOfLinear } from '../../../audio/mulaw.ts';
import { type AudioFrame, cutFrames, tone } from '../../audio/audio-frame.ts';
import { deliveryUrl } from '../deliver-map.ts';
import { createHttpAgents, httpExchange } from '../http-exchange.ts';
import type { FarEnd } from '../line.ts';
import type { LiveCall } from '../live-call.ts';
import type { Next } from '../run-document.ts';
import type { TwimlElement } from '../twiml-document.ts';
import { readWav } from '../wav-file.ts';
import { signRequest } from '../webhook-signature.ts';
import { hookOf } from './address.ts';
import type { VerbContext } from './run-verb.ts';

/** Say, Play and Pause. */
export async function runSpoken(context: VerbContext): Promise<Next> {
  const { live, verb, signal } = context;
  if (verb.name === 'Pause') {
    await live.core.clock.wait(Number(verb.attributes['length'] ?? 1) * 1_000, signal);
    return { kind: 'continue' };
  }
  const frames = verb.name === 'Say' ? spokenFrames(live, verb) : await playedFrames(context);
  const loops = Number(verb.attributes['loop'] ?? 1) || 1_000;
  for (let round = 0; round < loops && !signal.aborted; round += 1) await playSound(live, frames, signal);
  return { kind: 'continue' };
}

/** Plays frames to the person and resolves when they have been heard, or the signal is aborted. */
export function playSound(live: LiveCall, frames: readonly AudioFrame[], signal: AbortSignal): Promise<void> {
  const { line } = live;
  if (!line || frames.length === 0 || signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    let at = 0;
    const far: FarEnd = {
      play() {
        const frame = frames[at++];
        if (!frame) done();
        return frame?.bytes;
      },
      hear() {},
    };
    const done = () => {
      signal.removeEventListener('abort', done);
      line.disconnect(far);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    line.connect(far);
  });
}

const syllableMs = 180;
const hum = tone(180, syllableMs - 60, 'speech', 6_000);
const breath = tone(0, 60, 'silence');

/** The clip with this text, if there is one; otherwise a hum as long as the sentence would be. */
function spokenFrames(live: LiveCall, verb: TwimlElement): readonly AudioFrame[] {
  const clip = live.core.scenario.clips.find(verb.text);
  if (clip) return clip.frames;
  const syllables = Math.max(1, Math.ceil(verb.text.length / 3));
  return Array.from({ length: syllables }, () => [...hum, ...breath]).flat();
}

async function playedFrames(context: VerbContext): Promise<readonly AudioFrame[]> {
  const { live, verb } = context;
  const digits = verb.attributes['digits'];
  if (digits)
    return digits.split('').flatMap(digit => (/w/i.test(digit) ? tone(0, 500, 'silence') : tone(941, 120, 'speech')));
  const hook = hookOf(context, verb.text, 'GET');
  if (!hook) return [];
  const agents = createHttpAgents();
  try {
    const reply = await httpExchange({
      method: 'GET',
      url: deliveryUrl(hook.url, live.core.deliver()),
      headers: {
        host: new URL(hook.url).host,
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': signRequest(live.core.authToken, hook.url),
      },
      connectTimeoutMs: 5_000,
      readTimeoutMs: 15_000,
      totalTimeoutMs: 15_000,
      agents,
    });
    if (reply.status !== 200) throw new Error(`HTTP ${reply.status}`);
    const audio = readWav(reply.body, mulawOfLinear);
    // What this twin cannot decode still takes its time and makes a sound.
    return audio ? cutFrames(audio) : tone(440, 3_000, 'speech');
  } catch (error) {
    live.core.ledger.alert(11200, `Play ${hook.url}: ${(error as Error).message}`, live.call.sid);
    return [];
  } finally {
    agents.http.destroy();
    agents.https.destroy();
  }
}
