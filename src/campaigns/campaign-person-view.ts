import type { Stored } from '../store/schema.ts';
import type { CampaignContact } from './campaign-contact-document.ts';

export type PersonView = Readonly<Record<string, unknown>> & { readonly id: string; readonly phone: string };

/** Somebody of a campaign as the API shows them. */
export function personView(entry: Stored<CampaignContact>): PersonView {
  const { verdict, bookedFor } = entry;
  return {
    id: entry._id.toHexString(),
    contactId: entry.contactId.toHexString(),
    phone: entry.phone,
    state: entry.state,
    attempts: entry.attempts,
    priority: entry.priority,
    dueAt: entry.state === 'waiting' ? entry.dueAt.toISOString() : null,
    bookedFor: bookedFor?.toISOString() ?? null,
    variant: entry.variant,
    callId: entry.callId?.toHexString() ?? null,
    outcomes: entry.outcomes,
    lastOutcome: entry.lastOutcome,
    verdict: verdict && shownVerdict(verdict),
    addedAt: entry.createdAt.toISOString(),
  };
}

/** A verdict in the form of the API, whatever else was kept with it. */
function shownVerdict(verdict: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { code, message, permanent, dueAt, at, zone } = verdict;
  const time = (value: unknown) => (value instanceof Date ? value.toISOString() : (value ?? null));
  return {
    code: code ?? null,
    message: message ?? null,
    permanent: permanent === true,
    dueAt: time(dueAt),
    at: time(at),
    zone: zone ?? null,
  };
}
