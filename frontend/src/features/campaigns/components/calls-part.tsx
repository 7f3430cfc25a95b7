import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CallList } from '../../../components/call-list.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import type { Column } from '../../../components/record-table.tsx';
import { shownNumber } from '../../../lib/call-person.ts';
import { formatCount } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type CampaignCall, campaignCallsQuery } from '../api/campaign-calls.ts';
import { type Campaign, moving } from '../api/campaigns.ts';

const words = campaignsText.callsPart;

const besides: Column<CampaignCall>[] = [
  { header: words.person, cell: call => call.contactName ?? shownNumber(call) },
  { header: words.try, align: 'right', cell: ({ attempt }) => attempt && formatCount(attempt) },
];

/** Every call of a campaign, newest first. */
export function CallsPart({ campaign: { id, state } }: { campaign: Campaign }) {
  const query = useInfiniteQuery(campaignCallsQuery(id, moving.includes(state)));
  return (
    <>
      <p className="px-3 py-2 tablet:px-4">
        <Link
          to="/calls"
          search={{ campaign: id }}
          className="inline-flex min-h-6 items-center text-accent text-table hover:underline"
        >
          {words.all}
        </Link>
      </p>
      <PagedList
        query={query}
        failed={words.failed}
        empty={<EmptyPart what={words.empty} how={words.emptyHow} />}
        end={words.end}
      >
        {rows => <CallList label={words.label} rows={rows} besides={besides} />}
      </PagedList>
    </>
  );
}
