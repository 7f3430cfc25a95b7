// `npm test`: the set-up of `npm start`, the tests compiled, then the suite. Arguments: folders, files, globs, --coverage, --jobs=N,
// and any other flag of tap's, with which tap's own command runs the sources.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ isProduction, PlainFailure, runMain }) =>
  runMain(async () => {
    if (isProduction(process.env))
      throw new PlainFailure(
        'NODE_ENV=production: the tests start servers in every mode and set it themselves. Unset NODE_ENV and run npm test again.',
      );
    const { setUp } = await import('./lib/set-up.mjs');
    await setUp({ forTests: true });
    const { runSuite } = await import('./lib/suite.mjs'); // needs what was just installed
    return runSuite(process.argv.slice(2));
  }),
);
