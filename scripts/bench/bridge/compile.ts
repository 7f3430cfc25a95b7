import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const output = new URL('node_modules/.cache/bridge-bench/', root);
const pathOf = (relative: string, base: URL) => fileURLToPath(new URL(relative, base));

/**
 * Compiles the bench and what it needs of the product as the product is compiled; returns the folder of this bench in it.
 * Run through tsx, every function that is made carries a name that was written down at run time, which is neither what
 * production runs nor cheap: closures of a call and of a frame would be measured with it.
 */
export function compileBench(): URL {
  rmSync(output, { recursive: true, force: true });
  const compiler = pathOf('node_modules/typescript/bin/tsc', root);
  execFileSync(process.execPath, [compiler, '-p', pathOf('scripts/bench/bridge', root), '--noCheck'], {
    stdio: 'inherit',
  });
  writeFileSync(new URL('package.json', output), '{"type":"module"}');
  cpSync(new URL('media/', root), new URL('media/', output), { recursive: true });
  return new URL('scripts/bench/bridge/', output);
}
