/** Audio everywhere in the sandbox is mu-law at 8000 Hz: one byte is one sample, 8 bytes are a millisecond. */
export const bytesPerMs = 8;
export const frameBytes = 160;
export const silenceByte = 0xff;

/** The 16-bit sample behind each mu-law byte. */
export const linearOfMulaw: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 0x07);
  return (inverted & 0x80 ? -1 : 1) * (magnitude - 0x84);
});

/** The mu-law byte nearest to a 16-bit sample. */
export function mulawOfLinear(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

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
