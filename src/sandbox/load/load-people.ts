import { frameBytes, silenceByte } from '../../audio/mulaw.ts';
import { type AudioFrame, audioFrame, lineNoise, silentFrame, suppressedFrame } from '../audio/audio-frame.ts';
import type { Clip } from '../audio/clip-library.ts';
import type { LineParty } from '../carrier/person-on-line.ts';
import { type CallMeter, stampTime } from './load-meter.ts';
import { createStampReader, writeStamp } from './stamp.ts';

/** What happens on one simulated call, told to whoever runs the load. */
export interface LoadPartyEvents {
  /** The call's audio is connected to the product. */
  joined(): void;
  /** The first sound that is more than noise. */
  sounded(): void;
}

export interface LoadParty extends LineParty {
  /** From now on nothing more is said, so that what is on its way can arrive. */
  fallSilent(): void;
}

/** With silence suppressed, one frame in this many is sent all the same: it keeps the path open and the far side's clock going. */
const sparseEvery = 50;
/** Talking begins when the agent's greeting is over, or when none is to be expected any more. */
const quietFrames = 50;
const patienceFrames = 300;

/** Somebody who says nothing. */
export function createIdleParty(silence: 'steady' | 'sparse', events: LoadPartyEvents): LoadParty {
  let frames = 0;
  let sounded = false;
  return {
    next() {
      frames += 1;
      if (silence === 'sparse') return frames % sparseEvery === 0 ? silentFrame : suppressedFrame;
      return lineNoise[frames % lineNoise.length]!;
    },
    hear(_bytes, speech) {
      if (!speech || sounded) return;
      sounded = true;
      events.sounded();
    },
    joined: events.joined,
    fallSilent() {},
  };
}

/** Somebody who talks without a pause once they were greeted: a clip over and over, every frame of it stamped. */
export function createTalkingParty(clip: Clip, meter: CallMeter, events: LoadPartyEvents): LoadParty {
  const readStamps = createStampReader();
  let frames = 0;
  let quiet = 0;
  let heardAnything = false;
  let joined = false;
  let talking = false;
  let silent = false;

  const speak = (): AudioFrame => {
    const bytes = Buffer.alloc(frameBytes, silenceByte);
    const sequence = meter.next();
    const words = clip.bytes;
    const from = (sequence * frameBytes) % Math.max(frameBytes, words.length);
    words.copy(bytes, 0, from, Math.min(words.length, from + frameBytes));
    writeStamp(bytes, { tag: meter.tag, sequence, sentAt: stampTime(), turnedAt: 0 });
    return audioFrame(bytes, 'speech');
  };
  return {
    next() {
      frames += 1;
      if (!silent && joined && (talking || frames > patienceFrames || (heardAnything && quiet > quietFrames))) {
        talking = true;
        return speak();
      }
      return lineNoise[frames % lineNoise.length]!;
    },
    hear(_bytes, speech) {
      quiet = speech ? 0 : quiet + 1;
      if (!speech || heardAnything) return;
      heardAnything = true;
      events.sounded();
    },
    joined() {
      joined = true;
      events.joined();
    },
    arrived(audio) {
      for (const frame of readStamps(audio)) meter.returned(frame);
    },
    fallSilent() {
      silent = true;
    },
  };
}
