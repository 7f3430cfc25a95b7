import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cyclesIn } from './cycles.mjs';
import {
  directionProblem,
  impureGlobals,
  isContract,
  isKnownRecursion,
  isProgram,
  isProtocol,
  isPure,
  isPureDependency,
  packageOf,
} from './import-rules.mjs';
import { blankCommentsAndTemplates, importsOf } from './imports.mjs';

const sourceFile = /\.(?:ts|tsx|mts)$/;

/** Every import of src/, packages/ and frontend/ that runs against the rules, in the order of files and lines. */
export function importProblems(root) {
  const files = readSources(root);
  const problems = [];
  for (const file of files.values()) {
    const report = (line, text) => problems.push({ file: file.name, line, text });
    for (const edge of file.imports) {
      const text = edge.target === undefined ? packageProblem(file, edge, root) : targetProblem(file, edge, files);
      if (text) report(edge.line, text);
    }
    if (file.name.startsWith('src/') && !isProgram(file.name)) {
      for (const line of linesMatching(file.code, /\bprocess\.env\b|\benv\b[^\n]*from\s*'node:process'/))
        report(
          line,
          'reads process.env: only src/server.ts and programs (*-cli.ts) do; take a value from the configuration',
        );
    }
    if (file.name.startsWith('src/') && isPure(file.name)) problems.push(...impurities(file, files));
  }
  for (const { group, way } of cyclesIn(valueGraph(files))) {
    if (isKnownRecursion(group)) continue;
    problems.push({ file: way[0], line: 1, text: `imports itself in a circle: ${[...way, way[0]].join(' → ')}` });
  }
  return {
    problems: problems.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)),
    files: files.size,
  };
}

function readSources(root) {
  const places = ['src', 'frontend'];
  for (const name of existsSync(path.join(root, 'packages')) ? readdirSync(path.join(root, 'packages')) : [])
    places.push(`packages/${name}/src`);
  const files = new Map();
  for (const place of places.filter(name => existsSync(path.join(root, name)))) {
    for (const name of sourcesBelow(root, place)) {
      const source = readFileSync(path.join(root, name), 'utf8');
      const imports = importsOf(source).map(edge => ({ ...edge, target: resolve(name, edge.specifier) }));
      files.set(name, { name, imports, code: blankCommentsAndTemplates(source) });
    }
  }
  return files;
}

function sourcesBelow(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(?:node_modules|dist)(?:\.|$)/.test(entry.name) ? [] : sourcesBelow(root, name);
    return sourceFile.test(entry.name) && !entry.name.endsWith('.d.ts') ? [name] : [];
  });
}

/** A relative import as a path from the root; undefined for packages, and for the dashboard's own shorthands. */
const resolve = (from, specifier) =>
  specifier.startsWith('.') ? path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier)) : undefined;

function targetProblem(file, { target, kind }, files) {
  const [home] = file.name.split('/');
  const text = crossingProblem(file.name, target, kind, home);
  if (text) return `imports ${target}: ${text}`;
  if (home === 'src' && sourceFile.test(target) && !files.has(target)) return `imports ${target}, which does not exist`;
  return undefined;
}

function crossingProblem(from, to, kind, home) {
  if (home === 'packages') {
    const own = from.split('/').slice(0, 2).join('/');
    return to.startsWith(`${own}/`) ? undefined : 'a package stands on its own and imports only declared packages';
  }
  if (home === 'frontend') {
    if (to.startsWith('frontend/')) return undefined;
    if (to.startsWith('src/') && (isProtocol(to) || (kind === 'type' && isContract(to)))) return undefined;
    return 'of the server the dashboard sees only the types of contract files (import type), and *-protocol.ts';
  }
  return to.startsWith('src/') ? directionProblem(from, to) : 'the server imports nothing outside src but packages';
}

/** The server runs where development packages are pruned, so what it imports must be declared for running. */
function packageProblem(file, { specifier, kind }, root) {
  if (file.name.startsWith('frontend/') || kind === 'type') return undefined;
  if (specifier.startsWith('node:')) return undefined;
  const folder = file.name.startsWith('packages/') ? file.name.split('/').slice(0, 2).join('/') : '.';
  const declared = declaredIn(path.join(root, folder, 'package.json'));
  const name = packageOf(specifier);
  if (declared.has(name) || existsSync(path.join(root, 'packages', name))) return undefined;
  return `imports ${name}, which ${path.join(folder, 'package.json')} does not list under dependencies`;
}

const declaredByFile = new Map();
function declaredIn(file) {
  if (!declaredByFile.has(file)) {
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
    declaredByFile.set(file, new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies)]));
  }
  return declaredByFile.get(file);
}

/** What a pure file does that it must not, itself or through what it imports; the way there is told. */
function impurities(start, files) {
  const problems = [];
  const ways = new Map([[start.name, []]]);
  for (const [name, way] of ways) {
    const file = files.get(name);
    if (!file) continue;
    const via = way.length > 0 ? ` (through ${[...way.slice(1), name].join(' → ')})` : '';
    const lineHere = way.length > 0 ? undefined : 1;
    const report = (line, text) =>
      problems.push({
        file: start.name,
        line: lineHere ? line : firstImportLine(start, way[1] ?? name),
        text: `is a pure module but ${text}${via}`,
      });
    for (const edge of file.imports) {
      if (edge.kind === 'type') continue;
      if (edge.target === undefined) {
        if (!isPureDependency(edge.specifier)) report(edge.line, `uses ${edge.specifier}`);
      } else if (edge.target.startsWith('src/store/')) report(edge.line, `reaches the store (${edge.target})`);
      else if (!ways.has(edge.target)) ways.set(edge.target, [...way, name]);
    }
    for (const [what, pattern] of impureGlobals)
      for (const line of linesMatching(file.code, pattern)) report(line, `uses ${what}`);
  }
  return problems;
}

const firstImportLine = (file, target) => file.imports.find(edge => edge.target === target)?.line ?? 1;

function linesMatching(code, pattern) {
  return code.split('\n').flatMap((text, index) => (pattern.test(text) ? [index + 1] : []));
}

const valueGraph = files =>
  new Map(
    [...files].map(([name, file]) => [
      name,
      file.imports.filter(edge => edge.kind === 'value' && files.has(edge.target)).map(edge => edge.target),
    ]),
  );
