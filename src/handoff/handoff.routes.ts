import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { errors, OneOf, Strict } from '../ops/schemas.ts';
import type { CommandAsker, LiveCommands } from './handoff.types.ts';
import { longestSummary, longestWhisper } from './live-commands.ts';

const CallName = Strict({
  sid: Type.String({ minLength: 1, maxLength: 64, description: "The carrier's id of the call, or ours." }),
});

const askerOf = ({ principal, ip, id: requestId }: FastifyRequest): CommandAsker => ({
  kind: principal!.kind,
  id: principal!.id,
  label: principal!.label,
  origin: { ip, requestId },
});

export interface HandoffRouteOptions {
  readonly commands: LiveCommands;
  /** A call as the API answers with it. */
  readonly oneCall: TSchema;
}

/** Commands for live calls that need no connection of their own; the others go over Socket.IO. */
export const handoffRoutes: FastifyPluginAsyncTypebox<HandoffRouteOptions> = async (app, { commands, oneCall }) => {
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

  app.post(
    '/api/calls/:sid/transfer',
    {
      config: { access: 'calls:transfer', audit: false },
      schema: {
        tags: ['calls'],
        summary: 'Pass a live call on to another number',
        description:
          'The caller hears ringing until somebody answers. Warm: whoever answers is told the summary first, which is made from the ' +
          'conversation where none is given. Where nobody answers, the caller comes back to the agent, who is told why. A recording ' +
          'goes on, and whoever takes a warm transfer is told so.',
        params: CallName,
        body: Strict(
          {
            to: Strict({ kind: Type.Literal('number'), phone: Type.String({ minLength: 1, maxLength: 100 }) }),
            mode: OneOf(['warm', 'blind']),
            summary: Type.Optional(Type.String({ minLength: 1, maxLength: longestSummary })),
          },
          {
            examples: [
              {
                to: { kind: 'number', phone: '+13125550177' },
                mode: 'warm',
                summary: 'Ada wants to move her appointment to Thursday.',
              },
            ],
          },
        ),
        response: { 202: oneCall, ...errors(400, 401, 403, 404, 409, 422, 502, 503) },
      },
    },
    async (request, reply) => {
      const call = await commands.transfer(request.params.sid, askerOf(request), request.body);
      return reply.code(202).send({ call } as never);
    },
  );
};
