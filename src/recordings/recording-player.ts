import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { byteRange, rangeHolds } from '../ops/byte-range.ts';
import type { FileStorage } from '../store/file-storage.ts';
import type { Stored } from '../store/schema.ts';
import type { Recording, RecordingRepository } from './recording-repository.ts';

export interface RecordingPlayerOptions {
  readonly recordings: RecordingRepository;
  readonly files: FileStorage;
  readonly now: () => Date;
}

export interface Listener {
  /** Who hears it, as far as counting goes. */
  readonly by: string;
  /** Until when its further requests belong to the same hearing. */
  readonly until: Date;
  readonly download: boolean;
}

/** The codes of a recording that cannot be heard, and what is said about it. */
const silence = {
  announced: ['RECORDING_NOT_READY', 'This recording is not here yet; it is being fetched from the carrier.'],
  absent: ['RECORDING_ABSENT', 'The carrier recorded nothing on this call.'],
  failed: ['RECORDING_FAILED', 'This recording could not be had from the carrier.'],
  expired: ['RECORDING_GONE', 'This recording was kept as long as RETENTION_DAYS says, and then removed.'],
  erased: ['RECORDING_GONE', 'This recording was erased with its call.'],
} as const;

/** Throws what is to be said about a recording that cannot be heard, now or ever. */
export function assertStored(recording: Stored<Recording>): void {
  if (recording.state === 'stored') return;
  const [code, message] = silence[recording.state];
  throw new AppError(code, recording.problem?.message ?? message);
}

/** Plays recordings: whole or in ranges, sealed or not, and counts each hearing once however many requests a player makes of it. */
export function createRecordingPlayer({ recordings, files, now }: RecordingPlayerOptions) {
  /** Answers the request; true when it was the first of a hearing, which is to be audited. */
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    recording: Stored<Recording>,
    { by, until, download }: Listener,
  ): Promise<{ counted: boolean; body: Readable | null }> => {
    assertStored(recording);
    const size = recording.bytes ?? 0;
    const etag = `"${recording.hash}"`;
    reply
      .type(recording.contentType)
      .header('accept-ranges', 'bytes')
      .header('etag', etag)
      .header('last-modified', recording.createdAt.toUTCString())
      // What may not be heard any more must not be left in a cache.
      .header('cache-control', 'private, no-store')
      .header('x-content-type-options', 'nosniff')
      .header(
        'content-disposition',
        `${download ? 'attachment' : 'inline'}; filename="recording-${recording._id.toHexString()}.wav"`,
      );
    const range = rangeHolds(headerOf(request, 'if-range'), etag, recording.createdAt)
      ? byteRange(headerOf(request, 'range'), size)
      : 'whole';
    if (range === 'unsatisfiable') {
      throw new AppError('RANGE_NOT_SATISFIABLE', `This recording has ${size} bytes.`, {
        headers: { 'content-range': `bytes */${size}` },
      });
    }
    const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
    if (range !== 'whole') reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
    reply.header('content-length', String(end - start + 1));
    if (request.method === 'HEAD') return { counted: false, body: null };

    const bytes = (await files.read(recording.storageKey, { start, end }))[Symbol.asyncIterator]();
    // What cannot be read shows with the first bytes, while an error can still be answered.
    const first = await bytes.next();
    const counted = await recordings.countPlay(recording._id, by, now(), until);
    return { counted, body: Readable.from(rest(first, bytes), { objectMode: false }) };
  };
}

async function* rest(first: IteratorResult<Buffer>, bytes: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (let next = first; !next.done; next = await bytes.next()) yield next.value;
  } finally {
    await bytes.return?.();
  }
}

function headerOf({ headers }: FastifyRequest, name: 'range' | 'if-range'): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
