import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { outcomeWord } from '../../../components/outcome-mark.tsx';
import type { Column } from '../../../components/record-table.tsx';
import { When } from '../../../components/when.tsx';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type CampaignPerson, type CampaignState, isOver, moving } from '../api/campaigns.ts';
import { timeThere, whyNotNow } from '../why-not-now.ts';

const words = campaignsText.queue;

export const personColumn: Column<CampaignPerson> = {
  header: words.columns.person,
  phone: 'lead',
  cell: ({ contactId, name, phone }) => (
    <Link
      to="/contacts/$contactId"
      params={{ contactId }}
      className="inline-flex min-h-6 items-center whitespace-nowrap text-accent hover:underline"
    >
      {name ?? spacedNumber(phone)}
    </Link>
  ),
};

export const numberColumn: Column<CampaignPerson> = {
  header: words.columns.number,
  cell: ({ name, phone }) => (name === null ? null : <span className="whitespace-nowrap">{spacedNumber(phone)}</span>),
};

export const whyColumn = (campaign: CampaignState): Column<CampaignPerson> => ({
  header: words.columns.why,
  cell: person => (
    <span className="block max-w-[60ch] break-words tablet:min-w-56 tablet:py-1">
      {whyNotNow(person, campaign, Date.now(), outcomeWord)}
    </span>
  ),
});

/** When they are called next, by the viewer's clock and, where it differs, by theirs. */
export function nextCall(person: CampaignPerson, campaign: CampaignState): ReactNode {
  const next = person.bookedFor ?? person.dueAt;
  if (person.state !== 'waiting' || next === null || isOver(campaign)) return null;
  // A time that is over says nothing of when: they are called when it is their turn.
  if (Date.parse(next) <= Date.now()) return moving.includes(campaign) ? words.inTurn : null;
  const there = timeThere(Date.parse(next), person.verdict?.zone ?? null);
  return (
    <span className="whitespace-nowrap">
      <When value={next} />
      {there && <span className="text-text-2"> · {there}</span>}
    </span>
  );
}
