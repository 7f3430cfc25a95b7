import type { PhoneCommandName } from './phone-protocol.ts';

/** `ringing` is somebody else's call to this phone, `calling` our own that was not answered yet. */
export type PhoneState = 'idle' | 'waiting' | 'ringing' | 'calling' | 'talking';

/** What may be asked of the phone in each state; the rest is refused. */
const allowed: Record<PhoneState, readonly PhoneCommandName[]> = {
  idle: ['wait', 'call'],
  waiting: ['stop-waiting'],
  ringing: ['answer', 'decline', 'hang-up'],
  calling: ['hang-up'],
  talking: ['press', 'hang-up'],
};

const why: Record<PhoneState, string> = {
  idle: 'There is no call at this phone.',
  waiting: 'The phone waits for a call; stop waiting first.',
  ringing: 'The phone rings; answer or decline first.',
  calling: 'The call was not answered yet.',
  talking: 'The phone is on a call; hang up first.',
};

/** A sentence for whoever asked for what does not go now; undefined when it does. */
export const commandProblem = (state: PhoneState, command: PhoneCommandName): string | undefined =>
  allowed[state].includes(command) ? undefined : why[state];

/** Whether somebody would be cut off if the phone were taken away. */
export const isOnCall = (state: PhoneState): boolean => state !== 'idle' && state !== 'waiting';
