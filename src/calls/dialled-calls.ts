import type { PastAttempt } from '../compliance/dial-facts.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallRepository } from './call-repository.ts';
import type { DialledCall, DialledCalls } from './calls.types.ts';
import { pastAttempt } from './past-attempts.ts';

/** Calls as a judge of campaigns reads them. */
export function createDialledCalls(calls: Pick<CallRepository, 'writtenBetween' | 'toAny' | 'findById'>): DialledCalls {
  return {
    async *between(from, until) {
      for await (const call of calls.writtenBetween(from, until)) {
        const dialled = dialledCall(call);
        if (dialled) yield dialled;
      }
    },
    toAny: async (numbers, since) =>
      (await calls.toAny(numbers, since))
        .flatMap(call => dialledCall(call) ?? [])
        .sort((one, other) => one.dialledAt - other.dialledAt),
    pastAttemptsTo: async (numbers, since) => {
      const found = new Map<string, PastAttempt[]>();
      for (const call of await calls.toAny(numbers, since)) {
        if (!call.dialledAt) continue;
        const attempts = found.get(call.to) ?? [];
        attempts.push(pastAttempt(call));
        found.set(call.to, attempts);
      }
      return found;
    },
    numberOf: async callId => (await calls.findById(callId))?.to ?? null,
  };
}

/** Null for what nobody was dialled by. */
function dialledCall(call: Stored<Call>): DialledCall | null {
  const { _id, to, campaignId, contactId, sid, createdAt, dialledAt, endedAt, outcome, direction } = call;
  if (direction !== 'outbound' || !dialledAt) return null;
  return {
    id: _id.toHexString(),
    to,
    campaignId: campaignId?.toHexString() ?? null,
    contactId: contactId?.toHexString() ?? null,
    sid,
    writtenAt: createdAt.getTime(),
    dialledAt: dialledAt.getTime(),
    endedAt: endedAt?.getTime() ?? null,
    outcome,
  };
}
