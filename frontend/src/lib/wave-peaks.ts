/** How loud each side is along a recording, as the server says it: 0 to 255, one point for each stretch of the same length. */
export interface WavePeaks {
  readonly durationMs: number;
  readonly msPerPoint: number;
  /** The first channel, then the second where there is one. */
  readonly channels: readonly (readonly number[])[];
}

export const loudest = 255;
/** Below this nobody speaks. */
const quiet = 5;

/** Where nobody speaks for longer than `longerMs`: from and to, in milliseconds. */
export function silencesOf(
  { durationMs, msPerPoint, channels }: WavePeaks,
  longerMs: number,
): [fromMs: number, toMs: number][] {
  const count = channels[0]?.length ?? 0;
  const found: [number, number][] = [];
  let began: number | null = null;
  for (let at = 0; at <= count; at += 1) {
    const silent = at < count && channels.every(levels => levels[at]! <= quiet);
    if (silent) began ??= at;
    else if (began !== null) {
      const [from, to] = [began * msPerPoint, Math.min(durationMs, at * msPerPoint)];
      if (to - from > longerMs) found.push([from, to]);
      began = null;
    }
  }
  return found;
}
