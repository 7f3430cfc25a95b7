import { readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { at } from '../../scripts/lib/project.mjs';
import { serverCommands } from '../../scripts/lib/set-up.mjs';
import { variables } from '../../src/config-schema.ts';

interface Variable {
  key: string;
  value?: string;
  sync?: false;
  generateValue?: true;
}
interface Blueprint {
  services: [
    {
      buildCommand: string;
      startCommand: string;
      healthCheckPath: string;
      disk?: { mountPath: string };
      envVars: Variable[];
    },
  ];
}

/** What `npm start` ends in: V8's flags are the same wherever the product runs. */
const { scripts } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { scripts: { start: string } };
const startCommand = scripts.start.replace(/^.* exec /, '');

const read = (file: string) => parse(readFileSync(at(file), 'utf8'));

t.test('render.yaml', async t => {
  const [service] = (read('render.yaml') as Blueprint).services;
  const given = new Map(service.envVars.map(variable => [variable.key, variable]));

  t.test('takes the way of servers, the same that production start-up names', async t => {
    t.equal(service.startCommand, startCommand);
    t.equal(service.buildCommand, serverCommands);
  });

  t.test('names only variables that exist', async t => {
    for (const key of given.keys()) t.ok(key in variables || key === 'NODE_VERSION', key);
  });

  t.test('holds no secret: each is asked for or generated', async t => {
    for (const [key, variable] of given) {
      if (key in variables && variables[key as keyof typeof variables].secret)
        t.ok(variable.sync === false || variable.generateValue, key);
    }
  });

  t.test('keeps data on the disk when the store is embedded', async t => {
    t.equal(given.get('STORE')?.value === 'embedded', service.disk !== undefined);
    t.equal(given.get('DATA_DIR')?.value, service.disk?.mountPath);
  });
});

t.test('the operations page starts it as `npm start` does', async t => {
  const page = readFileSync(at('docs/operations.md'), 'utf8').replaceAll(/ \\\n +/g, ' ');
  t.match(page, `\nNODE_ENV=production ${startCommand}\n`);
});

t.test('the workflow runs what can be run at home, on the oldest Node supported and newer ones', async t => {
  const { jobs } = read('.github/workflows/ci.yml') as {
    jobs: { check: { strategy: { matrix: { node: string[] } }; steps: { run?: string }[] } };
  };
  t.ok(jobs.check.steps.some(step => step.run?.startsWith('.ci/run')));
  const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { engines: { node: string } };
  t.equal(`>=${jobs.check.strategy.matrix.node[0]}.0`, manifest.engines.node);
  t.ok(statSync(at('.ci/run')).mode & 0o100, 'executable');
});

t.test('the weekly workflow looks for vulnerabilities in what servers run', async t => {
  const { jobs } = read('.github/workflows/weekly.yml') as { jobs: { audit: { steps: { run?: string }[] } } };
  t.ok(jobs.audit.steps.some(step => step.run === 'npm audit --omit=dev'));
});
