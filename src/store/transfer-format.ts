import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';

/** One collection as an export holds it; the file has one document a line in canonical Extended JSON. */
export interface CollectionEntry {
  readonly name: string;
  readonly file: string;
  readonly documents: number;
  readonly sha256: string;
  readonly options: object;
  readonly indexes: object[];
}

/** Written last: a folder without it holds no complete export. */
export interface Manifest {
  readonly format: 'parley-store-export';
  readonly version: 1;
  readonly database: string;
  readonly exportedAt: string;
  readonly collections: CollectionEntry[];
}

export interface TransferReport {
  readonly collections: readonly { readonly name: string; readonly documents: number; readonly indexes: number }[];
  /** What could not be taken along, such as views. */
  readonly skipped: readonly string[];
}

export type Progress = (collection: string, documents: number) => void;

export const manifestName = 'manifest.json';
export const batchDocuments = 1_000;

export const failure = (message: string, cause?: unknown): AppError =>
  new AppError('TRANSFER_FAILED', message, { cause });

export const summary = ({ name, documents, indexes }: CollectionEntry): TransferReport['collections'][number] => ({
  name,
  documents,
  indexes: indexes.length,
});

/** Reads what a folder holds, or says why it is no export. */
export async function readManifest(dir: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(dir, manifestName), 'utf8');
  } catch (error) {
    throw failure(`${dir} holds no complete export: its ${manifestName} cannot be read`, error);
  }
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (error) {
    throw failure(`${manifestName} in ${dir} is damaged`, error);
  }
  if (manifest.format !== 'parley-store-export' || manifest.version !== 1 || !Array.isArray(manifest.collections)) {
    throw failure(`${manifestName} in ${dir} is not that of a store export this release can read`);
  }
  for (const { file, name } of manifest.collections) {
    // The manifest may come from elsewhere: a file name must not lead out of the folder.
    if (!/^[\w%.!~*'()-]+\.jsonl$/.test(file))
      throw failure(`${manifestName} names a file outside the export for ${name}`);
  }
  return manifest;
}
