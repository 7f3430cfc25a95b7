/** Telephone audio is mu-law at 8000 Hz: one byte is one sample, 8 bytes are a millisecond. */
export const bytesPerMs = 8;
/** The carrier's frame of 20 ms. */
export const frameBytes = 160;
export const frameMs = 20;
export const silenceByte = 0xff;

/** The 16-bit sample behind each mu-law byte (G.711). */
export const linearOfMulaw: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 0x07);
  return (inverted & 0x80 ? -1 : 1) * (magnitude - 0x84);
});

/** The byte for each 16-bit sample, at the place of its two's complement: looking up is several times cheaper than computing. */
const mulawTable: Uint8Array = Uint8Array.from({ length: 65_536 }, (_, index) => {
  const sample = (index << 16) >> 16;
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const exponent = 24 - Math.clz32(magnitude);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
});

/** The mu-law byte for a sample, by the decision values of G.711; what is louder than 16 bits can say becomes the loudest byte. */
export function mulawOfLinear(sample: number): number {
  return mulawTable[(sample > 32_767 ? 32_767 : sample < -32_768 ? -32_768 : sample) & 0xffff]!;
}

/** Fresh silence of this length. */
export const silence = (durationMs: number): Buffer => Buffer.alloc(Math.round(durationMs * bytesPerMs), silenceByte);

/** One frame of silence as it stands in a media message. */
export const silentFrameBase64: string = silence(frameMs).toString('base64');
