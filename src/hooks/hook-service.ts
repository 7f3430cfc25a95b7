import { randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Clock } from '../jobs/clock.ts';
import type { Stored } from '../store/schema.ts';
import type { Sealer } from '../store/seal.ts';
import type { HookDelivery, HookDeliveryRepository } from './delivery-repository.ts';
import { secretContext } from './hook-dispatcher.ts';
import { type Announcements, deliveriesKeptDays, type HookData, type HookEvent, testEvent } from './hooks-events.ts';
import { urlProblem } from './safe-address.ts';
import type { HookSubscription, HookSubscriptionRepository } from './subscription-repository.ts';

export interface HookServiceOptions {
  readonly subscriptions: HookSubscriptionRepository;
  readonly deliveries: HookDeliveryRepository;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly privateAllowed: boolean;
  /** Something is waiting: look at once instead of at the next round. */
  readonly wake: () => void;
}

export interface HookWish {
  readonly url?: string;
  readonly description?: string;
  readonly events?: readonly HookEvent[];
  readonly enabled?: boolean;
}

const HOUR_MS = 3_600_000;
const DELIVER_FOR_MS = 24 * HOUR_MS;
const KEEP_MS = deliveriesKeptDays * 24 * HOUR_MS;
/** How long a replaced secret signs as well, so that a receiver can change over without missing a message. */
const OVERLAP_MS = 24 * HOUR_MS;

/** Subscriptions of other systems, and what they are told. */
export class HookService implements Announcements {
  readonly #options: HookServiceOptions;
  readonly #asking = new Map<HookEvent, Promise<readonly Stored<HookSubscription>[]>>();

  constructor(options: HookServiceOptions) {
    this.#options = options;
  }

