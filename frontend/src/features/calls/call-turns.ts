import type { Turn } from './api/calls.ts';

/** The place of the turn that is spoken at this moment of the call; the one before in a pause, null before the first. */
export function turnAt(turns: readonly Pick<Turn, 'startMs'>[], ms: number): number | null {
  const place = turns.findLastIndex(turn => turn.startMs <= ms + 250);
  return place === -1 ? null : place;
}

/** The places of the turns that say this. */
export function turnsSaying(turns: readonly Pick<Turn, 'text'>[], search: string): number[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return [];
  return turns.flatMap((turn, place) => (turn.text.toLowerCase().includes(wanted) ? [place] : []));
}
