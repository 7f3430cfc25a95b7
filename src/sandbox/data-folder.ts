import { fileURLToPath } from 'node:url';

/**
 * The sandbox's clips and scenarios lie in `sandbox-data/` at the root of the package: outside `src`, because the compiler copies
 * no data files, and at the same distance from `src/sandbox/` as from `dist/sandbox/`, so that both find them.
 */
export const sandboxDataFolder: string = fileURLToPath(new URL('../../sandbox-data/', import.meta.url));
