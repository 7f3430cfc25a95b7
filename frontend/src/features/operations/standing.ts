import type { RepairReport, Standing } from './api/operations.ts';

const begun: readonly Standing['state'][] = ['starting', 'running', 'pausing', 'paused', 'resuming', 'error'];

/** What stopping every campaign would mean: which have begun, who is on the line, who would not be called. */
export function stopAllFacts(campaigns: readonly Standing[]): { campaigns: number; live: number; left: number } {
  const open = campaigns.filter(({ state }) => begun.includes(state));
  return {
    campaigns: open.length,
    live: sum(open.map(({ people }) => people['in-call'] + people.dialing)),
    left: sum(open.map(({ people }) => people.waiting)),
  };
}

/** Whether a campaign says of itself what is so. */
export const isRight = ({ completes, places, reservations, counters }: RepairReport): boolean =>
  !completes && places === 0 && reservations === 0 && counters.length === 0;

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
