/** The quietest speech a telephone carries, in dB below the loudest. */
const quietestDb = -50;

/** How much of a meter an effective value between 0 and 1 fills: from the quietest speech to the loudest. */
export const shareOf = (level: number): number =>
  level <= 0 ? 0 : Math.min(1, Math.max(0, 1 - (20 * Math.log10(level)) / quietestDb));
