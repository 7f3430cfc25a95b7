// `npm run typecheck`: the whole repository's types, part by part. Tests and server see the embedded store through its built types.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ at, runMain }) =>
  runMain(async () => {
    const { existsSync } = await import('node:fs');
    const { setUp } = await import('./lib/set-up.mjs');
    const { runQuietly, step } = await import('./lib/steps.mjs');
    await setUp({ only: ['pocket-mongo'] });
    const projects = [
      ['server, tests and scripts', 'tsconfig.test.json'],
      ['the embedded store', 'packages/pocket-mongo/tsconfig.json'],
      ['the dashboard', 'frontend/tsconfig.json'],
    ].filter(([, file]) => existsSync(at(file)));
    for (const [title, file] of projects) {
      const check = ['-p', file, '--noEmit', '--incremental', 'false', '--tsBuildInfoFile', 'null'];
      await step(`checking the types of ${title}`, () =>
        runQuietly(process.execPath, [at('node_modules/typescript/bin/tsc'), ...check]),
      );
    }
  }),
);
