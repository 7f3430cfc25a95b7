import type { LiveTurn } from '../../../../src/live/live-contract.ts';

/** What of a turn reached the ear, and what was cut off or is still on its way. */
export function partsOf({ text: all, heardText }: Pick<LiveTurn, 'text' | 'heardText'>): {
  heard: string;
  unheard: string;
} {
  if (heardText === undefined) return { heard: all, unheard: '' };
  if (all.startsWith(heardText)) return { heard: heardText, unheard: all.slice(heardText.length) };
  // The vendor may word what was heard anew.
  return { heard: heardText, unheard: '' };
}
