import type { RetryRules } from './campaign-document.ts';

/** For campaigns that say nothing: few attempts, spread over hours and days. */
export const defaultRetry: RetryRules = {
  maxAttempts: 4,
  afterMinutes: {
    busy: [30, 120, 24 * 60],
    'no-answer': [4 * 60, 24 * 60],
    voicemail: [24 * 60, 48 * 60],
    failed: [60, 24 * 60],
  },
};

/** Outcomes after which another attempt makes sense although no rule names them: nobody was reached. */
const otherwiseMinutes: Readonly<Record<string, readonly number[]>> = {
  ...defaultRetry.afterMinutes,
  canceled: [4 * 60],
  // Whoever heard silence is not called at once again.
  abandoned: [72 * 60],
};

/** What follows an attempt. */
export type NextAttempt =
  | { readonly kind: 'again'; readonly dueAt: Date }
  | { readonly kind: 'done' }
  /** They want no more calls. */
  | { readonly kind: 'blocked'; readonly code: 'SUPPRESSED'; readonly message: string };

/**
 * When, and whether, a person is tried again after the last of these outcomes (oldest first): as often as the campaign says, each outcome
 * on its own schedule, the last entry of which repeats. A message that was left is the end, unless the campaign names it.
 */
export function nextAttempt(rules: RetryRules | null, outcomes: readonly string[], now: Date): NextAttempt {
  const { maxAttempts, afterMinutes } = rules ?? defaultRetry;
  const last = outcomes.at(-1);
  if (last === undefined) return { kind: 'again', dueAt: now };
  if (last === 'opt-out')
    return { kind: 'blocked', code: 'SUPPRESSED', message: 'They asked during the call not to be called any more.' };
  // Whoever talked to us, and a number that does not exist, are not tried again whatever the rules say.
  if (last === 'conversation' || last === 'invalid-number' || outcomes.length >= maxAttempts) return { kind: 'done' };
  const schedule = afterMinutes[last] ?? otherwiseMinutes[last];
  if (!schedule?.length) return { kind: 'done' };
  const times = outcomes.filter(each => each === last).length;
  const minutes = schedule[Math.min(times, schedule.length) - 1]!;
  return { kind: 'again', dueAt: new Date(now.getTime() + minutes * 60_000) };
}
