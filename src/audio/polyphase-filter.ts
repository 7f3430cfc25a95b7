/** Coefficients for changing one rate into another, made once per pair of rates and shared by all calls. */
export interface PolyphaseFilter {
  /** `up` outputs come of `down` inputs, in lowest terms. */
  readonly up: number;
  readonly down: number;
  /** Taps of one phase; a multiple of four. */
  readonly taps: number;
  /** Phase after phase, each in the order of the samples it is multiplied with. */
  readonly coefficients: Float32Array;
}

/** Zero crossings on each side of the centre: flat up to 3.4 kHz on a telephone line, at 2 ms of look-ahead. */
const crossings = 16;
/** Kaiser's shape for 70 dB: what is left of images and aliases lies 30 dB below the noise of mu-law itself. */
const kaiserBeta = 6.76;

const filters = new Map<string, PolyphaseFilter>();

/** The filter for a pair of rates; the same object every time. */
export function polyphaseFilter(from: number, to: number): PolyphaseFilter {
  const key = `${from}>${to}`;
  const known = filters.get(key);
  if (known) return known;
  const made = designFilter(from, to);
  filters.set(key, made);
  return made;
}

function designFilter(from: number, to: number): PolyphaseFilter {
  const common = greatestCommonDivisor(from, to);
  const up = to / common;
  const down = from / common;
  // Going down, the band of the output is the narrower one, and the same number of crossings takes more input samples.
  const band = Math.min(1, to / from);
  const half = 2 * Math.ceil(crossings / band / 2);
  const taps = 2 * half;
  const coefficients = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase += 1) {
    const weights = Array.from({ length: taps }, (_, tap) => {
      const distance = phase / up + half - 1 - tap;
      return sinc(distance * band) * kaiser((distance * band) / crossings);
    });
    // Every phase passes a constant unchanged; otherwise they would hum at the rate at which they take turns.
    const sum = weights.reduce((total, weight) => total + weight, 0);
    coefficients.set(
      weights.map(weight => weight / sum),
      phase * taps,
    );
  }
  return { up, down, taps, coefficients };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Kaiser's window; `x` runs from -1 to 1. */
const kaiser = (x: number): number =>
  Math.abs(x) >= 1 ? 0 : bessel(kaiserBeta * Math.sqrt(1 - x * x)) / bessel(kaiserBeta);

/** The modified Bessel function of order zero, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
