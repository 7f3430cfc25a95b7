import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { FilterChoice } from '../../../components/filter-bar.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { When } from '../../../components/when.tsx';
import { formatWhen } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type CampaignEntry, campaignLogQuery } from '../api/campaigns.ts';
import { withLocalTimes } from '../why-not-now.ts';

const words = campaignsText.log;

/** What happened in a campaign, in sentences, newest first. */
export function LogPart({
  id,
  type,
  onType,
}: {
  id: string;
  type: string | undefined;
  onType: (type: string | undefined) => void;
}) {
  const query = useInfiniteQuery(campaignLogQuery(id, type ?? ''));
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-3 py-2 tablet:px-4">
        <FilterChoice
          label={words.type}
          value={type ?? ''}
          options={[['', words.any], ...Object.entries(words.types)]}
          onChange={next => onType(next === '' ? undefined : next)}
        />
      </div>
      <PagedList
        query={query}
        failed={words.failed}
        end={words.end}
        empty={<EmptyPart what={type ? words.noneMatch : words.empty} />}
      >
        {rows => <Entries entries={rows} />}
      </PagedList>
    </>
  );
}

export function Entries({ entries }: { entries: readonly CampaignEntry[] }) {
  const format = (at: number) => formatWhen(at, { now: Date.now() });
  return (
    <ol aria-label={words.label}>
      {entries.map(({ seq, at, by, text, data }) => {
        const call = data['callId'];
        return (
          <li
            key={seq}
            className="grid gap-x-4 gap-y-0.5 border-b px-3 py-2 last:border-b-0 tablet:grid-cols-[9.5rem_minmax(0,1fr)_14rem] tablet:px-4"
          >
            <span className="text-table text-text-2">
              <When value={at} />
            </span>
            <span className="min-w-0 break-words">
              {withLocalTimes(text, format)}{' '}
              {typeof call === 'string' && (
                <Link
                  to="/calls/$sid"
                  params={{ sid: call }}
                  className="inline-flex min-h-6 items-center text-accent hover:underline"
                >
                  {words.call}
                </Link>
              )}
            </span>
            <span className="min-w-0 truncate text-table text-text-3">{by === 'system' ? words.system : by}</span>
          </li>
        );
      })}
    </ol>
  );
}
