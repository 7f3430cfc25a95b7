/** How loud each side is along a recording: shares of full scale, one for each stretch of the same length. */
export interface WavePeaks {
  readonly durationMs: number;
  /** The first channel, then the second where there is one. */
  readonly channels: readonly Float32Array[];
}

export interface WaveForm {
  readonly encoding: 'pcm16' | 'mulaw';
  readonly channels: number;
  readonly sampleRate: number;
  /** Where the samples begin, and how many bytes they are. */
  readonly offset: number;
  readonly bytes: number;
}

const tags = { riff: 0x52494646, wave: 0x57415645, fmt: 0x666d7420, data: 0x64617461 };

/** Reads the head of a WAV file; null where it is none that we know. */
export function readWaveForm(view: DataView): WaveForm | null {
  if (view.byteLength < 12 || view.getUint32(0) !== tags.riff || view.getUint32(8) !== tags.wave) return null;
  let form: Pick<WaveForm, 'encoding' | 'channels' | 'sampleRate'> | null = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const [tag, size] = [view.getUint32(at), view.getUint32(at + 4, true)];
    if (tag === tags.fmt && at + 24 <= view.byteLength) {
      const [format, channels, bits] = [
        view.getUint16(at + 8, true),
        view.getUint16(at + 10, true),
        view.getUint16(at + 22, true),
      ];
      const encoding = format === 1 && bits === 16 ? 'pcm16' : format === 7 && bits === 8 ? 'mulaw' : null;
      if (encoding === null || channels < 1 || channels > 2) return null;
      form = { encoding, channels, sampleRate: view.getUint32(at + 12, true) };
    }
    // A file that is written while it is made may promise more than there is.
    if (tag === tags.data)
      return form && form.sampleRate > 0
        ? { ...form, offset: at + 8, bytes: Math.min(size, view.byteLength - at - 8) }
        : null;
    at += 8 + size + (size % 2);
  }
  return null;
}

/** The eye sees no more of a quarter of a second than its loudest moment. */
const mostStretches = 2_400;
const shortestMs = 20;
/** The page answers in between. */
const samplesAtOnce = 2_000_000;

/** The peaks of a WAV file of 16 bits or µ-law; null where it is none. */
export async function peaksOf(file: ArrayBuffer): Promise<WavePeaks | null> {
  const view = new DataView(file);
  const form = readWaveForm(view);
  if (!form) return null;
  const { encoding, channels, sampleRate, offset, bytes } = form;
  const width = encoding === 'pcm16' ? 2 : 1;
  const frames = Math.floor(bytes / (width * channels));
  const durationMs = (frames / sampleRate) * 1_000;
  const count = Math.max(1, Math.min(mostStretches, Math.floor(durationMs / shortestMs)));
  const peaks = Array.from({ length: channels }, () => new Float32Array(count));
  let sinceBreath = 0;
  for (let stretch = 0; stretch < count; stretch += 1) {
    const [first, last] = [Math.floor((stretch * frames) / count), Math.floor(((stretch + 1) * frames) / count)];
    for (let channel = 0; channel < channels; channel += 1) {
      let highest = 0;
      for (let frame = first; frame < last; frame += 1) {
        const at = offset + (frame * channels + channel) * width;
        const level = encoding === 'pcm16' ? Math.abs(view.getInt16(at, true)) : loudnessOfMulaw(view.getUint8(at));
        if (level > highest) highest = level;
      }
      peaks[channel]![stretch] = Math.min(1, highest / 32_768);
    }
    sinceBreath += (last - first) * channels;
    if (sinceBreath > samplesAtOnce) {
      sinceBreath = 0;
      await new Promise(resolve => setTimeout(resolve));
    }
  }
  return { durationMs, channels: peaks };
}

/** The size of a µ-law sample, 0 to 32,124. */
function loudnessOfMulaw(byte: number): number {
  const inverted = ~byte & 0xff;
  return ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
}

/** Below this nobody speaks. */
const quiet = 0.02;

/** Where nobody speaks for longer than `longerMs`: from and to, in milliseconds. */
export function silencesOf({ durationMs, channels }: WavePeaks, longerMs: number): [fromMs: number, toMs: number][] {
  const count = channels[0]?.length ?? 0;
  const each = durationMs / Math.max(1, count);
  const found: [number, number][] = [];
  let began: number | null = null;
  for (let at = 0; at <= count; at += 1) {
    const silent = at < count && channels.every(peaks => peaks[at]! < quiet);
    if (silent) began ??= at;
    else if (began !== null) {
      if ((at - began) * each > longerMs) found.push([began * each, at * each]);
      began = null;
    }
  }
  return found;
}
