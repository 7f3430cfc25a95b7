import { lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';

/**
 * The tests and all they import, compiled once as production is compiled, rather than by the process of every test file:
 * docs/decisions/0008-tests-run-compiled.md. Built like the parts of the product, but for tests alone.
 */
export const compiledTests = {
  title: 'the tests',
  firstSource: 'tsconfig.suite.json',
  inputs: ['src', 'test', 'scripts', 'packages', 'frontend/src', 'tsconfig.suite.json', 'tsconfig.base.json'],
  output: '.setup/suite',
  async build(out, run) {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    await run([tsc, '-p', 'tsconfig.suite.json', '--noEmitOnError', '--outDir', out], '.');
    linkTheRest(root, out);
    const { bundlePackages } = await import('./bundled-packages.mjs'); // needs what is installed
    await bundlePackages(out);
  },
};

/** Where a source file's compiled form lies: `test/x.test.ts` becomes `.setup/suite/test/x.test.js`. */
export const compiledFile = file => path.join(compiledTests.output, file.replace(/\.ts$/, '.js'));

// Modules are found in the node_modules of the folders above; these others are nobody's data.
const notLinked = new Set(['.git', '.setup', '.tap', '.data', 'node_modules', 'coverage']);

/** Everything else is found at the same place as in the project: fixtures, documents, scripts in JavaScript, and the sources. */
export function linkTheRest(from, to, isRoot = true) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const [original, place] = [path.join(from, name), path.join(to, name)];
    if (isRoot && notLinked.has(name)) continue;
    if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory()) linkTheRest(original, place, false);
    // By a relative path: the output is moved to its place as a whole once it is complete.
    else symlinkSync(path.relative(to, original), place);
  }
}
