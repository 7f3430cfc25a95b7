import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const output = new URL('node_modules/.cache/callback-bench/', root);
const pathOf = (relative: string) => fileURLToPath(new URL(relative, root));

/** Compiles the bench and the product as the product is compiled: run through tsx, each closure is named at run time, which costs. */
export function compileBench(): URL {
  rmSync(output, { recursive: true, force: true });
  const compiler = pathOf('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', pathOf('scripts/bench/callbacks'), '--noCheck'], {
    stdio: 'inherit',
  });
  writeFileSync(new URL('package.json', output), '{"type":"module"}');
  for (const folder of ['media/', 'sandbox-data/'])
    cpSync(new URL(folder, root), new URL(folder, output), { recursive: true });
  return new URL('scripts/bench/callbacks/', output);
}

/** Node's flags with which `npm start` starts the product: it is measured as it runs. */
export function productFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return [...scripts.start.matchAll(/ (--\S+)/g)].map(([, flag]) => flag);
}
