/**
 * How often a page looks again at what seems at rest. Others change things too, and what follows an end comes after it: no page that
 * stays open may be wrong for longer than this.
 */
export const restMs = 30_000;
