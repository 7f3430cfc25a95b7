/** Says from levels alone when somebody speaks. All it knows of time is how much audio it was given. */
export interface SpeechDetector {
  /** Takes the level of the next frame (`levelOfBase64`); answers when speech began or ended with it. */
  push(level: number, durationMs?: number): 'started' | 'ended' | null;
  readonly speaking: boolean;
  /** Audio heard so far. */
  readonly elapsedMs: number;
  /** Where in it speech was heard last; null when it never was. */
  readonly lastSpeechMs: number | null;
  /** What it takes for the noise of the line. */
  readonly noiseLevel: number;
}

export interface SpeechRules {
  /** So long must it last: a click or a cough is no speech. */
  readonly startMs: number;
  /** So long a pause is still within speech. */
  readonly endMs: number;
  /** Nothing below this level is speech, however quiet the line is. */
  readonly quietestSpeech: number;
}

export const speechRules: SpeechRules = { startMs: 60, endMs: 300, quietestSpeech: 200 };

/** 10 dB over the noise to begin, 6 dB to go on: a syllable that fades does not end a word. */
const factorToStart = 3.2;
const factorToGoOn = 2;
const lowestNoise = 20;
/** Per 20 ms. The noise level falls with the first quiet moment between words, and follows a louder line within seconds. */
const fall = 0.25;
const rise = 1.02;
/** Slower during speech, or a long sentence would become the noise; not zero, or a fan switched on would be speech for ever. */
const riseInSpeech = 1.008;

/** A pure state machine with a noise floor that adapts, and hysteresis in level and time. */
export function createSpeechDetector(rules: Partial<SpeechRules> = {}): SpeechDetector {
  const { startMs, endMs, quietestSpeech } = { ...speechRules, ...rules };
  let noise = lowestNoise * 2;
  let speaking = false;
  let elapsedMs = 0;
  let loudMs = 0;
  let lastLoudMs = 0;
  let lastSpeechMs: number | null = null;

  const adapt = (level: number, frames: number) => {
    if (level < noise) noise += (level - noise) * Math.min(1, fall * frames);
    else noise = Math.min(level, noise * (1 + ((speaking ? riseInSpeech : rise) - 1) * frames));
    if (noise < lowestNoise) noise = lowestNoise;
  };

  return {
    get speaking() {
      return speaking;
    },
    get elapsedMs() {
      return elapsedMs;
    },
    get lastSpeechMs() {
      return lastSpeechMs;
    },
    get noiseLevel() {
      return noise;
    },
    push(level, durationMs = 20) {
      elapsedMs += durationMs;
      const factor = speaking ? factorToGoOn : factorToStart;
      const loud = level >= Math.max(speaking ? quietestSpeech / 2 : quietestSpeech, noise * factor);
      adapt(level, durationMs / 20);
      if (loud) {
        loudMs += durationMs;
        lastLoudMs = elapsedMs;
        if (speaking) lastSpeechMs = elapsedMs;
        if (speaking || loudMs < startMs) return null;
        speaking = true;
        lastSpeechMs = elapsedMs;
        return 'started';
      }
      if (!speaking) {
        loudMs = 0;
        return null;
      }
      if (elapsedMs - lastLoudMs < endMs) return null;
      speaking = false;
      loudMs = 0;
      return 'ended';
    },
  };
}
