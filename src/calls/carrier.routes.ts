import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { SignedRoute } from '../telephony/signature-guard.ts';
import { twimlType } from '../telephony/twiml.ts';
import { within } from '../within.ts';
import type { CarrierDocuments } from './carrier-documents.ts';
import { type CarrierForm, callSidIn, field } from './carrier-form.ts';
import type { ToldCallbacks } from './kept-callbacks.ts';
import type { TransferDocuments } from './transfer-documents.ts';

/**
 * Somebody listens to silence while a document is waited for. The carrier asks three times and would wait fifteen seconds each, so a store
 * that hangs is given up before; what was done by then is done, and the next question is answered by it.
 */
const documentWithinMs = 4_000;

export interface CarrierRouteOptions {
  readonly signed: SignedRoute;
  readonly callbacks: ToldCallbacks;
  readonly documents: CarrierDocuments;
  readonly transfers: TransferDocuments;
}

/**
 * Where the carrier asks and tells. While the store is away, what it tells waits on the disk, and what it asks is answered 503: the
 * addresses say that it should try again.
 */
export async function carrierRoutes(
  app: FastifyInstance,
  { signed, callbacks, documents, transfers }: CarrierRouteOptions,
): Promise<void> {
  // Headers that protect browsers say nothing to the carrier, and building them takes longer than the answer.
  const options = { ...signed, helmet: false, schema: { hide: true } } as const;

  const callback = (path: string, take: ToldCallbacks['status']) =>
    app.post(path, options, async (request, reply) => {
      await take(attemptIn(request), formOf(request));
      return reply.code(204).send();
    });

  const document = (
    path: string,
    answer: (callId: string | null, sid: string | null, form: CarrierForm) => Promise<string>,
  ) =>
    app.post(path, options, async (request, reply: FastifyReply) => {
      const form = formOf(request);
      const twiml = await within(documentWithinMs, () => answer(attemptIn(request), callSidIn(form), form), tooLate);
      return reply.type(twimlType).header('cache-control', 'no-store').send(twiml);
    });

  callback('/call-status-callback', callbacks.status);
  callback('/amd-status-callback', callbacks.amd);
  callback('/recording-status-callback', callbacks.recording);
  callback('/stream-status-callback', callbacks.stream);

  document('/outbound-call-twiml', async (callId, sid) =>
    callId && sid ? documents.outbound(callId, sid) : documents.nobody('outbound'),
  );
  document('/voice', async (callId, sid, form) => {
    if (!sid) return documents.nobody('inbound');
    const digits = field(form, 'Digits');
    if (callId) return digits ? documents.key(callId, sid, digits) : documents.nobody('key');
    return documents.inbound(sid, form);
  });
  document('/stream-ended', async (callId, sid) =>
    sid ? documents.streamEnded(callId, sid) : documents.nobody('stream-ended'),
  );
  callback('/transfer-status-callback', (callId, form) => transfers.status(callId, form));
  document('/transfer-announcement', (callId, _sid, form) => transfers.announcement(callId, form));
  document('/transfer-told', (callId, _sid, form) => transfers.told(callId, form));
  document('/transfer-ended', async (callId, sid, form) =>
    sid ? transfers.ended(callId, sid, form) : documents.nobody('transfer-ended'),
  );
  document('/fallback-twiml', async (callId, sid, form) =>
    documents.fallback(callId, sid, { errorCode: field(form, 'ErrorCode')?.slice(0, 20) ?? null }),
  );
}

function tooLate(): never {
  throw new AppError('STORE_UNAVAILABLE', 'What to do with this call could not be found out in time; ask again.');
}

/** The call's id that every address of ours carries; the query may hold anything. */
function attemptIn(request: FastifyRequest): string | null {
  const attempt = (request.query as Record<string, unknown>)['attempt'];
  return typeof attempt === 'string' && /^[0-9a-f]{24}$/.test(attempt) ? attempt : null;
}

const formOf = (request: FastifyRequest): CarrierForm =>
  typeof request.body === 'object' && request.body !== null ? (request.body as CarrierForm) : {};
