import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { type EngineKind, engineKinds } from '../engines/engine-contract.ts';
import { errors, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { callPool, enginePool } from './admission.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { SlotRepository } from './slot-repository.ts';

const count = Type.Integer({ minimum: 0 });

const Here = Strict(
  {
    calls: count,
    busy: Nullable(OneOf(['delay', 'memory'], { description: 'Why it takes no new call just now.' })),
    delayMs: Type.Number({ description: 'How late the event loop ran, 99th percentile of the last 5 s.' }),
    delayLimitMs: Type.Number(),
    memoryBytes: count,
    memoryLimitBytes: Nullable(count),
  },
  { description: 'This process, and the limits beyond which it takes no new call.' },
);

const Capacity = Strict(
  {
    calls: Strict({
      taken: count,
      limit: Nullable(Type.Integer({ description: 'MAX_CONCURRENT_CALLS; null where nothing limits it.' })),
      keptForInbound: count,
    }),
    engines: Type.Array(
      Strict({
        engine: OneOf(engineKinds),
        taken: count,
        limit: Nullable(Type.Integer({ description: 'What its vendor lets in after it refused some.' })),
        until: Nullable(Timestamp),
      }),
    ),
    here: Here,
  },
  {
    examples: [
      {
        calls: { taken: 14, limit: 50, keptForInbound: 2 },
        engines: [{ engine: 'elevenlabs', taken: 14, limit: null, until: null }],
        here: {
          calls: 14,
          busy: null,
          delayMs: 3,
          delayLimitMs: 100,
          memoryBytes: 310_000_000,
          memoryLimitBytes: 900_000_000,
        },
      },
    ],
  },
);

export interface CapacityRouteOptions {
  readonly slots: Pick<SlotRepository, 'taken'>;
  readonly limits: Pick<EngineLimits, 'limitOf'>;
  readonly engines: readonly EngineKind[];
  readonly maxCalls: number | null;
  readonly inboundReserve: number;
  readonly here: () => Static<typeof Here>;
  readonly now: () => Date;
}

/** How many calls there are at once, of how many there may be. */
export const capacityRoutes: FastifyPluginAsyncTypebox<CapacityRouteOptions> = async (app, options) => {
  const { slots, limits, maxCalls, inboundReserve, here, now } = options;

  app.get(
    '/api/admin/capacity',
    {
      config: { access: 'system:read' },
      schema: {
        tags: ['system'],
        summary: 'Calls at once, against their limits',
        description: 'Calls are counted over all processes; memory and delays are those of the process that answers.',
        response: { 200: Capacity, ...errors(401, 403) },
      },
    },
    async () => {
      const at = now();
      const engines = await Promise.all(
        options.engines.map(async engine => {
          const { limit, untilMs } = await limits.limitOf(engine);
          const lowered = Number.isFinite(limit);
          return {
            engine,
            taken: await slots.taken(enginePool(engine), at),
            limit: lowered ? limit : null,
            until: lowered ? new Date(untilMs).toISOString() : null,
          };
        }),
      );
      // Every call has a place at its engine; places of the installation exist only where their number is limited.
      const taken =
        maxCalls === null ? engines.reduce((sum, each) => sum + each.taken, 0) : await slots.taken(callPool, at);
      return { calls: { taken, limit: maxCalls, keptForInbound: inboundReserve }, engines, here: here() };
    },
  );
};
