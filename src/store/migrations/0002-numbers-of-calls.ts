import type { Migration } from '../migration.ts';

/** Calls are found by the last digits of their numbers: those of before get the digits from the last to the first, as new ones do. */
export const numbersOfCalls: Migration = {
  number: 2,
  name: 'numbers-of-calls',
  up: async ({ backfill }) => {
    await backfill('numbers', {
      collection: 'calls',
      filter: { numbers: { $exists: false } },
      change: ({ to, from }) => ({ $set: { numbers: [to, from].filter(isNumber).map(backwards) } }),
    });
  },
};

// An erased call has a hash in a number's place, and is not to be found by it.
const isNumber = (party: unknown): party is string => typeof party === 'string' && party.startsWith('+');
const backwards = (phone: string): string => [...phone.slice(1)].reverse().join('');