  async add(
    wish: Required<Pick<HookWish, 'url' | 'events'>> & HookWish,
  ): Promise<{ hook: Stored<HookSubscription>; secret: string }> {
    this.#checkUrl(wish.url);
    const secret = newSecret();
    const hook = await this.#options.subscriptions.add({
      url: wish.url,
      description: wish.description ?? '',
      events: [...new Set(wish.events)],
      secret: this.#options.sealer.sealText(secret, secretContext),
    });
    return { hook, secret };
  }

  async change(id: string, { url, description, events, enabled }: HookWish): Promise<Stored<HookSubscription>> {
    if (url !== undefined) this.#checkUrl(url);
    const $set = {
      ...(url === undefined ? {} : { url }),
      ...(description === undefined ? {} : { description }),
      ...(events === undefined ? {} : { events: [...new Set(events)] }),
      // Switched on again, what waited goes out, and the old complaint is over.
      ...(enabled === undefined
        ? {}
        : { enabled, problem: null, failingSince: null, dueAt: enabled ? this.#now() : null }),
    };
    const hook = await this.#options.subscriptions.changeById(id, { $set });
    if (enabled) this.#options.wake();
    return hook;
  }

  /** Makes a new secret; for a day messages carry signatures of both. */
  async rotate(id: string): Promise<{ hook: Stored<HookSubscription>; secret: string }> {
    const { subscriptions, sealer } = this.#options;
    const before = await this.get(id);
    const secret = newSecret();
    const hook = await subscriptions.changeById(
      id,
      {
        $set: {
          secret: sealer.sealText(secret, secretContext),
          previousSecret: before.secret,
          previousUntil: new Date(this.#now().getTime() + OVERLAP_MS),
        },
      },
      { version: before.version },
    );
    return { hook, secret };
  }

  async remove(id: string): Promise<void> {
    const hook = await this.get(id);
    await this.#options.subscriptions.remove(hook._id);
    await this.#options.deliveries.removeOf(hook._id);
  }

  /** Queues a message of no meaning, behind what waits, to see whether it arrives. */
  async test(id: string): Promise<void> {
    const hook = await this.get(id);
    if (!hook.enabled) throw new AppError('CONFLICT', 'This webhook is switched off; switch it on to test it.');
    const once = `${testEvent}:${randomBytes(8).toString('hex')}`;
    await this.#queue([hook], testEvent, once, testEvent, { message: 'This is a test of your webhook.' });
  }

  async replay(id: string, deliveryId: string): Promise<Stored<HookDelivery>> {
    const hook = await this.get(id);
    const deadline = new Date(this.#now().getTime() + DELIVER_FOR_MS);
    const message = await this.#options.deliveries.replay(deliveryId, hook._id, deadline);
    if (!message)
      throw new AppError(
        'CONFLICT',
        'Only a delivered or given-up message of this webhook, whose content was not erased, can be sent again.',
      );
    await this.#options.subscriptions.wake(hook._id, this.#now());
    this.#options.wake();
    return message;
  }

  /** Sends again all that was given up; says how many there were. */
  async replayGivenUp(id: string): Promise<number> {
    const hook = await this.get(id);
    if (!hook.enabled)
      throw new AppError('CONFLICT', 'This webhook is switched off; switch it on to send its messages again.');
    const deadline = new Date(this.#now().getTime() + DELIVER_FOR_MS);
    const count = await this.#options.deliveries.replayGivenUp(hook._id, deadline);
    if (count === 0) return 0;
    await this.#options.subscriptions.wake(hook._id, this.#now());
    this.#options.wake();
    return count;
  }

  /** Removes all that was given up; says how many there were. */
  async discardGivenUp(id: string): Promise<number> {
    const hook = await this.get(id);
    return this.#options.deliveries.discardGivenUp(hook._id);
  }

  async announce(
    event: HookEvent,
    once: string,
    subject: string,
    data: HookData | (() => Promise<HookData | null>),
  ): Promise<void> {
    const hooks = await this.#wanting(event);
    if (hooks.length === 0) return;
    const told = typeof data === 'function' ? await data() : data;
    if (told) await this.#queue(hooks, event, once, subject, told);
  }

  /** Who wants it. Many calls may end in one moment: announcements that come together ask together. */
  #wanting(event: HookEvent): Promise<readonly Stored<HookSubscription>[]> {
    const asked = this.#asking.get(event);
    if (asked) return asked;
    const asking = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      this.#asking.delete(event);
      return this.#options.subscriptions.wanting(event);
    });
    this.#asking.set(event, asking);
    return asking;
  }

  erase(subject: string): Promise<number> {
    return this.#options.deliveries.erase(subject);
  }

  async #queue(
    hooks: readonly Stored<HookSubscription>[],
    event: string,
    once: string,
    subject: string,
    data: HookData,
  ): Promise<void> {
    const now = this.#now();
    const payload = JSON.stringify({ type: event, timestamp: now.toISOString(), data });
    const deadline = new Date(now.getTime() + DELIVER_FOR_MS);
    const expiresAt = new Date(now.getTime() + KEEP_MS);
    for (const { _id: subscriptionId } of hooks) {
      // The message first: a crash between the two leaves one that the next announcement, or its repetition, wakes.
      await this.#options.deliveries.queue({ subscriptionId, event, once, subject, payload, deadline, expiresAt });
      await this.#options.subscriptions.wake(subscriptionId, now);
    }
    if (hooks.length > 0) this.#options.wake();
  }

  #checkUrl(url: string): void {
    const problem = urlProblem(url, this.#options.privateAllowed);
    if (problem) throw new AppError('VALIDATION_FAILED', `url ${problem}.`, { details: [{ field: 'url', problem }] });
  }

  /** Throws `NOT_FOUND`. */
  async get(id: string): Promise<Stored<HookSubscription>> {
    const hook = await this.#options.subscriptions.findById(id);
    if (!hook) throw new AppError('NOT_FOUND', 'There is no webhook with this id.');
    return hook;
  }

  #now(): Date {
    return new Date(this.#options.clock.now());
  }
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
