import { type Readable, Transform } from 'node:stream';
import { AppError } from '../errors.ts';
import { type FileImpression, isZip } from './import-format.ts';
import { mostPackedBytes, workbookTooLarge } from './workbook-archive.ts';

export const mostFileBytes = 512 * 1024 * 1024;
const headBytes = 256 * 1024;
const foreignBytes = 64 * 1024;

/** Lets a file through and learns what its encoding can be, in constant memory. */
export function watchUpload(content: Readable): { stream: Readable; impression(): FileImpression } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const head: Buffer[] = [];
  let headLength = 0;
  let foreign: Buffer | null = null;
  let [utf8, nulBytes, bytes] = [true, false, 0];
  const check = (chunk: Buffer | undefined) => {
    if (!utf8) return;
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      utf8 = false;
    }
  };
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > mostFileBytes) {
        done(new AppError('PAYLOAD_TOO_LARGE', `The file has more than ${mostFileBytes / 1024 ** 2} MB; split it`));
        return;
      }
      if (bytes > mostPackedBytes && isZip(head[0] ?? chunk)) {
        done(workbookTooLarge());
        return;
      }
      if (headLength < headBytes) {
        head.push(chunk);
        headLength += chunk.length;
      }
      if (foreign === null) {
        const at = chunk.findIndex(byte => byte > 0x7f);
        if (at >= 0) foreign = Buffer.from(chunk.subarray(Math.max(0, at - 1024), at + foreignBytes));
      }
      nulBytes ||= chunk.includes(0);
      check(chunk);
      done(null, chunk);
    },
    flush(done) {
      check(undefined);
      done();
    },
  });
  content.on('error', error => stream.destroy(error));
  content.pipe(stream);
  // Whoever still sends reads our answer only when all of it was taken.
  stream.on('close', () => content.resume());
  return {
    stream,
    impression: () => ({ head: Buffer.concat(head).subarray(0, headBytes), utf8, foreign, nulBytes }),
  };
}
