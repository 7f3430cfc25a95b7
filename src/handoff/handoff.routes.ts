import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Asker } from '../calls/calls.types.ts';
import { errors, Strict } from '../ops/schemas.ts';
import type { LiveCommands } from './handoff.types.ts';
import { longestWhisper } from './live-commands.ts';

const CallName = Strict({
  sid: Type.String({ minLength: 1, maxLength: 64, description: "The carrier's id of the call, or ours." }),
});

const askerOf = ({ principal }: FastifyRequest): Asker => ({
  kind: principal!.kind,
  id: principal!.id,
  label: principal!.label,
});

/** Commands for live calls that need no connection of their own; the others go over Socket.IO. */
export const handoffRoutes: FastifyPluginAsyncTypebox<{ commands: LiveCommands }> = async (app, { commands }) => {
  app.post(
    '/api/calls/:sid/whisper',
    {
      // The commands write their own audit entries, whichever way they come.
      config: { access: 'calls:whisper', audit: false },
      schema: {
        tags: ['calls'],
        summary: 'Tell the agent of a live call something',
        description:
          'The agent receives the text as context; the caller does not hear it. While the agent is being reopened it waits. 409 ' +
          'while a person has the call, or when it has ended.',
        params: CallName,
        body: Strict(
          { text: Type.String({ minLength: 1, maxLength: longestWhisper, pattern: '\\S' }) },
          { examples: [{ text: 'Offer her the slot on Thursday at four.' }] },
        ),
        response: {
          202: Strict({ ok: Type.Literal(true) }, { examples: [{ ok: true }] }),
          ...errors(400, 401, 403, 404, 409, 503),
        },
      },
    },
    async (request, reply) => {
      await commands.whisper(request.params.sid, askerOf(request), request.body.text);
      return reply.code(202).send({ ok: true });
    },
  );
};
