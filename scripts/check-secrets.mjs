// `npm run check:secrets`: fails when a tracked file holds something like a credential, an address of somebody's machine or of a
// package registry. An invented example says so on its line: `allow-secret: why`. With a folder as argument it checks that one.
import './lib/node-floor.mjs';

import('./lib/check-secrets.mjs').then(async ({ secretProblems }) => {
  const { root } = await import('./lib/project.mjs');
  const { problems, files } = secretProblems(process.argv[2] ?? root);
  // The value itself is never printed: the check's output ends up in logs.
  for (const { file, line, what } of problems) console.error(`${file}:${line}  ${what}`);
  if (problems.length > 0)
    console.error(
      '\nA real one must be revoked, not only deleted. An invented example gets "allow-secret: why" on its line.',
    );
  console.log(
    `secrets: ${files} tracked files, ${problems.length === 0 ? 'nothing like a credential' : `${problems.length} findings`}`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
});
