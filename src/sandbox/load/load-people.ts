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

/** How much somebody talks, and what is sent while they do not. */
export interface Manner {
  /** 0 talks without a pause, 1 never says a word; in between there are words now and then. */
  readonly silenceShare: number;
  readonly silence: 'steady' | 'sparse';
  /** Said on picking up, as people do who are called. */
  readonly greeting?: Clip;
}

/** With silence suppressed, one frame in this many is sent all the same: it keeps the path open and the far side's clock going. */
const sparseEvery = 50;
/** Talking begins when the agent's greeting is over, or when none is to be expected any more. */
const quietFrames = 50;
const patienceFrames = 300;
/** Half a second: a word or two. */
const wordFrames = 25;
const greetingAt = 15;

/**
 * Somebody who talks once they were greeted: a clip over and over, every frame of it stamped, with pauses as long as their manner
 * asks for. Nothing else is stamped, so only what is said is measured.
 */
export function createLoadParty(clip: Clip, meter: CallMeter, manner: Manner, events: LoadPartyEvents): LoadParty {
  const { silenceShare, silence, greeting } = manner;
  const pauseFrames = silenceShare >= 1 ? Number.POSITIVE_INFINITY : (wordFrames * silenceShare) / (1 - silenceShare);
  const roundFrames = Math.round(wordFrames + pauseFrames);
  const readStamps = createStampReader();
  let frames = 0;
  let quiet = 0;
  let heardAnything = false;
  let joined = false;
  let silent = silenceShare >= 1;
  /** Frames since the first word; callers of one run do not all speak in the same moment. */
  let spoken: number | undefined;

  const speak = (): AudioFrame => {
    const bytes = Buffer.alloc(frameBytes, silenceByte);
    const sequence = meter.next();
    const words = clip.bytes;
    const from = (sequence * frameBytes) % Math.max(frameBytes, words.length);
    words.copy(bytes, 0, from, Math.min(words.length, from + frameBytes));
    writeStamp(bytes, { tag: meter.tag, sequence, sentAt: stampTime(), turnedAt: 0 });
    return audioFrame(bytes, 'speech');
  };
  const mayBegin = () => joined && (frames > patienceFrames || (heardAnything && quiet > quietFrames));
  return {
    next() {
      frames += 1;
      const greeted = greeting?.frames[frames - greetingAt];
      if (greeted) return greeted;
      if (!silent && (spoken !== undefined || mayBegin())) {
        spoken ??= (meter.tag * wordFrames) % roundFrames;
        const turn = spoken % roundFrames;
        spoken += 1;
        if (turn < wordFrames) return speak();
      }
      if (silence === 'sparse') return frames % sparseEvery === 0 ? silentFrame : suppressedFrame;
      return lineNoise[frames % lineNoise.length]!;
    },
    hear(_bytes, speech) {
      quiet = speech ? 0 : quiet + 1;
      if (!speech || heardAnything || !joined) return; // what was heard before was no agent
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
