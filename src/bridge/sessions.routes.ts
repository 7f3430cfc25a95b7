import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { callDirections } from '../calls/call-state.ts';
import { errors, Id, ListOf, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import type { SessionRegistry, SessionView } from './bridge.types.ts';
import { agentStates } from './session-state.ts';

const count = Type.Integer({ minimum: 0 });

const SessionSchema = Strict({
  callId: Id,
  callSid: Type.String(),
  streamSid: Nullable(Type.String()),
  direction: OneOf(callDirections),
  state: OneOf(['connecting', 'talking', 'ending', 'waiting-for-stream']),
  agent: OneOf(agentStates),
  startedAt: Timestamp,
  lastCallerAudioAt: Nullable(Timestamp),
  lastAgentAudioAt: Nullable(Timestamp),
  queuedMs: Type.Integer({ description: 'Audio that waits to be heard, on both sides.' }),
  figures: Strict({
    callerFrames: count,
    agentFrames: count,
    gaps: count,
    dropped: count,
    agentDropped: count,
    coalesced: count,
    late: count,
    peakQueuedMs: count,
    interruptions: count,
  }),
});

const toApi = (view: SessionView): Static<typeof SessionSchema> => ({
  ...view,
  figures: { ...view.figures },
  startedAt: view.startedAt.toISOString(),
  lastCallerAudioAt: view.lastCallerAudioAt?.toISOString() ?? null,
  lastAgentAudioAt: view.lastAgentAudioAt?.toISOString() ?? null,
});

/** The calls whose sockets this process holds, for whoever wants to know what it is doing. */
export const sessionRoutes: FastifyPluginAsyncTypebox<{ sessions: SessionRegistry }> = async (app, { sessions }) => {
  app.get(
    '/api/admin/sessions',
    {
      config: { access: 'system:read' },
      schema: {
        tags: ['system'],
        summary: 'List the live sessions of this process, oldest first',
        querystring: Strict({}),
        response: { 200: ListOf(SessionSchema), ...errors(400, 401, 403) },
      },
    },
    async () => ({ items: sessions.all().map(session => toApi(session.view())), nextCursor: null }),
  );
};
