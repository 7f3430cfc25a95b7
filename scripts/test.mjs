// `npm test`: the set-up of `npm start`, then the suite by tap. Arguments: folders, files, globs, --coverage, and any flag of tap's.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ isProduction, PlainFailure, runMain }) =>
  runMain(async () => {
    if (isProduction(process.env))
      throw new PlainFailure(
        'NODE_ENV=production: the tests start servers in every mode and set it themselves. Unset NODE_ENV and run npm test again.',
      );
    const { setUp } = await import('./lib/set-up.mjs');
    const { runSuite } = await import('./lib/suite.mjs');
    await setUp({ forTests: true });
    return runSuite(process.argv.slice(2));
  }),
);
