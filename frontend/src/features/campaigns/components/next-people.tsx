import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ErrorPart } from '../../../components/error-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { formatCount } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Campaign, type CampaignPerson, nextPeopleQuery } from '../api/campaigns.ts';
import { nextCall, numberColumn, personColumn, whyColumn } from './queue-columns.tsx';

const words = campaignsText.next;

/** The next few people of a campaign to be called, and why each is not called at this moment. */
export function NextPeople({ campaign: { id, state } }: { campaign: Campaign }) {
  const query = useQuery(nextPeopleQuery(id, state));
  const columns: Column<CampaignPerson>[] = [
    personColumn,
    numberColumn,
    { header: words.when, cell: person => nextCall(person, state) },
    { header: words.try, align: 'right', cell: ({ attempts }) => formatCount(attempts + 1) },
    whyColumn(state),
  ];
  const people = query.data ?? [];
  if (people.length === 0 && !query.isError) return null;
  return (
    <section className="border-y bg-surface">
      <div className="flex items-baseline gap-4 px-3 pt-4 pb-1 tablet:px-4">
        <h2 className="flex-1 font-semibold text-section">{words.title}</h2>
        <Link
          to="/campaigns/$id"
          params={{ id }}
          search={{ tab: 'queue', state: 'waiting' }}
          className="inline-flex min-h-6 items-center text-accent text-table hover:underline"
        >
          {words.all}
        </Link>
      </div>
      {query.isError && (
        <div className="px-3 py-2 tablet:px-4">
          <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {people.length > 0 && (
        <RecordTable label={words.title} columns={columns} rows={people} rowKey={each => each.id} />
      )}
    </section>
  );
}
