import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { formatCount, formatShare } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignStats, PersonState } from '../api/campaigns.ts';
import { finishedOf } from '../campaign-moves.ts';

const words = campaignsText.one;

type Counted = Pick<CampaignStats, 'total' | 'waiting' | 'dialing' | 'inCall' | 'done' | 'blocked'>;

const parts = [
  { key: 'done', state: 'done', fill: 'bg-m-live' },
  { key: 'blocked', state: 'blocked', fill: 'bg-text-3' },
  { key: 'inCall', state: 'in-call', fill: 'bg-accent' },
  { key: 'dialing', state: 'dialing', fill: 'bg-m-idle' },
  { key: 'waiting', state: 'waiting', fill: 'bg-sunken' },
] as const satisfies readonly { key: keyof Counted; state: PersonState; fill: string }[];

const Bar = ({ counts, className }: { counts: Counted; className: string }) => (
  <div aria-hidden="true" className={clsx('flex gap-px overflow-hidden', className)}>
    {parts.map(
      ({ key, fill }) =>
        counts[key] > 0 && (
          <span
            key={key}
            data-mark
            className={`min-w-0.5 border border-border-strong ${fill}`}
            style={{ flexGrow: counts[key] }}
          />
        ),
    )}
  </div>
);

/** How far a campaign is, small enough for a row. */
export function SmallProgress({ counts }: { counts: Counted | null | undefined }) {
  if (!counts || counts.total === 0) return <span className="text-text-3">{campaignsText.nobodyYet}</span>;
  return (
    <span className="inline-flex min-w-44 items-center gap-2">
      <Bar counts={counts} className="h-2.5 w-16 shrink-0 tablet:w-24" />
      <span className="whitespace-nowrap">
        {campaignsText.progressOf(formatCount(finishedOf(counts)), formatCount(counts.total))}
      </span>
    </span>
  );
}

/** How far a campaign is: a sentence, a bar, and a legend in which every number leads to the people behind it. */
export function CampaignProgressBar({ id, counts }: { id: string; counts: Counted }) {
  return (
    <>
      <Bar counts={counts} className="h-5" />
      <ul className="mt-3 grid gap-x-8 tablet:grid-cols-2 desk:grid-cols-3">
        {parts.map(({ key, state, fill }) => (
          <li key={key} className="border-b">
            <Link
              to="/campaigns/$id"
              params={{ id }}
              search={{ tab: 'queue', state }}
              className="flex min-h-8 items-center gap-2 hover:bg-hover pointer-coarse:min-h-11"
            >
              <span
                aria-hidden="true"
                data-mark
                className={`size-2.5 rounded-[2px] border border-border-strong ${fill}`}
              />
              <span className="min-w-0 flex-1 truncate">{words.parts[key]}</span>
              <span className="font-medium">{formatCount(counts[key])}</span>
              <span className="w-14 text-right text-text-2">
                {formatShare(counts[key] / Math.max(1, counts.total))}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
