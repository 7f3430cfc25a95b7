import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';

export interface FollowUpOptions {
  /** How long the vendor's report is waited for before it is fetched. */
  readonly reportAfterMs: number;
  readonly now: () => Date;
}

/** What an ended call still waits for, as fields that are written with its outcome: a crash after that loses nothing of it. */
export const createFollowUps =
  ({ reportAfterMs, now }: FollowUpOptions) =>
  (call: Stored<Call>): Partial<Call> => ({
    // Without a stream no agent ever spoke.
    ...(call.streams > 0 && call.engine !== null && call.reportDueAt === null
      ? { reportDueAt: new Date(now().getTime() + reportAfterMs) }
      : {}),
  });
