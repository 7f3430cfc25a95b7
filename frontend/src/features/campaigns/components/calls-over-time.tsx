import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Skeleton } from '../../../components/skeleton.tsx';
import { isByDay } from '../../../lib/call-buckets.ts';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { figuresText } from '../../../strings/figures.ts';
import type { CampaignFigures } from '../api/campaign-figures.ts';

const words = figuresText.chart;
const CallsChart = lazy(() =>
  import('../../../components/calls-chart.tsx').then(({ CallsChart: chart }) => ({ default: chart })),
);

/** How many calls a campaign made along the time, and how far they came. */
export function CallsOverTime({ id, figures }: { id: string; figures: CampaignFigures }) {
  const navigate = useNavigate();
  if (!figures.hourly.some(({ calls }) => calls > 0)) return null;
  const each = isByDay(figures.hourly) ? words.each.day : words.each.hour;
  return (
    <Suspense fallback={<Skeleton rows={4} rowClass="h-12 px-4" />}>
      <CallsChart
        title={words.calls(each)}
        subtitle={words.zone(ownTimeZone())}
        hours={figures.hourly}
        onOpen={({ from, to }) =>
          void navigate({
            to: '/calls',
            search: { campaign: id, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
          })
        }
      />
    </Suspense>
  );
}
