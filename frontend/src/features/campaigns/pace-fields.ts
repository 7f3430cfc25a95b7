import { campaignsText } from '../../strings/campaigns.ts';

/** What is typed into the fields of the pace. */
export interface PaceFields {
  readonly callsPerSecond: string;
  readonly maxConcurrent: string;
}

/** A number as people type it, with a comma or a point; NaN where it is none. */
export const typedNumber = (typed: string): number =>
  /^\s*\d+([.,]\d+)?\s*$/.test(typed) ? Number(typed.replace(',', '.')) : Number.NaN;

/** What is wrong with each field, by the server's own limits. */
export function paceProblems({ callsPerSecond, maxConcurrent }: PaceFields): Partial<Record<keyof PaceFields, string>> {
  const rate = typedNumber(callsPerSecond);
  const calls = typedNumber(maxConcurrent);
  return {
    ...(rate >= 0.001 && rate <= 100 ? {} : { callsPerSecond: campaignsText.paceForm.perSecondWrong }),
    ...(Number.isInteger(calls) && calls >= 1 && calls <= 10_000
      ? {}
      : { maxConcurrent: campaignsText.paceForm.atOnceWrong }),
  };
}

const rates = [0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100];
const atOnce = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/** The next step of a dial from what is typed there; what cannot be read goes to the first step. */
export function stepped(field: keyof PaceFields, typed: string, up: boolean): string {
  const steps = field === 'callsPerSecond' ? rates : atOnce;
  const value = typedNumber(typed);
  const next = up ? steps.find(each => !(each <= value)) : steps.findLast(each => each < value);
  return String(next ?? (up ? steps.at(-1) : steps[0]));
}

/** For how many seconds those who wait are dialled at this pace, each once and without a break; null where that cannot be said. */
export function secondsFor(waiting: number, { callsPerSecond }: Pick<PaceFields, 'callsPerSecond'>): number | null {
  const seconds = waiting / typedNumber(callsPerSecond);
  return waiting > 0 && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
