import { ApiError } from '../../lib/api-error.ts';
import { formatWait } from '../../lib/format.ts';
import { text } from '../../strings/en.ts';

/** One sentence for a refused sign-in; it never says which of the two fields was wrong. */
export function describeSignInError(error: unknown): string {
  if (!(error instanceof ApiError) || error.unreachable) return text.signIn.noAnswer;
  if (error.status === 429) return text.signIn.tooMany(formatWait(error.retryAfterSeconds ?? 60));
  if (error.status === 401 || error.status === 400 || error.status === 422) return text.signIn.mismatch;
  if (error.code === 'ORIGIN_REFUSED') return text.signIn.foreignOrigin;
  return text.signIn.failed;
}
