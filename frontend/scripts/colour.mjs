// Colour arithmetic for check-contrast: OKLCH to sRGB, WCAG contrast, simulated colour blindness and CIEDE2000. Pure functions.

/** @typedef {[number, number, number]} Triple */

/** OKLCH (lightness 0–1, chroma, hue in degrees) as linear-light sRGB, clipped to the gamut the way a browser shows it.
 * @param {Triple} oklch @returns {Triple} */
export function oklchToLinear([lightness, chroma, hue]) {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return clip([
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]);
}

/** @param {Triple} rgb @returns {Triple} */
const clip = ([r, g, b]) => [clamp(r), clamp(g), clamp(b)];
/** @param {number} value */
const clamp = value => Math.min(1, Math.max(0, value));

/** @param {Triple} rgb linear */
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** WCAG contrast ratio of two linear-light colours, 1 to 21.
 * @param {Triple} one @param {Triple} other */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

// Full-strength simulation matrices for linear sRGB (Machado, Oliveira and Fernandes, 2009).
/** @type {Record<string, [Triple, Triple, Triple]>} */
export const visions = {
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** The colour as a viewer with this kind of vision sees it.
 * @param {Triple} rgb linear @param {[Triple, Triple, Triple]} matrix @returns {Triple} */
export function simulate(rgb, matrix) {
  return clip([dot(matrix[0], rgb), dot(matrix[1], rgb), dot(matrix[2], rgb)]);
}

/** @param {Triple} row @param {Triple} rgb */
const dot = (row, rgb) => row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2];

/** @param {Triple} rgb linear @returns {Triple} CIE L*a*b*, D65 */
function linearToLab(rgb) {
  const x = dot([0.4124564, 0.3575761, 0.1804375], rgb) / 0.95047;
  const y = dot([0.2126729, 0.7151522, 0.072175], rgb);
  const z = dot([0.0193339, 0.119192, 0.9503041], rgb) / 1.08883;
  const [fx, fy, fz] = [labCurve(x), labCurve(y), labCurve(z)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** @param {number} t */
const labCurve = t => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);

/** CIEDE2000 distance of two linear-light colours; about 1 is the smallest step an eye notices.
 * @param {Triple} one @param {Triple} other */
export function distance(one, other) {
  const [l1, a1, b1] = linearToLab(one);
  const [l2, a2, b2] = linearToLab(other);
  const meanChroma = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanChroma ** 7 / (meanChroma ** 7 + 25 ** 7)));
  const c1 = Math.hypot(a1 * (1 + g), b1);
  const c2 = Math.hypot(a2 * (1 + g), b2);
  const h1 = hueOf(a1 * (1 + g), b1);
  const h2 = hueOf(a2 * (1 + g), b2);
  const turn = c1 * c2 === 0 ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const deltaL = l2 - l1;
  const deltaC = c2 - c1;
  const deltaH = 2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2));
  const l = (l1 + l2) / 2;
  const c = (c1 + c2) / 2;
  const h = c1 * c2 === 0 ? h1 + h2 : (h1 + turn / 2 + 360) % 360;
  const t =
    1 -
    0.17 * Math.cos(radians(h - 30)) +
    0.24 * Math.cos(radians(2 * h)) +
    0.32 * Math.cos(radians(3 * h + 6)) -
    0.2 * Math.cos(radians(4 * h - 63));
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const sc = 1 + 0.045 * c;
  const sh = 1 + 0.015 * c * t;
  const rotation =
    -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(radians(60 * Math.exp(-(((h - 275) / 25) ** 2))));
  return Math.sqrt(
    (deltaL / sl) ** 2 + (deltaC / sc) ** 2 + (deltaH / sh) ** 2 + rotation * (deltaC / sc) * (deltaH / sh),
  );
}

/** @param {number} degrees */
const radians = degrees => (degrees * Math.PI) / 180;
/** @param {number} a @param {number} b */
const hueOf = (a, b) => ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
