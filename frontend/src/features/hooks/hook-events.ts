import type { HookEvent } from './api/hooks.ts';

/** What somebody can be told of, in the order of a call. */
export const hookEvents = ['call.ended', 'transcript.ready', 'recording.ready'] as const satisfies HookEvent[];
