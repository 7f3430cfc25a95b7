// `npm run build`: builds what is stale; with --force everything.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ runMain }) =>
  runMain(async () => {
    const { buildStale } = await import('./lib/set-up.mjs');
    await buildStale({ force: process.argv.includes('--force') });
  }),
);
