import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, OneOf, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import type { Stored } from '../store/schema.ts';
import { longestLinkSeconds, type RecordingLinks } from './recording-links.ts';
import type { RecordingPeaks } from './recording-peaks.ts';
import type { createRecordingPlayer, Listener } from './recording-player.ts';
import type { Recording, RecordingRepository } from './recording-repository.ts';
import { recordingStates } from './recording-state.ts';
import type { Retention } from './retention.ts';

export interface RecordingRoutesOptions {
  readonly recordings: RecordingRepository;
  readonly play: ReturnType<typeof createRecordingPlayer>;
  readonly peaksOf: RecordingPeaks;
  readonly links: RecordingLinks;
  readonly retention: Retention;
  /** Our id of a call, by ours or the carrier's; throws `CALL_NOT_FOUND`. */
  readonly callIdOf: (sid: string) => Promise<string>;
  /** An address of ours as clients reach it. */
  readonly publicUrl: (path: string) => string;
  readonly now: () => Date;
}

/** Requests of one listener within this belong to one hearing. */
const hearingMs = 5 * 60_000;

const RecordingSchema = Strict(
  {
    id: Id,
    callId: Id,
    state: OneOf(recordingStates, {
      description:
        '`announced` not here yet · `stored` can be heard · `absent` nothing was recorded · `failed` it could not be had · ' +
        '`expired` kept as long as RETENTION_DAYS says · `erased` erased with its call.',
    }),
    startMs: Nullable(
      Type.Number({ description: 'Where in the call it begins, in milliseconds since the call was answered.' }),
    ),
    durationSeconds: Nullable(Type.Number()),
    channels: Nullable(Type.Integer({ description: '2: the person first, the agent second. 1: both in one.' })),
    contentType: Type.String(),
    bytes: Nullable(Type.Integer()),
    hash: Nullable(Type.String({ description: 'SHA-256 of the file.' })),
    problem: Nullable(Strict({ code: Type.String(), message: Type.String() })),
    downloadCount: Type.Integer({ description: 'How often it was heard or downloaded.' }),
    createdAt: Timestamp,
  },
  {
    examples: [
      {
        id: '6740a1b2c3d4e5f607182a01',
        callId: '6740a1b2c3d4e5f60718293a',
        state: 'stored',
        startMs: 2_840,
        durationSeconds: 61.4,
        channels: 2,
        contentType: 'audio/wav',
        bytes: 1_964_844,
        hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        problem: null,
        downloadCount: 3,
        createdAt: '2026-11-20T13:31:04.000Z',
      },
    ],
  },
);

const Peaks = Strict(
  {
    durationMs: Type.Number({ description: 'How long the sound is.' }),
    msPerPoint: Type.Number({ description: 'The stretch of sound behind each point; the last one may be shorter.' }),
    channels: Type.Array(Type.Array(Type.Integer({ minimum: 0, maximum: 255 })), {
      description: 'For each channel the loudest moment of each stretch: 255 is as loud as the file can say.',
    }),
  },
  {
    examples: [
      {
        durationMs: 100,
        msPerPoint: 20,
        channels: [
          [0, 4, 118, 96, 2],
          [61, 80, 3, 0, 0],
        ],
      },
    ],
  },
);

const ById = Strict({ id: Id });
const audio = {
  description: 'The sound, or the range of it that was asked for.',
  content: { 'audio/wav': { schema: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }) } },
};
const heard = { 200: audio, 206: audio, ...errors(400, 401, 403, 404, 409, 410, 416, 502) };
/** A request without a body asks for what is usual. */
const bodyless = {
  preValidation: async (request: FastifyRequest) => {
    request.body ??= {};
  },
};
const byRange =
  'Answers `Range` (also the last bytes: `bytes=-500`), `If-Range` and `HEAD`. A player that asks for many ranges counts as one ' +
  'hearing. Each hearing raises `downloadCount` and is written to the audit log.';

