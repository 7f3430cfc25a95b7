import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, ListOf, listQuery, Nullable, OneOf, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEventRepository } from './call-event-repository.ts';
import type { CallRepository } from './call-repository.ts';
import { callFor, dataFor } from './call-sight.ts';
import { inOrder } from './transcript-merge.ts';
import type { TranscriptRepository } from './transcript-repository.ts';
import { transcriptAsText, transcriptAsVtt } from './transcript-texts.ts';

export interface CallRecords {
  readonly calls: Pick<CallRepository, 'findById' | 'findBySid'>;
  readonly events: Pick<CallEventRepository, 'listForApi'>;
  readonly transcripts: Pick<TranscriptRepository, 'ofCall'>;
}

const Milliseconds = Type.Number({ description: 'Milliseconds since the call was answered.' });

const TurnSchema = Strict({
  role: OneOf(['agent', 'caller', 'person'], {
    description:
      '`person` is a colleague who spoke in the agent’s place; the text names them, their words are not transcribed.',
  }),
  text: Type.String(),
  heardText: Type.Optional(Type.String({ description: 'What the caller heard of it, where that is less.' })),
  startMs: Milliseconds,
  endMs: Milliseconds,
  interrupted: Type.Boolean(),
  source: Type.Optional(
    OneOf(['vendor'], { description: "Only the vendor's record has it: whether it was heard is not known." }),
  ),
});

const TranscriptSchema = Strict(
  {
    callSid: Nullable(Type.String()),
    from: Type.String(),
    to: Type.String(),
    answeredAt: Nullable(Timestamp),
    live: Type.Boolean({ description: 'The call has not ended: more may follow.' }),
    turns: Type.Array(TurnSchema),
  },
  {
    examples: [
      {
        callSid: 'CA0123456789abcdef0123456789abcdef',
        from: '+12125550100',
        to: '+12125550121',
        answeredAt: '2026-11-20T13:30:00.000Z',
        live: true,
        turns: [
          {
            role: 'agent',
            text: 'Hello, this is Ava. Is this a good moment?',
            heardText: 'Hello, this is',
            startMs: 320,
            endMs: 1_480,
            interrupted: true,
          },
          { role: 'caller', text: 'Yes, go on.', startMs: 1_300, endMs: 2_100, interrupted: false },
        ],
      },
    ],
  },
);

const EventSchema = Strict(
  {
    seq: Type.Integer({ minimum: 1, description: 'Counts up within the call.' }),
    type: Type.String(),
    at: Timestamp,
    source: Type.String({ description: 'Who noticed it, such as `bridge` or `twilio`.' }),
    data: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  },
  {
    examples: [
      { seq: 4, type: 'call.in-progress', at: '2026-11-20T13:30:04.120Z', source: 'twilio', data: { sequence: 2 } },
    ],
  },
);

const CallParams = Strict({
  sid: Type.String({ minLength: 1, maxLength: 64, description: "The carrier's id of the call, or ours." }),
});

/** The call by our id or the carrier's; throws `CALL_NOT_FOUND`. */
export async function findCall(
  calls: Pick<CallRepository, 'findById' | 'findBySid'>,
  sid: string,
): Promise<Stored<Call>> {
  const call = await (/^[0-9a-f]{24}$/.test(sid) ? calls.findById(sid) : calls.findBySid(sid));
  if (!call) throw new AppError('CALL_NOT_FOUND', 'There is no call with this id');
  return call;
}

/** What was said and what happened on a call, readable while it goes on. */
export const callRecordRoutes: FastifyPluginAsyncTypebox<CallRecords> = async (app, { calls, events, transcripts }) => {
  const find = (sid: string) => findCall(calls, sid);

  app.get(
    '/api/calls/:sid/transcript',
    {
      config: { access: 'calls:read' },
      schema: {
        tags: ['calls'],
        summary: 'Read what was said on a call',
        description: 'Follows a live call by less than a second. As text for people, as WebVTT for players.',
        params: CallParams,
        querystring: Strict({
          format: Type.Optional(OneOf(['json', 'text', 'vtt'], { default: 'json' })),
          offsetMs: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 86_400_000,
              description:
                'For `vtt`: where in the call the sound begins beside which it runs; `startMs` of a recording.',
            }),
          ),
        }),
        response: {
          200: {
            description: 'What was said.',
            content: {
              'application/json': { schema: TranscriptSchema },
              'text/plain': { schema: Type.String() },
              'text/vtt': { schema: Type.String() },
            },
          },
          ...errors(400, 401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const { format = 'json', offsetMs = 0 } = request.query;
      const call = await find(request.params.sid);
      const transcript = await transcripts.ofCall(call._id);
      const turns = inOrder((transcript?.turns ?? []).filter(turn => turn !== null));
      // Spoken words are nobody's document: no browser is to guess that they are one.
      reply.header('x-content-type-options', 'nosniff');
      if (format === 'text') return reply.type('text/plain; charset=utf-8').send(transcriptAsText(turns) as never);
      if (format === 'vtt')
        return reply.type('text/vtt; charset=utf-8').send(transcriptAsVtt(turns, offsetMs) as never);
      const { from, to } = callFor(request, { from: call.from, to: call.to, direction: call.direction });
      return {
        callSid: call.sid,
        from,
        to,
        answeredAt: call.answeredAt?.toISOString() ?? null,
        live: call.endedAt === null,
        turns,
      };
    },
  );

  app.get(
    '/api/calls/:sid/events',
    {
      config: { access: 'calls:read' },
      ...sparseItems,
      schema: {
        tags: ['calls'],
        summary: 'Read what happened on a call, in order',
        params: CallParams,
        querystring: Strict({ ...listQuery, ...sortQuery('seq') }),
        response: { 200: ListOf(EventSchema), ...errors(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const call = await find(request.params.sid);
      const { filter, ...query } = asListQuery(request.query);
      const page = await events.listForApi({ ...query, filter: { ...filter, callId: call._id.toHexString() } });
      const items = page.items.map(item => ('data' in item ? { ...item, data: dataFor(request, item['data']) } : item));
      return reply.send({ ...page, items } as never);
    },
  );
};
