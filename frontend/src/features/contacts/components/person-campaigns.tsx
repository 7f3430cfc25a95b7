import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Band } from '../../../components/band.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { outcomeWord } from '../../../components/outcome-mark.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { contactsText } from '../../../strings/contacts.ts';
import { type Membership, membershipsQuery } from '../api/contacts.ts';
import { whyNotNow } from '../why-not-now.ts';

const words = contactsText.person;

const marks: Record<Membership['person']['state'], StateKind> = {
  waiting: 'idle',
  dialing: 'ringing',
  'in-call': 'running',
  done: 'passed',
  blocked: 'blocked',
};

const columns: Column<Membership>[] = [
  {
    header: words.campaignColumns.campaign,
    phone: 'lead',
    cell: ({ campaign }) => (
      <Link to="/campaigns/$id" params={{ id: campaign.id }} className="font-medium text-accent hover:underline">
        {campaign.name}
      </Link>
    ),
  },
  {
    header: words.campaignColumns.state,
    cell: ({ person }) => <StateMark kind={marks[person.state] ?? 'idle'}>{words.states[person.state]}</StateMark>,
  },
  {
    header: words.campaignColumns.tries,
    align: 'right',
    cell: ({ person }) =>
      person.lastOutcome ? `${person.attempts} · ${outcomeWord(person.lastOutcome)}` : String(person.attempts),
  },
  {
    header: words.campaignColumns.next,
    cell: ({ person, campaign }) => {
      const next = person.bookedFor ?? person.verdict?.dueAt ?? person.dueAt;
      return campaign.state === 'running' && next && person.state === 'waiting' ? <When value={next} /> : null;
    },
  },
  {
    header: words.campaignColumns.why,
    cell: membership => <span className="break-words">{whyNotNow(membership)}</span>,
  },
];

/** The campaigns somebody is in: where they stand, when they are called next, and why not now. */
export function PersonCampaigns({ contactId }: { contactId: string }) {
  const query = useQuery(membershipsQuery(contactId));
  return (
    <Band title={words.campaigns} body={words.campaignsBody}>
      {query.isError && (
        <ErrorPart what={words.campaignsFailed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={2} rowClass="h-8" />}
      {query.data?.length === 0 && (
        <p className="text-text-2">
          {words.noCampaigns} {words.noCampaignsHow}
        </p>
      )}
      {query.data && query.data.length > 0 && (
        <RecordTable
          flush
          label={words.campaigns}
          columns={columns}
          rows={query.data}
          rowKey={({ campaign }) => campaign.id}
          quiet={({ person }) => person.state === 'done'}
        />
      )}
    </Band>
  );
}
