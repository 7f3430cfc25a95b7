import type { LineSound } from '../audio/audio-frame.ts';
import type { AmdOrder } from './call-order.ts';

export type AmdVerdict =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

export interface AmdDetector {
  /** Takes the next 20 ms of the called side; gives the verdict once, and nothing before or after it. */
  push(sound: LineSound): AmdVerdict | undefined;
  readonly elapsedMs: number;
}

const stepMs = 20;
/** A fax tone must last a moment, so that a single beep of a machine is not taken for one. */
const faxToneMs = 500;

/**
 * Answering machine detection by the rules Twilio documents: a short utterance followed by silence is a person, a long one is a
 * machine, silence from the start is unknown; with `DetectMessageEnd` a machine's greeting is heard to its end.
 */
export function createAmdDetector(order: AmdOrder): AmdDetector {
  let elapsedMs = 0;
  let speechMs = 0; // of the burst that is going on, short pauses included
  let silenceMs = 0;
  let faxMs = 0;
  let heardSpeech = false;
  let isMachine = false;
  let beepSeen = false;
  let decided = false;

  const judge = (sound: LineSound): AmdVerdict | undefined => {
    if (sound === 'fax') {
      faxMs += stepMs;
      if (faxMs >= faxToneMs) return 'fax';
    } else faxMs = 0;
    if (sound === 'beep') {
      beepSeen = true;
      isMachine = true;
    } else if (beepSeen) {
      return order.mode === 'Enable' ? 'machine_start' : 'machine_end_beep';
    }
    if (sound === 'speech') {
      // A short pause inside an utterance counts as part of it; the silence before the first word does not.
      const pauseMs = heardSpeech && silenceMs < order.speechEndThresholdMs ? silenceMs : 0;
      heardSpeech = true;
      speechMs += pauseMs + stepMs;
      silenceMs = 0;
      if (speechMs > order.speechThresholdMs) isMachine = true;
    } else if (sound === 'silence') {
      silenceMs += stepMs;
    }
    if (isMachine && order.mode === 'Enable') return 'machine_start';
    if (!heardSpeech && elapsedMs >= order.silenceTimeoutMs) return 'unknown';
    if (heardSpeech && silenceMs >= order.speechEndThresholdMs) {
      if (!isMachine) return 'human';
      // A beep usually follows the greeting within a moment; only then is silence the end of the message.
      if (silenceMs >= order.speechEndThresholdMs + 1_500) return 'machine_end_silence';
    }
    if (elapsedMs >= order.timeoutMs) return isMachine ? 'machine_end_other' : 'unknown';
    return undefined;
  };

  return {
    get elapsedMs() {
      return elapsedMs;
    },
    push(sound) {
      if (decided) return undefined;
      elapsedMs += stepMs;
      const verdict = judge(sound);
      if (verdict) decided = true;
      return verdict;
    },
  };
}
