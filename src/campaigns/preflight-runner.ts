import { within } from '../within.ts';
import { type Finding, warn } from './preflight.types.ts';

/** One thing to look at: it asks whom it must, and says what it found. */
export interface Check {
  readonly name: string;
  look(signal: AbortSignal): Promise<readonly Finding[]> | readonly Finding[];
}

/** A far end that takes longer would fail calls as well, which people notice; the check only says that it could not tell. */
export const checkTimeLimitMs = 5_000;

/** All of them side by side, each with a time limit of its own; what could not be checked is a warning and never an "ok". */
export async function runChecks(
  checks: readonly Check[],
  onFailure: (check: string, error: unknown) => void,
  timeLimitMs: number = checkTimeLimitMs,
): Promise<Finding[]> {
  return (await Promise.all(checks.map(check => looked(check, onFailure, timeLimitMs)))).flat();
}

async function looked(
  { name, look }: Check,
  onFailure: (check: string, error: unknown) => void,
  timeLimitMs: number,
): Promise<readonly Finding[]> {
  const control = new AbortController();
  const tooSlow = () => {
    control.abort();
    return [
      warn(
        name,
        `This could not be checked within ${timeLimitMs / 1_000} s.`,
        'Try again; if it stays, look at the log.',
      ),
    ];
  };
  try {
    return await within(timeLimitMs, () => look(control.signal), tooSlow);
  } catch (error) {
    onFailure(name, error);
    return [warn(name, 'This could not be checked.', 'Try again; the log says why.')];
  }
}
