import type { CampaignContact } from './campaign-contact-document.ts';

/** What one person adds to the counters of their campaign, by the counters' paths. */
export type PersonCount = readonly (readonly [path: string, count: number])[];

/** Somebody who was taken out counts for nothing. */
export function countOf(person: Pick<CampaignContact, 'state' | 'outcomes' | 'variant'>): PersonCount {
  if (person.state === 'removed') return [];
  const counts: [string, number][] = [
    ['total', 1],
    [`state.${person.state}`, 1],
  ];
  const byOutcome = new Map<string, number>();
  for (const outcome of person.outcomes) byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1);
  for (const [outcome, count] of byOutcome) counts.push([`outcome.${nameOf(outcome)}`, count]);
  const { variant } = person;
  return variant === null
    ? counts
    : [...counts, ...counts.map(([path, count]) => [`variants.${variant}.${path}`, count] as const)];
}

/** An outcome as part of a path. */
const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 40) || 'none';

/** Sums of changes, without those that come to nothing. */
export function sumOf(changes: Iterable<readonly [PersonCount, 1 | -1]>): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [counts, sign] of changes)
    for (const [path, count] of counts) sums.set(path, (sums.get(path) ?? 0) + sign * count);
  return Object.fromEntries([...sums].filter(([, count]) => count !== 0));
}

export interface Counters {
  readonly total: number;
  readonly waiting: number;
  readonly dialing: number;
  readonly inCall: number;
  readonly done: number;
  readonly blocked: number;
  readonly byOutcome: Readonly<Record<string, number>>;
}

type Tree = Readonly<Record<string, unknown>>;

const branch = (tree: Tree, name: string): Tree => (tree[name] ?? {}) as Tree;
const leaf = (tree: Tree, name: string): number => (typeof tree[name] === 'number' ? (tree[name] as number) : 0);

/** Counters as they are stored, in the form of the API. */
export function countersOf(stored: Tree): Counters {
  const states = branch(stored, 'state');
  const outcomes = Object.entries(branch(stored, 'outcome')).filter(([, count]) => count !== 0);
  return {
    total: leaf(stored, 'total'),
    waiting: leaf(states, 'waiting'),
    dialing: leaf(states, 'dialing'),
    inCall: leaf(states, 'in-call'),
    done: leaf(states, 'done'),
    blocked: leaf(states, 'blocked'),
    byOutcome: Object.fromEntries(outcomes) as Record<string, number>,
  };
}

export const variantCounters = (stored: Tree): Record<string, Counters> =>
  Object.fromEntries(
    Object.entries(branch(stored, 'variants')).map(([name, tree]) => [name, countersOf(tree as Tree)]),
  );

/** Stored counters as paths, to compare two of them. */
export function flat(tree: Tree, prefix = ''): Record<string, number> {
  return Object.assign(
    {},
    ...Object.entries(tree).map(([name, value]) =>
      typeof value === 'number'
        ? value === 0
          ? {}
          : { [`${prefix}${name}`]: value }
        : flat((value ?? {}) as Tree, `${prefix}${name}.`),
    ),
  );
}
