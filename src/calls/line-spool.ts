import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Sealer } from '../store/seal.ts';
import { createSpoolFolders, type SpoolFolder } from './spool-folders.ts';

/**
 * Where lines wait on the disk while the store is away: sealed where there is a key, and synced before `append` resolves. A line that
 * was cut off by a crash is left out when it is read; what is before it counts.
 */
export interface LineSpool {
  /** Bytes that are not in the store yet, also those of processes that died. */
  readonly bytes: number;
  /** Answers how many bytes it took; rejects when the disk does not take them, and then none of them stands there. */
  append(...texts: string[]): Promise<number>;
  /** The oldest segment, closed for further lines; null when there is none. */
  oldest(): Promise<LineSegment | null>;
  /** Takes over what processes left that are no more. */
  adopt(): Promise<void>;
  close(): Promise<void>;
}

export interface LineSegment {
  /** Left by a process that died. */
  readonly foreign: boolean;
  /** Nothing else stands in the spool. */
  readonly last: boolean;
  /** Its lines as this makes something of them, oldest first. What cannot be read is told to the log and left out. */
  lines<T>(read: (text: string) => T): Promise<T[]>;
  /** All of it is in the store. */
  done(): Promise<void>;
}

export interface LineSpoolOptions {
  /** The folder that all processes of this DATA_DIR share. */
  readonly folder: string;
  readonly processId: string;
  readonly sealer: Sealer;
  /** What the lines are sealed for. */
  readonly context: string;
  readonly logger: Logger;
  readonly segmentBytes?: number;
}

/** A segment is read in one piece. */
const defaultSegmentBytes = 4 * 1024 * 1024;

interface Segment {
  readonly path: string;
  readonly folder: SpoolFolder;
  readonly foreign: boolean;
  bytes: number;
}

export function createLineSpool(options: LineSpoolOptions): LineSpool {
  const { sealer, context, logger, segmentBytes = defaultSegmentBytes } = options;
  const folders = createSpoolFolders(options);
  const segments: Segment[] = [];
  let writing: { readonly file: FileHandle; readonly segment: Segment } | undefined;
  let opened = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** A file that is closed for reading, or a folder that is left, must not be one into which somebody writes just now. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  const openNext = async () => {
    const folder = await folders.own();
    opened += 1;
    const path = join(folder.path, `${String(opened).padStart(6, '0')}.jsonl`);
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND;
    const file = await open(path, flags, 0o600);
    const segment: Segment = { path, folder, foreign: false, bytes: 0 };
    segments.push(segment);
    writing = { file, segment };
    return writing;
  };
  const closeWriting = async () => {
    const file = writing?.file;
    writing = undefined;
    await file?.close();
  };
  const forget = async (segment: Segment) => {
    segments.splice(segments.indexOf(segment), 1);
    await unlink(segment.path).catch(ignoreMissing);
    if (!segments.some(({ folder }) => folder === segment.folder)) await folders.leave(segment.folder);
  };

  return {
    get bytes() {
      return segments.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    append: (...texts) =>
      inTurn(async () => {
        const line = Buffer.from(texts.map(text => `${sealer.sealText(text, context)}\n`).join(''));
        if (writing && !folders.holds(writing.segment.folder)) await closeWriting();
        const { file, segment } = writing ?? (await openNext());
        try {
          await writeWhole(file, line);
          await file.datasync();
        } catch (error) {
          // A half line would swallow the next one.
          await file.truncate(segment.bytes).catch(() => closeWriting());
          throw error;
        }
        segment.bytes += line.length;
        if (segment.bytes >= segmentBytes) await closeWriting();
        return line.length;
      }),
    oldest: () =>
      inTurn(async () => {
        const segment = segments[0];
        if (!segment) return null;
        if (writing?.segment === segment) await closeWriting();
        return {
          foreign: segment.foreign,
          last: segments.length === 1,
          async lines(read) {
            return (await linesOf(segment.path)).flatMap((line, index) => {
              try {
                return [read(sealer.openText(line, context))];
              } catch (err) {
                logger.error({ err, segment: segment.path, line: index + 1 }, 'a line of the spool cannot be read');
                return [];
              }
            });
          },
          done: () => inTurn(() => forget(segment)),
        };
      }),
    async adopt() {
      for (const folder of await folders.adopt()) {
        const names = (await readdir(folder.path)).filter(name => name.endsWith('.jsonl')).sort();
        const adopted: Segment[] = [];
        for (const name of names) {
          const path = join(folder.path, name);
          const { size } = await stat(path);
          if (size > 0) adopted.push({ path, folder, foreign: true, bytes: size });
        }
        // Older than anything this process has to say.
        segments.unshift(...adopted);
        if (adopted.length === 0) await folders.leave(folder);
        else
          logger.warn(
            { segments: adopted.length },
            'writing down what a process left that ended before it was in the store',
          );
      }
    },
    close: () =>
      inTurn(async () => {
        await closeWriting();
        folders.close();
      }),
  };
}

/** The whole lines of a file. What stands behind the last line break was cut off while it was written. */
async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(error => {
    ignoreMissing(error);
    return '';
  });
  return text.split('\n').slice(0, -1).filter(Boolean);
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
