// `npm run admin -- …` and its like: brings the server's build up to date, then runs one of its command-line entries.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ at, isProduction, PlainFailure, runMain }) =>
  runMain(async () => {
    const { commands } = await import('./lib/commands.mjs');
    const [name, ...args] = process.argv.slice(2);
    const command = commands[name];
    if (!command)
      throw new PlainFailure(`usage: node scripts/run.mjs NAME …   NAME is one of ${Object.keys(commands).join(', ')}`);

    const { existsSync } = await import('node:fs');
    const { setUp } = await import('./lib/set-up.mjs');
    const { runAttached } = await import('./lib/steps.mjs');
    if (!isProduction()) await setUp({ only: ['pocket-mongo', 'server'] });
    const entry = at('dist', command.entry);
    if (!existsSync(entry)) throw new PlainFailure(`${name}: dist/${command.entry} is not built. Run:  npm run build`);
    return runAttached(process.execPath, ['--enable-source-maps', entry, ...(command.args ?? []), ...args]);
  }),
);
