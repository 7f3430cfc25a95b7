import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { at } from './project.mjs';

// Stay as they are: what keeps one state for a whole process tree or starts threads and processes from files of its own, reads files
// beside itself, is looked into by a test or by ourselves, or is ours.
const kept =
  /^(tap|mongoose|mongodb|bson|pino-pretty|playwright-core|twilio|vite|@elevenlabs\/.*|@fastify\/swagger-ui|wasm-media-encoders)(\/|$)/;
const optional =
  /^(@aws-sdk\/.*|@mongodb-js\/.*|gcp-metadata|kerberos|mongodb-client-encryption|snappy|socks|aws4|bufferutil|utf-8-validate)$/;

/** Where they lie, for as long as the same packages are installed and asked for. */
const place = at('.setup/packages');

/**
 * Bundles every package that the compiled files below `out` import, and puts them where those files look before they look among the
 * installed ones: a process that needs the application opens some dozens of files instead of two thousand (docs/decisions/0008).
 */
export async function bundlePackages(out) {
  const names = importedBelow(out)
    .filter(name => !kept.test(name) && !isOurs(name))
    .sort();
  const key = keyOf(names);
  if (readIfThere(path.join(place, '.key')) !== key) {
    const next = `${place}.next`;
    rmSync(next, { recursive: true, force: true });
    await bundleInto(next, names);
    writeFileSync(path.join(next, '.key'), key);
    rmSync(place, { recursive: true, force: true });
    renameSync(next, place);
  }
  symlinkSync(path.relative(out, place), path.join(out, 'node_modules'));
}

async function bundleInto(folder, names) {
  const entries = new Map(await Promise.all(names.map(async name => [`entry:${name}`, await entryOf(name)])));
  const bundle = await rolldown({
    input: Object.fromEntries(names.map(name => [`${name}/index`, `entry:${name}`])),
    platform: 'node',
    external: id => kept.test(id) || optional.test(id),
    plugins: [entriesFrom(entries)],
    logLevel: 'silent',
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '.chunks/[name]-[hash].mjs',
    comments: { legal: false, annotation: false, jsdoc: false }, // less text to read for every process
  });
  await bundle.close();
  for (const [name, subpaths] of groupByPackage(names)) {
    const files = subpaths.map(sub => (sub ? [`./${sub}`, `./${sub}/index.mjs`] : ['.', './index.mjs']));
    const description = { name, type: 'module', exports: Object.fromEntries(files) };
    mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, name, 'package.json'), JSON.stringify(description));
  }
  shareTap(path.join(folder, 'tap'));
}

/** Not tap itself, but what lets several test files use one tap. */
function shareTap(folder) {
  const from = JSON.stringify(path.relative(path.join(place, 'tap'), at('scripts/lib/shared-tap.mjs')));
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'tap', exports: './index.mjs' }));
  writeFileSync(path.join(folder, 'index.mjs'), `export * from ${from}; export { default } from ${from};`);
}

const entriesFrom = entries => ({
  name: 'entries',
  resolveId(id, importer) {
    if (entries.has(id)) return `\0${id}.mjs`;
    return importer?.startsWith('\0entry:') ? installedFile(id) : undefined;
  },
  load: id => entries.get(id.slice(1, -'.mjs'.length)),
});

/** Another Node may choose other files of a package. */
function keyOf(names) {
  const hash = createHash('sha256').update(JSON.stringify([process.version, names]));
  for (const file of ['package-lock.json', 'scripts/lib/bundled-packages.mjs']) hash.update(readFileSync(at(file)));
  return hash.digest('hex');
}

const readIfThere = file => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** What node shows of a package is what its bundle shows: the same names, and for CommonJS the same default. */
async function entryOf(name) {
  const shown = Object.keys(await import(name));
  const from = JSON.stringify(name);
  if (!isCommonJs(installedFile(name)))
    return `export * from ${from};${shown.includes('default') ? ` export { default } from ${from};` : ''}`;
  const named = shown.filter(key => key !== 'default' && key !== 'module.exports');
  const copies = named.map((key, n) => `const shown${n} = all[${JSON.stringify(key)}];`);
  const exported = named.map((key, n) => `shown${n} as ${JSON.stringify(key)}`);
  return `import all from ${from}; export default all; ${copies.join(' ')} export { ${exported.join(', ')} };`;
}

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([@a-z][^'"\s]*)\1/g;

/** The installed packages (with paths inside them) that the compiled files below a folder import. */
function importedBelow(folder) {
  const found = new Set();
  for (const name of readdirSync(folder, { recursive: true })) {
    // The dashboard's modules are tested without the packages that draw it.
    if (!name.endsWith('.js') || name.startsWith('frontend') || !lstatSync(path.join(folder, name)).isFile()) continue;
    for (const [, , specifier] of readFileSync(path.join(folder, name), 'utf8').matchAll(importPattern))
      found.add(specifier);
  }
  return [...found].filter(specifier => !isBuiltin(specifier) && installedFile(specifier));
}

function installedFile(specifier) {
  try {
    return fileURLToPath(import.meta.resolve(specifier));
  } catch {
    return undefined; // text that only looks like an import
  }
}

const isOurs = specifier => !realpathSync(installedFile(specifier)).includes('/node_modules/');

function isCommonJs(file) {
  if (/\.[cm]js$/.test(file)) return file.endsWith('.cjs');
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')).type !== 'module';
  }
}

/** `typebox/value` belongs to `typebox`: which paths inside each package are asked for. */
function groupByPackage(specifiers) {
  const groups = new Map();
  for (const specifier of specifiers) {
    const parts = specifier.split('/');
    const name = parts.splice(0, specifier.startsWith('@') ? 2 : 1).join('/');
    groups.set(name, [...(groups.get(name) ?? []), parts.join('/')]);
  }
  return groups;
}
