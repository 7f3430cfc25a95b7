import { contactsText } from '../../strings/contacts.ts';
import type { Membership } from './api/contacts.ts';

const words = contactsText.person;

/** Why somebody of a campaign is not being called in this moment, as a sentence; null where nothing keeps them from it. */
export function whyNotNow({ campaign, person }: Membership): string | null {
  if (person.state === 'dialing' || person.state === 'in-call' || person.state === 'done') return null;
  // What was found out about the person counts more than that of a campaign that could be started.
  const told = person.verdict?.message ?? null;
  if (person.state === 'blocked') return told;
  if (campaign.state !== 'running') return words.notRunning(words.campaignStates[campaign.state] ?? campaign.state);
  return told;
}
