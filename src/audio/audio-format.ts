/** How a stream of single-channel audio is written: mu-law bytes, or signed 16-bit samples with the low byte first. */
export interface AudioFormat {
  readonly encoding: 'mulaw' | 'pcm16';
  readonly sampleRate: number;
}

/** What the carrier sends and takes. */
export const telephoneFormat: AudioFormat = { encoding: 'mulaw', sampleRate: 8_000 };

/** The rates that vendors offer; others are refused by name, not guessed at. */
export const sampleRates = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000] as const;
export type SampleRate = (typeof sampleRates)[number];

export const isSampleRate = (rate: number): rate is SampleRate => (sampleRates as readonly number[]).includes(rate);

export const sameFormat = (one: AudioFormat, other: AudioFormat): boolean =>
  one.encoding === other.encoding && one.sampleRate === other.sampleRate;

export const bytesPerSample = (format: AudioFormat): number => (format.encoding === 'mulaw' ? 1 : 2);
