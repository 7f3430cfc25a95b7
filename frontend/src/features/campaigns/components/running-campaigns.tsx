import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Band } from '../../../components/band.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { campaignsText as words } from '../../../strings/campaigns.ts';
import { campaignsQuery } from '../api/campaigns.ts';
import { SmallProgress } from './campaign-progress.tsx';

/** The campaigns that run now, each with how far it is; nothing while none does. */
export function RunningCampaigns() {
  const query = useInfiniteQuery({ ...campaignsQuery('running'), refetchInterval: 10_000 });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  if (rows.length === 0 && !query.isError) return null;
  return (
    <Band title={words.running}>
      {query.isError && <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />}
      <ul>
        {rows.map(({ id, name, progress }) => (
          <li key={id} className="border-b last:border-b-0">
            <Link
              to="/campaigns/$id"
              params={{ id }}
              className="flex min-h-8 flex-wrap items-center gap-x-4 hover:bg-hover pointer-coarse:min-h-11"
            >
              <span className="min-w-40 flex-1 break-words font-medium text-accent">{name}</span>
              <SmallProgress counts={progress} />
            </Link>
          </li>
        ))}
      </ul>
    </Band>
  );
}
