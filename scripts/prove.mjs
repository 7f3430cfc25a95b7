// `npm run prove -- NAME …`: runs one of the long proofs (fuzz, crash loops, load) that are too slow for the suite; without a name it
// lists them. A proof that takes --sample also has a run of seconds, which CI takes.
import './lib/node-floor.mjs';

import('./lib/project.mjs').then(({ PlainFailure, root, runMain }) =>
  runMain(async () => {
    const { findProofs } = await import('./lib/proofs.mjs');
    const [name, ...args] = process.argv.slice(2);
    const proofs = findProofs(root);
    if (name === '--samples') {
      for (const proof of proofs.filter(({ hasSample }) => hasSample)) console.log(proof.name);
      return;
    }
    if (name === undefined) {
      for (const proof of proofs) console.log(`${proof.name.padEnd(28)} ${proof.about}`);
      if (proofs.length === 0) console.log('no proofs yet: they lie in scripts/prove/ and packages/*/prove/');
      return;
    }
    const proof = proofs.find(candidate => candidate.name === name);
    if (!proof) throw new PlainFailure(`there is no proof "${name}"; npm run prove lists them`);
    const { setUp } = await import('./lib/set-up.mjs');
    const { runAttached } = await import('./lib/steps.mjs');
    await setUp({ only: ['pocket-mongo', 'server'] });
    const loader = proof.file.endsWith('.ts') ? ['--import=tsx'] : [];
    return runAttached(process.execPath, ['--enable-source-maps', ...loader, proof.file, ...args]);
  }),
);
