import { Type } from 'typebox';
import type { Tool } from './tool-registry.ts';

const inZone = (at: Date, timeZone: string) => ({
  date: new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at),
  weekday: new Intl.DateTimeFormat('en', { timeZone, weekday: 'long' }).format(at),
  time: new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(at),
});

/** What an agent cannot know by itself: which call this is, how long it lasts, and what day and time it is. */
export const callInfoTool = (now: () => Date): Tool => ({
  name: 'get_call_info',
  parameters: Type.Object(
    { timeZone: Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_+/-]{1,63}$' })) },
    { additionalProperties: false },
  ),
  timeLimitMs: 1_000,
  run({ timeZone }, { direction, to, from, answeredAt }) {
    const at = now();
    const zone = typeof timeZone === 'string' && isZone(timeZone) ? timeZone : 'UTC';
    return {
      direction,
      callerNumber: direction === 'inbound' ? from : to,
      secondsSoFar: Math.max(0, Math.round((at.getTime() - answeredAt.getTime()) / 1000)),
      now: { ...inZone(at, zone), timeZone: zone },
    };
  },
});

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
