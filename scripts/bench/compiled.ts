import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { heapFlags } from '../../src/ops/heap-flags.ts';
import { at } from '../lib/project.mjs';
import { setUp } from '../lib/set-up.mjs';

/**
 * Compiles a bench and what it needs of the product as the product is compiled; returns the folder of this bench in it.
 * Run through tsx, every function that is made carries a name that was written down at run time, which is neither what
 * production runs nor cheap: closures of a call and of a frame would be measured with it.
 */
export async function compiledBench(name: string, { data }: { data: readonly string[] }): Promise<URL> {
  await setUp({ only: ['pocket-mongo'] });
  const output = at('node_modules/.cache', `${name}-bench`);
  rmSync(output, { recursive: true, force: true });
  const compiler = at('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', at('scripts/bench', name), '--noCheck'], { stdio: 'inherit' });
  writeFileSync(`${output}/package.json`, '{"type":"module"}');
  for (const folder of data) cpSync(at(folder), `${output}/${folder}`, { recursive: true });
  return pathToFileURL(`${output}/scripts/bench/${name}/`);
}

/** Node's flags with which `npm start` starts the product, and those it sets by itself on such a machine: it is measured as it runs. */
export function productFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const given = [...scripts.start.matchAll(/ (--\S+)/g)].map(([, flag]) => flag);
  return [...given, ...heapFlags()];
}
