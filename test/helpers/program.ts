import { fileURLToPath } from 'node:url';

// `npm test` runs compiled tests, which find what they import compiled; `npx tap` runs the sources through tsx.
const isCompiled = import.meta.url.endsWith('.js');
const top = new URL('../../', import.meta.url);

/** The address of one of our modules, named by its source's path from the project's folder. */
export const moduleUrl = (source: string): string =>
  new URL(isCompiled ? source.replace(/\.ts$/, '.js') : source, top).href;

/** What node must be told so that it can load our modules. */
export const loaderFlags: readonly string[] = isCompiled ? [] : [`--import=${import.meta.resolve('tsx')}`];

/** Node's arguments that run one of our files, named by its source, in a process of its own. */
export const program = (source: string, ...args: string[]): string[] => [
  ...loaderFlags,
  fileURLToPath(moduleUrl(source)),
  ...args,
];
