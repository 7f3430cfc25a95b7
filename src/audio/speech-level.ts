import { linearOfMulaw } from './mulaw.ts';

/** How loud mu-law audio is: the mean of its samples' magnitudes, of which every third is enough. */
export function levelOfMulaw(bytes: Uint8Array): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < bytes.length; at += 3, count += 1) sum += Math.abs(linearOfMulaw[bytes[at]!]!);
  return count === 0 ? 0 : sum / count;
}

/**
 * The same of audio as it stands in a media message, without decoding it: four characters hold three samples, and the first
 * two characters hold the whole first sample.
 */
export function levelOfBase64(text: Uint8Array, from = 0, to: number = text.length): number {
  let sum = 0;
  let count = 0;
  for (let at = from; at + 1 < to; at += 4, count += 1) {
    sum += magnitudeOfPair[((text[at]! & 0x7f) << 7) | (text[at + 1]! & 0x7f)]!;
  }
  return count === 0 ? 0 : sum / count;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** By two characters of seven bits; what is no base64 counts as silence. */
const magnitudeOfPair: Uint16Array = (() => {
  const table = new Uint16Array(1 << 14);
  for (const [high, first] of [...alphabet].entries()) {
    for (const [low, second] of [...alphabet].entries()) {
      const byte = (high << 2) | (low >> 4);
      table[(first.charCodeAt(0) << 7) | second.charCodeAt(0)] = Math.abs(linearOfMulaw[byte]!);
    }
  }
  return table;
})();
