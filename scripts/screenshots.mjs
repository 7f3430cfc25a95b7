// `npm run screenshots -- [FOLDER] [--readme] [--seconds N]`: a picture of every page of the dashboard in light, dark and at the width of
// a telephone, over an invented day of calls in the sandbox. What it takes is told in scripts/screenshots/run.ts.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ runMain }) =>
  runMain(async () => {
    const { setUp } = await import('./lib/set-up.mjs');
    const { runAttached } = await import('./lib/steps.mjs');
    await setUp();
    return runAttached(process.execPath, [
      '--enable-source-maps',
      '--import=tsx',
      'scripts/screenshots/run.ts',
      ...process.argv.slice(2),
    ]);
  }),
);
