import type { Logger } from 'pino';
import { type Backoff, nextAttemptAt } from '../jobs/backoff.ts';
import type { Clock } from '../jobs/clock.ts';
import { type Poller, startPoller } from '../jobs/poller.ts';
import type { Stored } from '../store/schema.ts';
import type { Sealer } from '../store/seal.ts';
import type { HookDelivery, HookDeliveryRepository } from './delivery-repository.ts';
import type { HookSender } from './hook-sender.ts';
import type { HookSubscription, HookSubscriptionRepository } from './subscription-repository.ts';

export interface HookDispatcherOptions {
  readonly subscriptions: HookSubscriptionRepository;
  readonly deliveries: HookDeliveryRepository;
  readonly sender: HookSender;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of this process in leases. */
  readonly owner: string;
  readonly onTry?: (result: 'delivered' | 'failed' | 'dead', ms: number) => void;
}

/** The context in which a subscription's secret is sealed. */
export const secretContext = 'hookSubscriptions/secret';

const LEASE_MS = 60_000;
const AT_ONCE = 16;
/** A busy queue gives way to the others after this many messages. */
const TURN = 20;
/** Tries of one message: at once, then further and further apart, about fifteen in a day. */
const backoff: Backoff = { firstMs: 5_000, longestMs: 4 * 3_600_000 };

/**
 * Delivers what waits. Each subscription has its own queue, which one process at a time works off in order, so a slow receiver
 * delays only itself. A message that fails holds the ones behind it until it is delivered or given up.
 */
export function startHookDispatcher(options: HookDispatcherOptions): Poller {
  const { subscriptions, deliveries, sender, sealer, clock, logger, owner, onTry } = options;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  const poller = startPoller({
    clock,
    random: Math.random,
    intervalMs: 1000,
    onError: err => logger.warn({ err }, 'looking for waiting messages failed'),
    async poll() {
      while (running.size < AT_ONCE && !stopping.signal.aborted) {
        const taken = await subscriptions.take(owner, new Date(clock.now()), LEASE_MS);
        if (!taken) return;
        const turn = serve(taken)
          .catch(err => logger.warn({ err, subscriptionId: taken._id.toHexString() }, 'delivering failed'))
          .finally(() => {
            running.delete(turn);
            poller.wake();
          });
        running.add(turn);
      }
    },
  });

  async function serve(taken: Stored<HookSubscription>): Promise<void> {
    let dueAt: Date | null = null;
    let failingSince = taken.failingSince ?? null;
    const until = clock.now() + LEASE_MS / 2;
    for (let count = 0; ; count += 1) {
      const message = await deliveries.nextFor(taken._id);
      if (!message) break;
      if (count === TURN || clock.now() > until || stopping.signal.aborted) {
        dueAt = new Date(clock.now());
        break;
      }
      const { waitMs, problem } = await attempt(taken, message);
      // Only what changes is written: most receivers take every message.
      if (problem === null ? failingSince !== null : problem !== undefined && failingSince === null) {
        failingSince = problem === null ? null : new Date(clock.now());
        await subscriptions.changeById(taken._id, { $set: { failingSince } });
      }
      if (waitMs === null) continue;
      dueAt = new Date(clock.now() + waitMs);
      break;
    }
    await subscriptions.rest(taken, dueAt);
    await subscriptions.release(taken._id, owner, new Date(clock.now()));
  }

  /** One try: how long its queue must wait when the message stays at its head, else null; and what went wrong, undefined where we did. */
  async function attempt(
    taken: Stored<HookSubscription>,
    message: Stored<HookDelivery>,
  ): Promise<{ readonly waitMs: number | null; readonly problem: string | null | undefined }> {
    const now = new Date(clock.now());
    const secrets = [taken.secret];
    if (taken.previousSecret && taken.previousUntil && taken.previousUntil > now) secrets.push(taken.previousSecret);
    const result = await sender.send(
      {
        id: `msg_${message._id.toHexString()}`,
        url: taken.url,
        payload: message.payload ?? '{}',
        secrets: secrets.map(secret => sealer.openText(secret, secretContext)),
      },
      now,
      stopping.signal,
    );
    // Our own end is no failure of theirs.
    if (stopping.signal.aborted && result.problem) return { waitMs: 0, problem: undefined };
    const failed = message.tries.length + 1;
    const waitMs = result.retryAfterMs ?? nextAttemptAt(failed, 0, Math.random(), backoff);
    const givenUp = result.gone || clock.now() + waitMs > message.deadline.getTime();
    const state = result.problem === null ? 'delivered' : givenUp ? 'dead' : 'waiting';
    const { status, ms, problem } = result;
    await deliveries.noteTry(message._id, { at: now, status, ms, problem }, state);
    onTry?.(state === 'waiting' ? 'failed' : state, ms);
    if (result.gone) {
      await subscriptions.changeById(taken._id, {
        $set: { enabled: false, problem: 'The receiver answered 410: gone.' },
      });
      return { waitMs: LEASE_MS, problem };
    }
    return { waitMs: state === 'waiting' ? waitMs : null, problem };
  }

  return {
    ...poller,
    async stop() {
      stopping.abort();
      await poller.stop();
      await Promise.all(running);
    },
  };
}
