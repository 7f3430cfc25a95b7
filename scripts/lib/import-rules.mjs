// The house as docs/decisions/0004-import-direction.md tells it, as tables. A folder named nowhere is a feature, which may do least.

/** Folders whose every file is pure: it computes, and does no I/O. */
const pureFolders = new Set(['audio', 'compliance']);
/** What everything may build on: it knows no vendor and no feature. */
const foundationFolders = new Set(['store', 'jobs', 'ops', 'http']);
/** One folder per kind of vendor. Doors know no feature and not each other. */
const doorFolders = new Set(['telephony', 'engines']);

/** Features may see these files of one another. All of them are pure, so nothing but meaning crosses. */
const contractFile = /(?:\.types|-(?:state|protocol|contract|events))\.ts$/;
const pureFile = contractFile;

export const isPure = file => pureFile.test(file) || pureFolders.has(folderOf(file));
export const isContract = file => contractFile.test(file);
/** Rules that server and dashboard follow alike, so that both run the same code. */
export const isProtocol = file => /-protocol\.ts$/.test(file);
export const isPlugin = file => file.endsWith('.plugin.ts');
/** Entries run as programs of their own: they read their environment, and wire. */
export const isProgram = file => file === 'src/server.ts' || /(?:-cli|\/cli)\.ts$/.test(file);

/** Where a file stands. */
export function layerOf(file) {
  if (file === 'src/server.ts' || file === 'src/app.ts') return 'wiring';
  const folder = folderOf(file);
  if (folder === undefined) return 'base';
  if (folder === 'sandbox') return 'sandbox';
  if (pureFolders.has(folder)) return 'pure';
  if (foundationFolders.has(folder)) return 'foundation';
  return doorFolders.has(folder) ? 'door' : 'feature';
}

/** `src/calls/call-state.ts` → `calls`; a file directly in src has no folder. */
export function folderOf(file) {
  const [, folder, rest] = file.split('/');
  return rest === undefined ? undefined : folder;
}

const mayReach = {
  wiring: ['base', 'pure', 'foundation', 'door', 'feature', 'sandbox', 'wiring'],
  base: ['base', 'pure'],
  pure: ['base', 'pure'],
  foundation: ['base', 'pure', 'foundation'],
  door: ['base', 'pure', 'foundation'],
  feature: ['base', 'pure', 'foundation', 'door'],
  sandbox: ['base', 'pure', 'foundation', 'sandbox'],
};

const refusal = {
  wiring: () => 'only server.ts starts app.ts, and nothing else reaches back to where everything is wired',
  base: () => 'modules beside app.ts build on nothing but themselves and pure modules',
  pure: () => 'pure modules build on pure modules',
  foundation: () => 'store, jobs, ops and http know no vendor and no feature',
  door: () => 'a door knows no feature and no other door',
  feature: () =>
    'features meet through services handed over in app.ts and domain events; of each other they see only *.types.ts, *-state.ts, *-protocol.ts, *-contract.ts and *-events.ts',
  sandbox: () => 'the sandbox stands outside like the vendors it plays: it sees protocols, not features',
};

/** Why one file may not import another, or undefined when it may. */
export function directionProblem(from, to) {
  const [source, target] = [layerOf(from), layerOf(to)];
  if (isPlugin(to) && source !== 'wiring') return 'plugins are put together in app.ts alone';
  if (source === 'wiring' && to === 'src/app.ts' && from !== 'src/server.ts') return refusal.wiring();
  if (source !== 'base' && source !== 'wiring' && folderOf(from) === folderOf(to)) return undefined;
  if (target === 'sandbox' && source !== 'wiring' && !/^src\/config(?:-[a-z-]+)?\.ts$/.test(from))
    return 'the sandbox is wired in app.ts; the product must not lean on its own stand-ins';
  if (target === 'wiring') return source === 'wiring' ? undefined : refusal.wiring();
  if (isContract(to) && source !== 'base') return undefined; // pure, wherever it lies
  if (isProgram(from) && target === 'feature') return undefined; // a program puts its parts together, as app.ts does
  return mayReach[source].includes(target) ? undefined : refusal[source]();
}

/** Node's own modules that compute only. The others reach out: files, sockets, processes, timers, clocks. */
const pureBuiltins = new Set([
  'assert',
  'assert/strict',
  'buffer',
  'crypto',
  'events',
  'path',
  'path/posix',
  'querystring',
  'string_decoder',
  'url',
  'util',
]);
/** Packages that compute only. A new one is added here after looking, not by default. */
const purePackages = new Set([
  'typebox',
  'libphonenumber-js',
  'luxon',
  'bson',
  'ipaddr.js',
  'yaml',
  'lru-cache',
  'standardwebhooks',
  'croner',
  'jose',
  '@fastify/type-provider-typebox',
]);

export const isPureDependency = specifier =>
  specifier.startsWith('node:') ? pureBuiltins.has(specifier.slice(5)) : purePackages.has(packageOf(specifier));

/** Globals that a pure module must be handed instead: time, chance and the outside world are arguments. */
export const impureGlobals = [
  ['fetch()', /(?<![.\w])fetch\(/],
  ['a timer', /(?<![.\w])set(?:Timeout|Interval|Immediate)\(/],
  ['the clock', /\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(/],
  ['chance', /\bMath\.random\(/],
  ['process', /(?<![.\w])process\.\w/],
  ['console', /(?<![.\w])console\.\w/],
];

export const packageOf = specifier =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/**
 * Circles that stay, because what the files describe contains itself. All of a circle's files must be listed together; the
 * reason is for the next reader.
 */
export const recursions = [
  {
    because: 'expressions hold operators, whose arguments are expressions',
    files: [
      'packages/pocket-mongo/src/aggregate/compiler.ts',
      'packages/pocket-mongo/src/aggregate/operators/registry.ts',
    ],
  },
  {
    because: 'stages such as $lookup, $facet and $merge hold pipelines, which are lists of stages',
    files: ['output.ts', 'pipeline.ts', 'stages/join.ts'].map(name => `packages/pocket-mongo/src/aggregate/${name}`),
  },
  {
    because: 'a call follows a document, and a document may dial a call',
    files: ['live-call.ts', 'run-document.ts', 'outbound-call.ts', 'verbs/run-verb.ts', 'verbs/dial.ts'].map(
      name => `src/sandbox/carrier/${name}`,
    ),
  },
];

export const isKnownRecursion = group => recursions.some(({ files }) => group.every(file => files.includes(file)));
