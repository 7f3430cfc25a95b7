import { LRUCache } from 'lru-cache';
import { lookBackDays } from '../compliance/caps.ts';
import type { PastAttempt } from '../compliance/dial-facts.ts';
import { dayMs } from '../compliance/local-time.ts';
import { answered } from '../store/gathered.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallRepository } from './call-repository.ts';

/** Results of a call that say: they do not want what is offered. */
const refusals: ReadonlySet<string> = new Set(['refused', 'not-interested']);

export interface PastAttemptsOptions {
  readonly calls: Pick<CallRepository, 'attemptsToAny'>;
  /** Under which a number stands once its calls were erased. */
  readonly hashOf: (phone: string) => Promise<string>;
}

/** Calls to a number that caps and pauses count, newest first; also those whose record was erased, as they rang all the same. */
export function createPastAttempts({ calls, hashOf }: PastAttemptsOptions) {
  const attemptsTo = answered(async (asked: { numbers: readonly string[]; since: Date }[]) => {
    const since = new Date(Math.min(...asked.map(each => each.since.getTime())));
    const found = await calls.attemptsToAny([...new Set(asked.flatMap(({ numbers }) => numbers))], since);
    return asked.map(({ numbers }) => numbers.flatMap(number => found.get(number) ?? []));
  }, 200);
  return async (phone: string, now: Date, attemptId?: string): Promise<PastAttempt[]> => {
    const since = new Date(now.getTime() - lookBackDays * dayMs);
    const found = await attemptsTo({ numbers: [phone, await hashOf(phone)], since });
    return found
      .filter(({ _id, dialledAt }) => dialledAt !== null && _id.toHexString() !== attemptId)
      .map(pastAttempt)
      .sort((one, other) => other.at - one.at);
  };
}

/** How many calls a caller id has made in the last 24 hours. It only warns, so a minute-old number does, and each call need not count. */
export function createCallerIdLoad(calls: Pick<CallRepository, 'placedFrom'>) {
  const counted = new LRUCache<string, number>({ max: 500, ttl: 60_000 });
  return async (from: string, now: Date): Promise<number> => {
    const known = counted.get(from);
    if (known !== undefined) return known;
    const count = await calls.placedFrom(from, new Date(now.getTime() - dayMs));
    counted.set(from, count);
    return count;
  };
}

/** A call that may have rung, as caps and pauses count it. */
export function pastAttempt(call: Stored<Call>): PastAttempt {
  const { dialledAt, createdAt, endedAt, answeredAt, outcome, durationSeconds, terminationSource, result } = call;
  const measured = endedAt && answeredAt ? (endedAt.getTime() - answeredAt.getTime()) / 1000 : 0;
  return {
    at: (dialledAt ?? createdAt).getTime(),
    endedAt: endedAt?.getTime() ?? null,
    outcome,
    campaignId: call.campaignId?.toHexString() ?? null,
    talkedSeconds: answeredAt ? (durationSeconds ?? measured) : null,
    // Neither the agent nor we ended it, so it was whoever was called.
    hungUpByThem: terminationSource === 'twilio',
    refused: refusals.has(result),
  };
}
