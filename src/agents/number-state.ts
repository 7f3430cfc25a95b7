import type { NumberAddresses } from '../telephony/carrier-contract.ts';

/** Where a number points at the carrier, compared with where it should. */
export interface NumberState {
  readonly at: NumberAddresses;
  /** What stands between the number and those addresses, as the carrier's door words it. */
  readonly obstacle: string | null;
  /** Where it has to point for calls to reach us. */
  readonly wanted: NumberAddresses;
  /** Where we pointed it last; null when we never did. */
  readonly pointedAt: NumberAddresses | null;
  /** Whether an agent or a text is to answer it. */
  readonly answered: boolean;
}

export interface NumberVerdict {
  readonly connected: boolean;
  readonly problem: string | null;
}

const names = { voiceUrl: 'voice address', fallbackUrl: 'fallback address', statusCallback: 'status address' } as const;
const fields = Object.keys(names) as (keyof NumberAddresses)[];

/** Whether calls to a number reach us, and if not although they should, why and what to do. */
export function judgeNumber({ at, obstacle, wanted, pointedAt, answered }: NumberState): NumberVerdict {
  const expected = pointedAt !== null || answered;
  if (obstacle !== null) {
    return {
      connected: false,
      problem: expected ? `Calls to it do not reach us: ${obstacle}. Connect it again.` : null,
    };
  }
  const wrong = fields.filter(field => !sameAddress(at[field], wanted[field]));
  if (wrong.length === 0) return { connected: true, problem: null };
  if (pointedAt === null) {
    return { connected: false, problem: answered ? 'Calls to it do not reach us yet: connect it.' : null };
  }
  const moved = fields.filter(field => !sameAddress(at[field], pointedAt[field]));
  if (moved.length === 0) {
    return { connected: false, problem: 'SERVER_URL was changed since the number was connected: connect it again.' };
  }
  const told = moved.map(field => `its ${names[field]} is now ${shownAddress(at[field]) || 'empty'}`).join(', ');
  return {
    connected: false,
    problem: `Somebody changed it at the carrier: ${told}. Connect it again, or take its agent away.`,
  };
}

export const sameAddresses = (one: NumberAddresses, other: NumberAddresses): boolean =>
  fields.every(field => sameAddress(one[field], other[field]));

/** The same address to whoever calls it: the fragment only tells the carrier how often to try. */
function sameAddress(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

function canonical(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.hash = '';
  return url.href;
}

/** An address for people to read: without query and credentials, which may be secrets of somebody else's system. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address.slice(0, 200);
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`.slice(0, 300);
}

/** Addresses as the audit log keeps them. */
export const auditForm = ({ voiceUrl, fallbackUrl, statusCallback }: NumberAddresses): Record<string, unknown> => ({
  voiceUrl: shownAddress(voiceUrl),
  fallbackUrl: shownAddress(fallbackUrl),
  statusCallback: shownAddress(statusCallback),
});
