// `npm run dev`: the server from its sources, restarted on every change, and the dashboard rebuilt on every change; one address, the
// server's. Arguments go to node, so `npm run dev -- --inspect` debugs with source maps.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ at, isProduction, PlainFailure, runMain }) =>
  runMain(async () => {
    if (isProduction())
      throw new PlainFailure('NODE_ENV=production: npm run dev is for development. Start with:  node dist/server.js');
    const { existsSync } = await import('node:fs');
    const { setUp } = await import('./lib/set-up.mjs');
    const { runTogether } = await import('./lib/together.mjs');
    await setUp({ only: ['pocket-mongo', 'dashboard'] });
    const commands = [
      {
        name: 'server',
        args: [
          at('node_modules/tsx/dist/cli.mjs'),
          'watch',
          '--clear-screen=false',
          '--include=.env',
          ...process.argv.slice(2),
          at('src/server.ts'),
        ],
      },
    ];
    // Into the folder the server serves from; --emptyOutDir=false keeps the page there while a change is being built.
    if (existsSync(at('frontend/index.html')))
      commands.push({
        name: 'dashboard',
        args: [at('node_modules/vite/bin/vite.js'), 'build', '--watch', '--emptyOutDir=false', '--logLevel=warn'],
        cwd: at('frontend'),
      });
    return runTogether(commands);
  }),
);
