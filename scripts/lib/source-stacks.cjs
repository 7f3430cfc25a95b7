// Loaded before each compiled test file: stacks name the sources, by maps that are read only when a stack is. Node's own switch reads
// the map of every module as it is loaded, a quarter of what loading the application costs (docs/decisions/0008).
'use strict';
const { readFileSync } = require('node:fs');
const module_ = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');

const maps = new Map();

function readMap(file) {
  let payload;
  try {
    payload = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
  } catch {
    return undefined; // not compiled by us
  }
  const place = pathToFileURL(file);
  const sources = payload.sources.map(source => new URL(`${payload.sourceRoot ?? ''}${source}`, place).href);
  return new module_.SourceMap({ ...payload, sources });
}

/** By a path or an address; tap asks for the maps of the frames that it reports. */
function findSourceMap(name) {
  const file = name.startsWith('file:') ? fileURLToPath(name) : name;
  if (!file.startsWith('/')) return undefined;
  if (!maps.has(file)) maps.set(file, readMap(file));
  return maps.get(file);
}

function inSource(site) {
  const frame = String(site);
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  const entry = file && line && findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (!entry?.originalSource) return frame;
  return frame.replace(
    `${file}:${line}:${column}`,
    `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
  );
}

module_.findSourceMap = findSourceMap;
module_.syncBuiltinESMExports();
Error.prepareStackTrace = (error, sites) =>
  [Error.prototype.toString.call(error), ...sites.map(site => `    at ${inSource(site)}`)].join('\n');
