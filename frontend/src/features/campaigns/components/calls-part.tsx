import { Link } from '@tanstack/react-router';
import { CallsOf } from '../../../components/calls-of.tsx';
import type { Column } from '../../../components/record-table.tsx';
import { shownNumber } from '../../../lib/call-person.ts';
import type { CallOf } from '../../../lib/calls-of.ts';
import { formatCount } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Campaign, moving } from '../api/campaigns.ts';

const words = campaignsText.callsPart;

const besides: Column<CallOf>[] = [
  { header: words.person, cell: call => call.contactName ?? shownNumber(call) },
  { header: words.try, align: 'right', cell: ({ attempt }) => attempt && formatCount(attempt) },
];

/** Every call of a campaign, newest first. */
export function CallsPart({ campaign: { id, state } }: { campaign: Campaign }) {
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
      <CallsOf filter={{ campaignId: id }} follow={moving.includes(state)} words={words} besides={besides} />
    </>
  );
}
