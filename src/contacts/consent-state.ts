/** Proof of consent outlives the person it is about this long: that is how late somebody may still ask for it. */
export const evidenceKeptYears = 5;

export const consentKinds = ['express', 'express-written'] as const;
export type ConsentKind = (typeof consentKinds)[number];

/** A consent that stands: what kind, since when, and where the proof is. */
export interface Consent {
  readonly kind: ConsentKind;
  readonly at: Date;
  readonly source: string;
  /** The exact words that were agreed to. */
  readonly text?: string;
}

/** When and how somebody took a consent back. */
export interface ConsentWithdrawal {
  readonly at: Date;
  readonly source: string;
  readonly text?: string;
}

/** One entry of a person's history. Entries are only added: giving and withdrawing are both events, and neither replaces the other. */
export interface ConsentEvent {
  readonly event: 'given' | 'withdrawn';
  /** Null for a withdrawal, which takes back every kind. */
  readonly kind: ConsentKind | null;
  readonly at: Date;
  readonly source: string;
  readonly text: string | null;
  /** The user, key or import that wrote it down. */
  readonly by: string;
  readonly recordedAt: Date;
}

export interface ConsentStanding {
  readonly consent: Consent | null;
  /** Set while the last word was a withdrawal. */
  readonly consentWithdrawn: ConsentWithdrawal | null;
}

const strength: Record<ConsentKind, number> = { express: 1, 'express-written': 2 };

/**
 * What a history amounts to: only what was given after the last withdrawal counts (at the same moment, the withdrawal wins); of that
 * the stronger kind, and of one kind the newer.
 */
export function consentStanding(history: readonly ConsentEvent[]): ConsentStanding {
  const withdrawn = lastWithdrawal(history);
  const [best] = consentsSince(history, withdrawn);
  if (best) return { consent: { kind: best.kind, ...proofOf(best) }, consentWithdrawn: null };
  return { consent: null, consentWithdrawn: withdrawn && proofOf(withdrawn) };
}

/** All that was given after the last withdrawal, best first: where the best is too old, another one may still hold. */
export const standingConsents = (history: readonly ConsentEvent[]): Consent[] =>
  consentsSince(history, lastWithdrawal(history)).map(each => ({ kind: each.kind, ...proofOf(each) }));

function lastWithdrawal(history: readonly ConsentEvent[]): ConsentEvent | null {
  let withdrawn: ConsentEvent | null = null;
  for (const event of history) {
    if (event.event === 'withdrawn' && (!withdrawn || event.at >= withdrawn.at)) withdrawn = event;
  }
  return withdrawn;
}

type Given = ConsentEvent & { readonly kind: ConsentKind };

const consentsSince = (history: readonly ConsentEvent[], withdrawn: ConsentEvent | null): Given[] =>
  history
    .filter((event): event is Given => event.event === 'given' && event.kind !== null)
    .filter(({ at }) => !withdrawn || at > withdrawn.at)
    .sort((left, right) => (outweighs(left, right) ? -1 : 1));

const outweighs = (left: { kind: ConsentKind; at: Date }, right: { kind: ConsentKind; at: Date }): boolean =>
  strength[left.kind] === strength[right.kind] ? left.at > right.at : strength[left.kind] > strength[right.kind];

const proofOf = ({ at, source, text }: ConsentEvent): ConsentWithdrawal => ({
  at,
  source,
  ...(text === null ? {} : { text }),
});

/** Both histories as one, oldest first; the same event told twice (a file imported again) is one event. */
export function joinHistories(known: readonly ConsentEvent[], added: readonly ConsentEvent[]): readonly ConsentEvent[] {
  const fresh = added.filter((event, index) => ![...known, ...added.slice(0, index)].some(each => isSame(each, event)));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].sort((left, right) => left.at.getTime() - right.at.getTime());
}

const isSame = (left: ConsentEvent, right: ConsentEvent): boolean =>
  left.event === right.event &&
  left.kind === right.kind &&
  left.at.getTime() === right.at.getTime() &&
  left.source === right.source &&
  left.text === right.text;
