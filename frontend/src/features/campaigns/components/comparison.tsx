import { Band } from '../../../components/band.tsx';
import { RecordTable } from '../../../components/record-table.tsx';
import { formatCount, formatDuration, formatMoney, formatShare } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignStats } from '../api/campaigns.ts';
import { type Comparison, compared } from '../campaign-figures.ts';

const words = campaignsText.comparison;

/** Versions side by side, with how sure their difference is. */
export function ComparisonPart({ variants }: { variants: CampaignStats['variants'] }) {
  const { rows, verdict } = compared(variants);
  const said = verdict === 'early' ? words.early : verdict === 'same' ? words.same : words.best(verdict.best);
  return (
    <Band title={words.title} body={said}>
      <RecordTable
        flush
        label={words.title}
        columns={[
          { header: words.variant, phone: 'lead', cell: ({ name }: Comparison) => name },
          { header: words.people, align: 'right', cell: ({ people }: Comparison) => formatCount(people) },
          { header: words.tries, align: 'right', cell: ({ tries }: Comparison) => formatCount(tries) },
          { header: words.answered, align: 'right', cell: ({ answered }: Comparison) => formatCount(answered) },
          { header: words.reached, align: 'right', cell: ({ reached }: Comparison) => formatCount(reached) },
          {
            header: words.share,
            align: 'right',
            cell: ({ share }: Comparison) => (share === null ? '–' : formatShare(share)),
          },
          {
            header: words.interval,
            align: 'right',
            cell: ({ interval }: Comparison) =>
              interval && (
                <span className="whitespace-nowrap">
                  {words.between(formatShare(interval.from), formatShare(interval.to))}
                </span>
              ),
          },
          {
            header: words.talked,
            align: 'right',
            cell: ({ talkedSeconds }: Comparison) => formatDuration(talkedSeconds),
          },
          {
            header: words.spend,
            align: 'right',
            cell: ({ spend }: Comparison) => formatMoney(spend.amount, spend.currency),
          },
          {
            header: words.spendEach,
            align: 'right',
            cell: ({ spend, spendEach }: Comparison) =>
              spendEach === null ? '–' : formatMoney(spendEach, spend.currency),
          },
        ]}
        rows={rows}
        rowKey={({ name }) => name}
      />
    </Band>
  );
}
