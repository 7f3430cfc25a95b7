import { ftruncateSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Sealer } from '../store/seal.ts';
import { createSpoolFolders } from './spool-folders.ts';

/**
 * What was answered and is on its way to the store: nobody reads it but the process that comes after one that was killed. A line is with the
 * operating system when `write` returns and is not waited for on the disk: what a machine takes with it that loses its power, the carrier
 * is asked for by the reconciler.
 */
export interface AheadLog {
  /** Null where it cannot be written down: no file is open yet, both are full, or the disk takes nothing. */
  write(text: string): AheadLine | null;
  close(): Promise<void>;
}

export interface AheadLine {
  /** It is in the store. */
  stored(): void;
}

export interface AheadLogOptions {
  /** The folder of a spool, which takes over what is left here. */
  readonly folder: string;
  readonly processId: string;
  readonly sealer: Sealer;
  readonly context: string;
  readonly logger: Logger;
  readonly mostBytes?: number;
  /** What is in the store is removed from here at the latest when nothing came for so long. */
  readonly idleMs?: number;
}

interface Page {
  readonly file: FileHandle;
  bytes: number;
  /** Lines that are not in the store yet. */
  waiting: number;
}

/** A disk that takes nothing is not asked again with every callback. */
const pauseMs = 5_000;

/** Two files take turns: one is written to until it is full, and emptied when all of it is in the store. */
export function createAheadLog(options: AheadLogOptions): AheadLog {
  const { sealer, context, logger, mostBytes = 4 * 1024 * 1024, idleMs = 1_000 } = options;
  const folders = createSpoolFolders(options);
  let opened:
    | { readonly holds: () => boolean; readonly leave: () => Promise<void>; readonly pages: Page[] }
    | undefined;
  let opening: Promise<void> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let pausedUntil = 0;

  const openPages = async (): Promise<void> => {
    const folder = await folders.own();
    const pages: Page[] = [];
    for (const name of ['ahead-1.jsonl', 'ahead-2.jsonl'])
      pages.push({ file: await open(join(folder.path, name), 'a', 0o600), bytes: 0, waiting: 0 });
    opened = { holds: () => folders.holds(folder), leave: () => folders.leave(folder), pages };
  };
  const refused = (err: unknown): void => {
    pausedUntil = performance.now() + pauseMs;
    logger.warn({ err }, 'callbacks cannot be written down before they are in the store, so they wait for it');
  };
  const tryToOpen = (): void => {
    opening ??= openPages()
      .catch(refused)
      .finally(() => {
        opening = undefined;
      });
  };
  const closePages = async (): Promise<void> => {
    const pages = opened?.pages ?? [];
    opened = undefined;
    for (const { file } of pages) await file.close();
  };

  const cutTo = (page: Page, bytes: number): void => {
    try {
      ftruncateSync(page.file.fd, bytes);
      page.bytes = bytes;
    } catch (err) {
      // What stands there too long is brought to the store once more some day, which changes nothing.
      logger.warn({ err }, 'what is in the store could not be removed from the disk');
      page.bytes = mostBytes;
    }
  };
  const emptyIfStored = (page: Page): void => {
    if (page.waiting === 0 && page.bytes > 0) cutTo(page, 0);
  };

  return {
    write(text) {
      if (performance.now() < pausedUntil) return null;
      // Somebody took our folder for that of a dead process, and all that is in it.
      if (opened && !opened.holds()) void closePages().catch(refused);
      if (!opened) {
        tryToOpen();
        return null;
      }
      const { pages } = opened;
      const [page] = pages.filter(({ bytes }) => bytes < mostBytes);
      if (!page) return null;
      const line = Buffer.from(`${sealer.sealText(text, context)}\n`);
      try {
        if (writeSync(page.file.fd, line) < line.length) throw new Error('The disk took a part of a line');
      } catch (err) {
        refused(err);
        // A half line would swallow the next one.
        cutTo(page, page.bytes);
        return null;
      }
      page.bytes += line.length;
      page.waiting += 1;
      return {
        stored() {
          page.waiting -= 1;
          if (page.waiting > 0) return;
          if (page.bytes >= mostBytes) emptyIfStored(page);
          else
            idle ??= setTimeout(() => {
              idle = undefined;
              for (const each of pages) emptyIfStored(each);
            }, idleMs).unref();
        },
      };
    },
    async close() {
      pausedUntil = Number.POSITIVE_INFINITY;
      await opening;
      clearTimeout(idle);
      folders.close();
      const before = opened;
      await closePages();
      if (before?.pages.every(({ waiting }) => waiting === 0)) await before.leave();
    },
  };
}
