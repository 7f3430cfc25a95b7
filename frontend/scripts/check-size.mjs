// Measures what a browser must load before the first page can run: the entry and everything it imports statically, gzipped.
// Run after a build; exits with 1 above the limit.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

export const LIMIT_BYTES = 250_000;

/** @typedef {Record<string, { file: string, isEntry?: boolean, imports?: string[] }>} Manifest */

/** The script files of the entry and its static imports, each once.
 * @param {Manifest} manifest @returns {string[]} */
export function firstLoad(manifest) {
  /** @type {Set<string>} */
  const files = new Set();
  const waiting = Object.keys(manifest).filter(name => manifest[name]?.isEntry);
  if (waiting.length === 0) throw new Error('the build manifest names no entry');
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the build manifest names ${name} but does not describe it`);
    if (files.has(chunk.file)) continue;
    files.add(chunk.file);
    waiting.push(...(chunk.imports ?? []));
  }
  return [...files];
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dist = new URL('../dist/', import.meta.url);
  const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
  const sizes = firstLoad(manifest).map(file => ({ file, bytes: gzipSync(readFileSync(new URL(file, dist))).length }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
  }
  console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  first load, gzip (limit ${LIMIT_BYTES / 1000} kB)`);
  process.exitCode = total > LIMIT_BYTES ? 1 : 0;
}
