import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from './list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, OneOf, Strict, sortQuery, Timestamp } from './schemas.ts';
import { receiptStates, type WebhookReceiptRepository } from './webhook-receipt-repository.ts';

const Receipt = Strict(
  {
    id: Id,
    source: Type.String({ description: 'Which vendor.' }),
    type: Type.String({ description: "The vendor's word for it." }),
    callId: Nullable(Id),
    state: OneOf(receiptStates),
    attempts: Type.Integer(),
    problem: Nullable(Type.String({ description: 'Why it was not worked through.' })),
    createdAt: Timestamp,
  },
  {
    examples: [
      {
        id: '6740a1b2c3d4e5f60718293b',
        source: 'elevenlabs',
        type: 'post_call_transcription',
        callId: '6740a1b2c3d4e5f60718293a',
        state: 'done',
        attempts: 1,
        problem: null,
        createdAt: '2026-11-20T13:31:10.000Z',
      },
    ],
  },
);

export interface ReceiptRoutesOptions {
  readonly receipts: WebhookReceiptRepository;
  /** Works a message through again; throws when there is none or nothing is left of it. */
  readonly replay: (id: string) => Promise<void>;
}

/** What vendors told us, for administrators: what came, what became of it, and once more. */
export const webhookReceiptRoutes: FastifyPluginAsyncTypebox<ReceiptRoutesOptions> = async (
  app,
  { receipts, replay },
) => {
  app.get(
    '/api/admin/webhook-receipts',
    {
      config: { access: 'receipts:read' },
      ...sparseItems,
      schema: {
        tags: ['webhooks'],
        summary: 'List what vendors told us in the last 7 days, newest first',
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          callId: Type.Optional(Id),
          state: Type.Optional(OneOf(receiptStates)),
        }),
        response: { 200: ListOf(Receipt), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await receipts.listForApi(asListQuery(request.query))) as never),
  );

  app.post(
    '/api/admin/webhook-receipts/:id/replay',
    {
      config: { access: 'receipts:write', audit: 'webhook-receipt.replay' },
      schema: {
        tags: ['webhooks'],
        summary: 'Work a message through again',
        description: 'Doing it twice changes nothing that doing it once would not.',
        params: Strict({ id: Id }),
        response: { 202: Strict({ queued: Type.Boolean() }), ...errors(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      await replay(request.params.id);
      request.trail({ target: { type: 'webhook-receipt', id: request.params.id } });
      return reply.code(202).send({ queued: true });
    },
  );
};
