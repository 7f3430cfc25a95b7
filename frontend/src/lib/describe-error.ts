import { text } from '../strings/en.ts';
import { ApiError } from './api-error.ts';
import { formatWait } from './format.ts';

export type Described = {
  meaning: string;
  remedy: string;
  requestId?: string | undefined;
  detail?: string | undefined;
};

/** What an error means for the reader and what to do about it; what happened is said by whoever asked. */
export function describeError(error: unknown): Described {
  if (!(error instanceof ApiError)) {
    return { ...text.errors.server, detail: error instanceof Error ? error.message : String(error) };
  }
  const { requestId } = error;
  if (error.unreachable) return text.errors.noAnswer;
  if (error.status === 401) return { ...text.errors.signedOut, requestId };
  if (error.status === 403) return { ...text.errors.forbidden, requestId };
  if (error.status === 404) return { ...text.errors.gone, requestId };
  if (error.status === 429) return { ...text.errors.tooMany(formatWait(error.retryAfterSeconds ?? 60)), requestId };
  // What the server cannot do for now it says itself, with what helps.
  if (error.status === 503 && !error.code.startsWith('HTTP_'))
    return { meaning: sentence(error.message), ...text.errors.unavailable, requestId };
  if (error.status >= 500) return { ...text.errors.server, requestId };
  return { meaning: sentence(error.message), ...text.errors.other, requestId };
}

const sentence = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`);
