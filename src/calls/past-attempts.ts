import { lookBackDays } from '../compliance/caps.ts';
import type { PastAttempt } from '../compliance/dial-facts.ts';
import { dayMs } from '../compliance/local-time.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallRepository } from './call-repository.ts';

/** Results of a call that say: they do not want what is offered. */
const refusals: ReadonlySet<string> = new Set(['refused', 'not-interested']);

export interface PastAttemptsOptions {
  readonly calls: Pick<CallRepository, 'attemptsTo'>;
  /** Under which a number stands once its calls were erased. */
  readonly hashOf: (phone: string) => Promise<string>;
}

/** Calls to a number that caps and pauses count, newest first; also those whose record was erased, as they rang all the same. */
export function createPastAttempts({ calls, hashOf }: PastAttemptsOptions) {
  return async (phone: string, now: Date, attemptId?: string): Promise<PastAttempt[]> => {
    const since = new Date(now.getTime() - lookBackDays * dayMs);
    const hash = await hashOf(phone);
    const found = await Promise.all([calls.attemptsTo(phone, since), calls.attemptsTo(hash, since)]);
    return found
      .flat()
      .filter(({ _id, dialledAt }) => dialledAt !== null && _id.toHexString() !== attemptId)
      .map(pastAttempt)
      .sort((one, other) => other.at - one.at);
  };
}

function pastAttempt(call: Stored<Call>): PastAttempt {
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
