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
