import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BaseRepository } from '../../src/store/base-repository.ts';
import type { QueryTable } from '../../src/store/query-table.ts';
import type { RepositoryContext } from '../../src/store/store.ts';

export type AnyRepository = BaseRepository<object, QueryTable, object>;
export type RepositoryClass = new (context: RepositoryContext) => AnyRepository;

const extension = extname(import.meta.url); // .js where the tests run compiled
const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Every repository of the product: the exported subclasses of BaseRepository in the files named *-repository.ts. */
export async function allRepositoryClasses(): Promise<RepositoryClass[]> {
  const files = (await readdir(source, { recursive: true }))
    .filter(file => file.endsWith(`-repository${extension}`))
    .sort();
  const modules = await Promise.all(
    files.map(file => import(pathToFileURL(`${source}/${file}`).href) as Promise<Record<string, unknown>>),
  );
  const classes = modules.flatMap(module => Object.values(module)).filter(isRepositoryClass);
  return [...new Set(classes)];
}

const isRepositoryClass = (value: unknown): value is RepositoryClass =>
  typeof value === 'function' && value.prototype instanceof BaseRepository;