/** Recordings: find them, hear them, hand a link to a player. */
export const recordingRoutes: FastifyPluginAsyncTypebox<RecordingRoutesOptions> = async (
  app,
  { recordings, play, peaksOf, links, retention, callIdOf, publicUrl, now },
) => {
  const find = async (id: string): Promise<Stored<Recording>> => {
    const recording = await recordings.findById(id);
    if (!recording) throw new AppError('RECORDING_NOT_FOUND', 'There is no recording with this id.');
    return recording;
  };

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    recording: Stored<Recording>,
    listener: Omit<Listener, 'download'>,
  ) => {
    const download = (request.query as { download?: boolean }).download === true;
    const { counted, body } = await play(request, reply, recording, { ...listener, download });
    const target = { type: 'recording', id: recording._id.toHexString() };
    if (counted) request.trail({ target, after: { callId: recording.callId.toHexString(), download } });
    else request.trail({ nothingChanged: true });
    return reply.send(body);
  };
  const Download = Type.Optional(Type.Boolean({ description: 'Whether a browser saves it instead of playing it.' }));

  app.get(
    '/api/calls/:sid/recordings',
    {
      config: { access: 'calls:read' },
      ...sparseItems,
      schema: {
        tags: ['recordings'],
        summary: 'What was recorded of a call',
        params: Strict({ sid: Type.String({ minLength: 1, maxLength: 64 }) }),
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt') }),
        response: { 200: ListOf(RecordingSchema), ...errors(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const callId = await callIdOf(request.params.sid);
      return reply.send((await recordings.listForApi(asListQuery({ ...request.query, callId }))) as never);
    },
  );

  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/recordings/:id',
    config: { access: 'recordings:listen', audit: 'recording.listen' },
    schema: {
      tags: ['recordings'],
      summary: 'Hear a recording',
      description: byRange,
      params: ById,
      querystring: Strict({ download: Download }),
      response: heard,
    },
    handler: async (request, reply) => {
      const { kind, id } = request.principal!;
      const until = new Date(now().getTime() + hearingMs);
      return send(request, reply, await find(request.params.id), { by: `${kind}:${id}`, until });
    },
  });

  app.get(
    '/api/recordings/:id/peaks',
    {
      config: { access: 'recordings:listen' },
      schema: {
        tags: ['recordings'],
        summary: 'How loud a recording is along its way',
        description:
          'What a player draws without having the sound: at most 2,000 points for each channel. Worked out when it is first asked ' +
          'for, and kept as long as the sound. Nobody counts as having heard it.',
        params: ById,
        response: { 200: Peaks, ...errors(400, 401, 403, 404, 409, 410, 502) },
      },
    },
    async (request, reply) =>
      reply.header('cache-control', 'private, no-store').send(await peaksOf(await find(request.params.id))),
  );

  app.post(
    '/api/recordings/:id/link',
    {
      ...bodyless,
      config: { access: 'recordings:listen', audit: 'recording.link' },
      schema: {
        tags: ['recordings'],
        summary: 'Make a link to a recording for a player',
        description:
          'Whoever has the link can hear this one recording until it expires; it says nothing about anybody.',
        params: ById,
        body: Type.Optional(
          Strict(
            { seconds: Type.Optional(Type.Integer({ minimum: 10, maximum: longestLinkSeconds })) },
            { examples: [{ seconds: 300 }] },
          ),
        ),
        response: {
          201: Strict(
            { url: Type.String(), expiresAt: Timestamp },
            {
              examples: [
                {
                  url: 'https://calls.example.com/api/recordings/6740a1b2c3d4e5f607182a01/play?until=1795181700&link=Zk3v0Qm1x7Bd&signature=8dX…',
                  expiresAt: '2026-11-20T13:35:00.000Z',
                },
              ],
            },
          ),
          ...errors(400, 401, 403, 404, 409, 410),
        },
      },
    },
    async (request, reply) => {
      const recording = await find(request.params.id);
      if (recording.state === 'expired' || recording.state === 'erased')
        throw new AppError('RECORDING_GONE', 'There is nothing to hear any more.');
      const id = recording._id.toHexString();
      const { until, link, signature } = await links.make(id, request.body?.seconds ?? longestLinkSeconds);
      // The link's own name ties what was heard through it to whoever made it, in this log alone.
      request.trail({ target: { type: 'recording', id }, after: { link, until: new Date(until * 1_000) } });
      const query = new URLSearchParams({ until: String(until), link, signature });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          url: publicUrl(`/api/recordings/${id}/play?${query}`),
          expiresAt: new Date(until * 1_000).toISOString(),
        });
    },
  );

  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/recordings/:id/play',
    config: { access: 'public', audit: 'recording.play' },
    schema: {
      tags: ['recordings'],
      summary: 'Hear a recording by its link',
      description: byRange,
      security: [],
      params: ById,
      querystring: Strict({
        until: Type.Integer({ minimum: 0, maximum: 9_999_999_999 }),
        link: Type.String({ pattern: '^[\\w-]{12}$' }),
        signature: Type.String({ pattern: '^[\\w-]{43}$' }),
        download: Download,
      }),
      response: heard,
    },
    handler: async (request, reply) => {
      const { until, link, signature } = request.query;
      await links.check(request.params.id, { until, link, signature });
      const recording = await find(request.params.id);
      request.trail({ actor: { kind: 'link', id: link, label: 'a signed link' } });
      return send(request, reply, recording, { by: `link:${link}`, until: new Date(until * 1_000) });
    },
  });

  app.post(
    '/api/admin/recordings/cleanup',
    {
      ...bodyless,
      config: { access: 'recordings:clean-up', audit: 'recordings.clean-up' },
      schema: {
        tags: ['recordings'],
        summary: 'Remove audio and transcripts that were kept as long as RETENTION_DAYS says',
        description:
          'Does what happens every night. Unless `dryRun` is false it only says how much would go. The work itself is a job: its ' +
          'answer is 202.',
        body: Type.Optional(
          Strict(
            {
              dryRun: Type.Optional(Type.Boolean({ default: true })),
              olderThanDays: Type.Optional(
                Type.Integer({ minimum: 1, maximum: 3650, description: 'RETENTION_DAYS without it.' }),
              ),
            },
            { examples: [{ dryRun: true }] },
          ),
        ),
        response: {
          200: CleanUp,
          202: CleanUp,
          ...errors(400, 401, 403),
        },
      },
    },
    async (request, reply) => {
      const { dryRun = true, olderThanDays = retention.days } = request.body ?? {};
      const before = retention.cutOff(olderThanDays);
      const { recordings: found, bytes, transcripts } = await retention.due(before);
      const answer = { dryRun, before: before.toISOString(), recordings: found, bytes, transcripts };
      if (dryRun) request.trail({ nothingChanged: true });
      else {
        await retention.later(olderThanDays);
        request.trail({ after: { before, recordings: found, transcripts } });
      }
      return reply.code(dryRun ? 200 : 202).send(answer);
    },
  );
};

const CleanUp = Strict(
  {
    dryRun: Type.Boolean(),
    before: Timestamp,
    recordings: Type.Integer(),
    bytes: Type.Integer(),
    transcripts: Type.Integer(),
  },
  {
    examples: [
      { dryRun: true, before: '2026-10-21T00:00:00.000Z', recordings: 12, bytes: 23_578_128, transcripts: 40 },
    ],
  },
);
