/** Telephone audio: mu-law at 8000 Hz, in frames of 20 ms. */
export const lineRate = 8_000;
export const frameSamples = 160;
export const silenceByte = 0xff;

const bias = 132;
const loudest = 32_635;

/** What each byte sounds like, between -1 and 1. */
const decoded: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte;
  const exponent = (bits >> 4) & 7;
  const magnitude = (((bits & 15) * 2 + 33) << (exponent + 2)) - bias;
  return (bits & 0x80 ? -magnitude : magnitude) / 32_768;
});

/** The sample, between -1 and 1, behind a mu-law byte. */
export const sampleOf = (byte: number): number => decoded[byte & 0xff]!;

/** The mu-law byte for a sample; what lies beyond -1 and 1 becomes the loudest. */
export function mulawOf(sample: number): number {
  const linear = Math.round(sample * 32_768);
  const magnitude = Math.min(loudest, Math.abs(linear)) + bias;
  const exponent = 24 - Math.clz32(magnitude);
  const sign = linear < 0 ? 0x80 : 0;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff;
}
