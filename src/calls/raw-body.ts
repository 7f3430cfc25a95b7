import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';

export interface RawBodyLimits {
  /** Of one request. */
  readonly bytes: number;
  /** Of all requests whose sender is not proved yet, together. */
  readonly bytesAtOnce: number;
}

/**
 * Makes the routes of this scope take bodies as the bytes they came in: what is signed is not what a parser makes of it. Strangers
 * can make us hold no more than the limits.
 */
export function takeRawBodies(app: FastifyInstance, { bytes, bytesAtOnce }: RawBodyLimits): void {
  let held = 0;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (_request: unknown, payload: AsyncIterable<Buffer>) => {
    const pieces: Buffer[] = [];
    let length = 0;
    try {
      for await (const piece of payload) {
        length += piece.length;
        held += piece.length;
        if (length > bytes) throw new AppError('PAYLOAD_TOO_LARGE', `The body may have at most ${bytes} bytes.`);
        if (held > bytesAtOnce) {
          throw new AppError('OVERLOADED', 'Too much is being received at once; send it again in a moment.', {
            headers: { 'retry-after': '30' },
          });
        }
        pieces.push(piece);
      }
      return Buffer.concat(pieces, length);
    } finally {
      held -= length;
    }
  });
}
