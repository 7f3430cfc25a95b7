import { linearOfMulaw } from '../../audio/mulaw.ts';

/** Loud enough to be a voice or a tone: line noise stays far below, quiet syllables above. */
const speechLevel = 220;
const sampleStep = 4;

/** Whether these samples hold more than the noise of an open line. */
export function isSpeech(bytes: Uint8Array): boolean {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < bytes.length; at += sampleStep) {
    sum += Math.abs(linearOfMulaw[bytes[at]!]!);
    count += 1;
  }
  return count > 0 && sum / count > speechLevel;
}
