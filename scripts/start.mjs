// `npm start` runs this and then `exec node dist/server.js`, so that the server takes the place of the shell and signals reach it.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ isProduction, runMain }) =>
  runMain(async () => {
    const { assertReadyForProduction, setUp } = await import('./lib/set-up.mjs');
    if (isProduction()) assertReadyForProduction();
    else await setUp();
  }),
);
