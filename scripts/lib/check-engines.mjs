import semver from 'semver';

export const oldestNode = '20.19.0';

/** Packages whose install script may stay unrun (.npmrc has ignore-scripts), each with the reason why nothing is lost. */
export const harmlessInstallScripts = new Map([
  ['esbuild', 'the script only replaces a launcher by the platform binary, which is installed as an optional package'],
  ['msgpackr-extract', 'prebuilt binaries are optional packages, and msgpackr works without any'],
]);

/**
 * Packages that may stand in the lockfile without a hash: Tailwind's binaries for other systems than Linux were entered by hand from
 * their parent's exact versions, because the registry the lockfile was made with does not carry them. Without the entries
 * npm would install no binary there, and the dashboard could not be built.
 */
const enteredByHand = /^@tailwindcss\/oxide-(?:android|darwin|freebsd|linux-arm-|wasm32|win32)/;

/** Everything in a lockfile that would break an installation or a run elsewhere, one sentence each. */
export function lockfileProblems(lock) {
  const entries = Object.entries(lock.packages ?? {}).filter(
    ([place, entry]) => place.includes('node_modules/') && !entry.link,
  );
  const problems = entries.flatMap(([place, entry]) => {
    const name = `${nameAt(place)}@${entry.version}`;
    return [
      excludesOldestNode(entry) &&
        `${name}: its engines "${entry.engines.node}" exclude Node ${oldestNode}; pin an older release`,
      entry.hasInstallScript &&
        !harmlessInstallScripts.has(nameAt(place)) &&
        `${name}: has an install script, and install scripts are off; choose another package, or give the reason in scripts/lib/check-engines.mjs`,
      entry.resolved &&
        `${name}: names an address to install from (${hostOf(entry.resolved)}); run npm with --omit-lockfile-registry-resolved`,
      !entry.integrity &&
        !entry.inBundle &&
        !(entry.optional && enteredByHand.test(nameAt(place))) &&
        `${name}: has no integrity hash`,
      ...missingPlatforms(place, entry, lock.packages),
    ];
  });
  return { problems: problems.filter(Boolean), packages: entries.length };
}

const excludesOldestNode = entry =>
  entry.engines?.node !== undefined && !semver.satisfies(oldestNode, entry.engines.node);

/** npm sometimes records only the optional binaries of the machine it ran on; then the others' installations lack theirs. */
function missingPlatforms(place, entry, packages) {
  return Object.keys(entry.optionalDependencies ?? {})
    .filter(name => !isReachable(place, name, packages))
    .map(
      name =>
        `${nameAt(place)}@${entry.version}: the lockfile lacks its optional package ${name}; remove node_modules and lockfile entries, and install again`,
    );
}

/** Looks where Node would: in the package's own node_modules, then in every folder above, up to the root's. */
function isReachable(from, name, packages) {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/'))).replace(/\/$/, '')
  ) {
    if (packages[`${folder}${folder && '/'}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

const nameAt = place => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

function hostOf(address) {
  try {
    return new URL(address).host || address;
  } catch {
    return address;
  }
}
