import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Strict } from '../ops/schemas.ts';
import type { CallErasure } from './call-erasure.ts';
import { findCall } from './call-record.routes.ts';
import type { CallRepository } from './call-repository.ts';
import { CallDetailSchema } from './call-schemas.ts';

const Erased = Strict(
  {
    call: CallDetailSchema,
    complete: Type.Boolean({ description: 'False while something is still to be removed; it goes on by itself.' }),
    removed: Strict({
      events: Type.Integer(),
      transcripts: Type.Integer(),
      recordings: Type.Integer(),
      messages: Type.Integer({ description: 'To other systems; their content is gone, that they were sent stays.' }),
      webhooks: Type.Integer({ description: 'Of vendors; their content is gone.' }),
    }),
  },
  {
    examples: [
      {
        call: { id: '6740a1b2c3d4e5f60718293a', status: 'completed', erasedAt: '2026-11-20T14:00:00.000Z' },
        complete: true,
        removed: { events: 14, transcripts: 1, recordings: 1, messages: 3, webhooks: 1 },
      },
    ],
  },
);

/** Erasing the record of a call. */
export const callErasureRoutes: FastifyPluginAsyncTypebox<{
  calls: CallRepository;
  erasure: CallErasure;
}> = async (app, { calls, erasure }) => {
  app.delete(
    '/api/calls/:sid/record',
    {
      config: { access: 'calls:erase', audit: 'call.erase' },
      schema: {
        tags: ['calls'],
        summary: 'Erase what was said and recorded on a call',
        description:
          'Removes transcript, events, recordings (here, in object storage and at the carrier) and the content of messages about the ' +
          'call. What must be kept as evidence stays: that the call took place, its verdict, and the person’s number as a keyed hash. ' +
          'Figures stay as they are. Only a call that has ended can be erased (409 otherwise); doing it again does no harm. 202 means ' +
          'that a part, such as a storage that is away, could not be reached yet and is removed later.',
        params: Strict({ sid: Type.String({ minLength: 1, maxLength: 64 }) }),
        response: { 200: Erased, 202: Erased, ...errors(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const report = await erasure.erase(await findCall(calls, request.params.sid));
      const { complete, removed } = report;
      request.trail({ target: { type: 'call', id: report.call.id }, after: { complete, removed } });
      return reply.code(complete ? 200 : 202).send(report as never);
    },
  );
};
