import { LRUCache } from 'lru-cache';

/** Lets log lines that name a call by our id name it by the carrier's as well, as soon as that is known. */
export interface CallNames {
  learn(callId: string, sid: string): void;
  /** The fields of a line, with `callSid` where they name a call whose name is known here. */
  complete(fields: Record<string, unknown>): Record<string, unknown>;
}

/** Long after its end a call may still be spoken of; past this many the oldest are forgotten. */
const most = 20_000;

export function createCallNames(): CallNames {
  const sids = new LRUCache<string, string>({ max: most });
  return {
    learn: (callId, sid) => void sids.set(callId, sid),
    complete(fields) {
      const { attemptId, callSid } = fields;
      if (typeof attemptId !== 'string' || (callSid !== undefined && callSid !== null)) return fields;
      const sid = sids.get(attemptId);
      return sid === undefined ? fields : { ...fields, callSid: sid };
    },
  };
}
