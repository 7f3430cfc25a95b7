// `npm run check:engines`: fails when the lockfile holds a package that the oldest supported Node cannot run, that wants an install
// script, or that other machines could not install. With a file as argument it checks that lockfile. Needs the dependencies.
import './lib/node-floor.mjs';

import('./lib/check-engines.mjs').then(async ({ lockfileProblems }) => {
  const { readFileSync } = await import('node:fs');
  const { at } = await import('./lib/project.mjs');
  const lock = JSON.parse(readFileSync(process.argv[2] ?? at('package-lock.json'), 'utf8'));
  const { problems, packages } = lockfileProblems(lock);
  for (const problem of problems) console.error(problem);
  console.log(
    `lockfile: ${packages} packages, ${problems.length === 0 ? 'every one installs and runs on the oldest Node supported' : `${problems.length} problems`}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
});
