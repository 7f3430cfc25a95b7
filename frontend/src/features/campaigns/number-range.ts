import { campaignsText } from '../../strings/campaigns.ts';
import { typedNumber } from './pace-fields.ts';

const words = campaignsText.wizard;

/** Checks that a number is typed, between two others; the sentence says which. */
export const within =
  (least: number, most: number, { empty = false, whole = false } = {}) =>
  (typed: string) => {
    if (empty && typed.trim() === '') return true;
    const value = typedNumber(typed);
    return (value >= least && value <= most && (!whole || Number.isInteger(value))) || words.between(least, most);
  };
