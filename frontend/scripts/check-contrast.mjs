// Recomputes what src/styles/tokens.css promises: contrast of every text and mark on what lies under it, and how far colours that
// mean different things stay apart for colour-blind eyes. Prints the table and exits with 1 when a promise is broken.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { contrast, distance, oklchToLinear, simulate, visions } from './colour.mjs';

/** @typedef {import('./colour.mjs').Triple} Triple */

const page = ['bg', 'surface'];

/** Foreground, what it lies on, and the least contrast it must keep there in both themes. */
const contrasts = /** @type {[string, string[], number][]} */ ([
  ['text', page, 14.7],
  ['text-2', page, 7.6],
  ['text-3', page, 5.0],
  ['text-3', ['sunken'], 4.6],
  ['border-strong', page, 3.4],
  ['accent', page, 6.8],
  ['accent-fg', ['accent'], 7.3],
  ['accent', ['accent-soft'], 6.2],
  ['live', ['live-soft'], 6.1],
  ['warn', ['warn-soft'], 4.7],
  ['bad', ['bad-soft'], 5.0],
  ['live', page, 4.5],
  ['warn', page, 4.5],
  ['bad', page, 4.5],
  ['ink-fg', ['ink'], 15.8],
  ...['m-live', 'm-warn', 'm-bad', 'm-agent', 'm-caller', 'm-idle'].map(mark => [mark, page, 3]),
  ['text', ['raised', 'hover', 'sunken', 'accent-soft'], 4.5],
  ['text-2', ['raised', 'hover', 'sunken'], 4.5],
]);

/** Colours that stand side by side, and the least CIEDE2000 distance between any two under every simulated vision. */
const families = /** @type {[string, string[], number][]} */ ([
  ['text roles', ['accent', 'live', 'warn', 'bad'], 7.2],
  ['marks', ['m-live', 'm-warn', 'm-bad', 'm-agent', 'm-caller', 'm-idle'], 7.2],
  ['outcomes', ['o1', 'o2', 'o3', 'o4', 'o5', 'o6'], 9.6],
]);

/** Reads the custom properties of both themes out of the token file.
 * @param {string} css @returns {Record<string, Record<string, Triple>>} */
export function readTokens(css) {
  /** @type {Record<string, Record<string, Triple>>} */
  const themes = {};
  for (const [name, selector] of [
    ['light', ':root {'],
    ['dark', ':root[data-theme="dark"] {'],
  ]) {
    const start = css.indexOf(/** @type {string} */ (selector));
    const block = start < 0 ? '' : css.slice(start, css.indexOf('}', start));
    const found = block.matchAll(/--([\w-]+):\s*oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\)/g);
    themes[/** @type {string} */ (name)] = Object.fromEntries(
      [...found].map(([, token, l, c, h]) => [token, [Number(l), Number(c), Number(h)]]),
    );
  }
  return themes;
}

/** Every promise with its measured value; `ok` is false where it is broken.
 * @param {string} css @returns {{ theme: string, what: string, measured: number, needed: number, ok: boolean }[]} */
export function measureTokens(css) {
  const results = [];
  for (const [theme, tokens] of Object.entries(readTokens(css))) {
    /** @param {string} name @returns {Triple} */
    const colour = name => {
      const value = tokens[name];
      if (!value) throw new Error(`tokens.css has no --${name} in the ${theme} theme`);
      return oklchToLinear(value);
    };
    for (const [front, backs, needed] of contrasts) {
      for (const back of backs) {
        const measured = contrast(colour(front), colour(back));
        results.push(verdict(theme, `${front} on ${back}`, measured, needed));
      }
    }
    for (const [family, members, needed] of families) {
      const closest = closestPair(members, colour);
      results.push(verdict(theme, `${family}: ${closest.pair}`, closest.distance, needed));
    }
  }
  return results;
}

/** The promises are written with one decimal, so a value that rounds to its promise keeps it.
 * @param {string} theme @param {string} what @param {number} measured @param {number} needed */
const verdict = (theme, what, measured, needed) => ({ theme, what, measured, needed, ok: measured >= needed - 0.05 });

/** @param {string[]} members @param {(name: string) => Triple} colour */
function closestPair(members, colour) {
  let closest = { pair: '', distance: Number.POSITIVE_INFINITY };
  for (const [vision, matrix] of Object.entries(visions)) {
    for (const [i, one] of members.entries()) {
      for (const other of members.slice(i + 1)) {
        const apart = distance(simulate(colour(one), matrix), simulate(colour(other), matrix));
        if (apart < closest.distance) closest = { pair: `${one} and ${other} (${vision})`, distance: apart };
      }
    }
  }
  return closest;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const results = measureTokens(readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8'));
  for (const { theme, what, measured, needed, ok } of results) {
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${theme.padEnd(5)} ${measured.toFixed(1).padStart(5)} ≥ ${needed}  ${what}`);
  }
  const broken = results.filter(result => !result.ok).length;
  console.log(broken === 0 ? `all ${results.length} hold` : `${broken} of ${results.length} broken`);
  process.exitCode = broken === 0 ? 0 : 1;
}
