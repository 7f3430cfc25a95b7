// How long a verdict takes: node --import=tsx scripts/bench/compliance/run.ts
// It is compiled first, as the product is: run through tsx, each closure is named at run time, which costs more than the rules.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const output = new URL('node_modules/.cache/compliance-bench/', root);
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { stdio: 'inherit', cwd: fileURLToPath(root) });

rmSync(output, { recursive: true, force: true });
node('node_modules/typescript/bin/tsc', '-p', 'scripts/bench/compliance', '--noCheck');
writeFileSync(new URL('package.json', output), '{"type":"module"}');
node(fileURLToPath(new URL('scripts/bench/compliance/measure.js', output)));
