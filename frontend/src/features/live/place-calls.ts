/** What stands at each place of the wall; null where a call went and no other came yet. */
export type Slots = readonly (string | null)[];

export interface Placed {
  readonly slots: Slots;
  /** Changes that wait until the wall is let go of. */
  readonly waiting: number;
}

/** More holes than this share, and the wall closes up. */
const mostHoles = 1 / 4;

/**
 * Gives every call a place without moving one that has its own. A call that went leaves a hole, the next new call takes it. While the
 * wall is held nothing comes and nothing closes up; `ids` come in the order in which new ones are placed. Holes close only where
 * `mayClose`: neither pointer nor focus is inside.
 */
export function placeCalls(slots: Slots, ids: readonly string[], held: boolean, mayClose = !held): Placed {
  const wanted = new Set(ids);
  const kept = slots.map(id => (id !== null && wanted.has(id) ? id : null));
  const placed = new Set(kept);
  const fresh = ids.filter(id => !placed.has(id));
  if (held) return { slots: same(slots, kept), waiting: fresh.length };
  for (const id of fresh) {
    const hole = kept.indexOf(null);
    if (hole === -1) kept.push(id);
    else kept[hole] = id;
  }
  while (kept.length > 0 && kept.at(-1) === null) kept.pop();
  const holes = kept.filter(id => id === null).length;
  const closes = mayClose && holes > kept.length * mostHoles;
  return { slots: same(slots, closes ? kept.filter(id => id !== null) : kept), waiting: 0 };
}

/** The very same list when nothing changed, so that nothing is painted again. */
const same = (before: Slots, after: Slots): Slots =>
  before.length === after.length && before.every((id, at) => id === after[at]) ? before : after;

/** Which of the rows of equal height are to be painted, with some beyond what is seen. */
export function visibleRows(
  count: number,
  rowHeight: number,
  seen: { readonly top: number; readonly height: number },
  beyond = 3,
): { first: number; last: number } {
  const first = Math.max(0, Math.floor(seen.top / rowHeight) - beyond);
  const last = Math.min(count - 1, Math.ceil((seen.top + seen.height) / rowHeight) + beyond);
  return { first, last: Math.max(first - 1, last) };
}
