import type { CampaignContact } from './campaign-contact-document.ts';
import type { Campaign } from './campaign-document.ts';

/** Why somebody is not being called at this moment, and when they will be. */
export interface PersonStanding {
  /** One sentence for people. */
  readonly why: string;
  /** Null when nobody can tell, or it will not happen. */
  readonly nextAt: Date | null;
}

type Person = Pick<CampaignContact, 'state' | 'dueAt' | 'bookedFor' | 'attempts' | 'lastOutcome' | 'verdict'>;

const halted: Readonly<Record<string, string>> = {
  idle: 'The campaign was not started.',
  starting: 'The campaign is being started.',
  pausing: 'The campaign is being paused.',
  paused: 'The campaign is paused.',
  resuming: 'The campaign is being resumed.',
  completed: 'The campaign is complete.',
  stopped: 'The campaign was stopped for good.',
  error: 'The campaign was stopped by an error.',
};

/** Where somebody stands in a campaign; what is final goes before what only holds them up. */
export function personStanding(campaign: Pick<Campaign, 'state' | 'cause'>, person: Person, now: Date): PersonStanding {
  const { state, lastOutcome, verdict } = person;
  const refusal = typeof verdict?.['message'] === 'string' ? verdict['message'] : null;
  const ends = (why: string): PersonStanding => ({ why, nextAt: null });
  if (state === 'dialing' || state === 'in-call') return { why: 'They are being called.', nextAt: now };
  if (state === 'removed') return ends('They were taken out of the campaign.');
  if (state === 'done')
    return ends(lastOutcome ? `They were called; it ended as ${lastOutcome}.` : 'They were called.');
  if (state === 'blocked')
    return ends(
      refusal ?? `They are not called any more${lastOutcome ? `: the last call ended as ${lastOutcome}` : ''}.`,
    );
  const holdUp = halted[campaign.state];
  if (holdUp !== undefined) return ends(campaign.cause ? `${holdUp} ${campaign.cause.message}` : holdUp);
  return waiting(person, refusal, now);
}

function waiting(
  { dueAt, bookedFor, attempts, lastOutcome }: Person,
  refusal: string | null,
  now: Date,
): PersonStanding {
  const nextAt = dueAt > now ? dueAt : now;
  if (dueAt <= now) return { why: 'They are due and are called when it is their turn.', nextAt };
  if (bookedFor && bookedFor.getTime() === dueAt.getTime()) return { why: 'They asked to be called then.', nextAt };
  if (refusal !== null) return { why: refusal, nextAt };
  if (attempts > 0 && lastOutcome)
    return { why: `The last call ended as ${lastOutcome}; the next attempt is due then.`, nextAt };
  return { why: 'They are not due before then.', nextAt };
}
