// `npm run check:imports`: fails when an import runs against the house's direction (docs/decisions/0004-import-direction.md).
// With a folder as argument it checks that folder instead, which is how its own tests show it failing.
import './lib/node-floor.mjs';

import('./lib/check-imports.mjs').then(async ({ importProblems }) => {
  const { root } = await import('./lib/project.mjs');
  const { problems, files } = importProblems(process.argv[2] ?? root);
  for (const { file, line, text } of problems) console.error(`${file}:${line}  ${text}`);
  console.log(
    `imports: ${files} files, ${problems.length === 0 ? 'all in the right direction' : `${problems.length} against the direction`}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
});
