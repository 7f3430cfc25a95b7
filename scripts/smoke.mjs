// A first look at the running product. `node scripts/smoke.mjs` runs `npm start` twice and asks for what every client asks first;
// with --production it takes the way of servers: a copy without development packages, started by `node dist/server.js` alone.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ runMain }) =>
  runMain(async () => {
    const { smokeAsStranger, smokeAsServer } = await import('./lib/smoke.mjs');
    await (process.argv.includes('--production') ? smokeAsServer() : smokeAsStranger());
  }),
);
