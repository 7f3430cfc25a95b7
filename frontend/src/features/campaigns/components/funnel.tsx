import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { Band } from '../../../components/band.tsx';
import { formatCount, formatShare } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignStats } from '../api/campaigns.ts';
import { type FunnelStep, funnelOf } from '../campaign-figures.ts';

const words = campaignsText.funnel;
const link = 'inline-flex min-h-6 items-center hover:underline';

/** From everybody on the lists to what came of it, each step held against the one before. */
export function Funnel({ id, stats, results }: { id: string; stats: CampaignStats; results: number | null }) {
  const steps = funnelOf(stats, results);
  const most = Math.max(1, ...steps.map(({ count }) => count));
  return (
    <Band title={words.title} body={words.body}>
      <ol className="grid gap-1">
        {steps.map(({ step, count, share }, place) => (
          <li
            key={step}
            className="grid grid-cols-[8.5rem_minmax(0,1fr)_4.5rem] items-center gap-x-3 tablet:grid-cols-[11rem_minmax(0,1fr)_5rem_9rem]"
          >
            <span className="truncate">{words.steps[step]}</span>
            <span aria-hidden="true" data-track className="h-4 bg-sunken">
              <span
                data-mark
                className={clsx('block h-full min-w-px', place === steps.length - 1 ? 'bg-accent' : 'bg-m-idle')}
                style={{ width: `${(count / most) * 100}%` }}
              />
            </span>
            <span className="text-right font-medium">
              <StepLink id={id} step={step}>
                {formatCount(count)}
              </StepLink>
            </span>
            <span className="col-span-3 text-label text-text-2 tablet:col-span-1">
              {share !== null && words.shares[step](formatShare(share))}
            </span>
          </li>
        ))}
      </ol>
    </Band>
  );
}

/** To the people or the calls behind a step, where a list shows just them. */
function StepLink({ id, step, children }: { id: string; step: FunnelStep['step']; children: string }) {
  if (step === 'people')
    return (
      <Link to="/campaigns/$id" params={{ id }} search={{ tab: 'queue' }} className={link}>
        {children}
      </Link>
    );
  if (step === 'tries')
    return (
      <Link to="/calls" search={{ campaign: id }} className={link}>
        {children}
      </Link>
    );
  if (step === 'reached')
    return (
      <Link to="/calls" search={{ campaign: id, outcome: 'conversation' }} className={link}>
        {children}
      </Link>
    );
  return children;
}
