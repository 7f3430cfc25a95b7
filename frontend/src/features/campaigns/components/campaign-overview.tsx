import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { Suspense } from 'react';
import { Band } from '../../../components/band.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Figure, FigureRow } from '../../../components/figure.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { formatCount, formatDuration, formatMoney, formatMs, formatShare, formatWhen } from '../../../lib/format.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type CampaignFigures, campaignFiguresQuery } from '../api/campaign-figures.ts';
import { type Campaign, type CampaignStats, campaignLogQuery, campaignStatsQuery, isOver } from '../api/campaigns.ts';
import { abandonedShare, mostAbandoned, triesOf } from '../campaign-figures.ts';
import { finishedOf, onLineOf } from '../campaign-moves.ts';
import { CallsOverTime } from './calls-over-time.tsx';
import { CampaignProgressBar } from './campaign-progress.tsx';
import { Funnel } from './funnel.tsx';
import { OutcomeChart } from './lazy-charts.tsx';
import { Entries } from './log-part.tsx';
import { NextPeople } from './next-people.tsx';
import { PaceForm } from './pace-form.tsx';

const words = campaignsText.one;

/** How far a campaign is, what it costs, how fast it goes, and what happened last. */
export function CampaignOverview({ campaign }: { campaign: Campaign }) {
  const query = useQuery(campaignStatsQuery(campaign.id));
  const mayChange = useMay('campaigns:write');
  const seesCalls = useMay('calls:read');
  const asked = campaignFiguresQuery(campaign);
  const figures = useQuery({ ...asked, enabled: seesCalls && asked.enabled !== false });
  const ended = isOver(campaign.state);
  const stats = query.data?.stats;
  return (
    <>
      {query.isError && (
        <div className="p-3 tablet:px-4">
          <ErrorPart what={words.statsFailed} error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {!stats && query.isPending && <Skeleton rows={4} rowClass="h-16 px-4" />}
      {stats && (
        <div className={query.isError ? 'opacity-60' : ''}>
          <Progress campaign={campaign} stats={stats} />
          <Figures campaign={campaign} stats={stats} calls={figures.data?.totals} />
        </div>
      )}
      {mayChange && !ended && (
        <Band title={campaignsText.paceForm.title} body={campaignsText.paceForm.body}>
          <PaceForm campaign={campaign} waiting={stats?.waiting ?? 0} endsAt={stats?.estimatedEndAt ?? null} />
        </Band>
      )}
      {seesCalls && figures.isError && (
        <div className="p-3 tablet:px-4">
          <ErrorPart what={words.figuresFailed} error={figures.error} onRetry={() => void figures.refetch()} />
        </div>
      )}
      {figures.data && <CallsOverTime id={campaign.id} figures={figures.data} />}
      {stats && triesOf(stats) > 0 && (
        <Funnel id={campaign.id} stats={stats} results={figures.data ? resultsOf(figures.data) : null} />
      )}
      {stats && Object.values(stats.byOutcome).some(count => count > 0) && (
        <Suspense fallback={<Skeleton rows={3} rowClass="h-12 px-4" />}>
          <OutcomeChart id={campaign.id} byOutcome={stats.byOutcome} />
        </Suspense>
      )}
      {!ended && <NextPeople campaign={campaign} />}
      <Latest id={campaign.id} />
    </>
  );
}

/** How many calls had a result that the agent noted. */
const resultsOf = ({ totals }: CampaignFigures): number =>
  Object.values(totals.results).reduce((sum, count) => sum + count, 0);

function Progress({ campaign, stats }: { campaign: Campaign; stats: CampaignStats }) {
  const { total, estimatedEndAt } = stats;
  return (
    <section className="border-b bg-surface px-3 py-4 tablet:px-4">
      {total === 0 ? (
        <p className="text-text-2">{words.counting}</p>
      ) : (
        <>
          <p className="pb-3">
            <span className="font-semibold text-section">
              {words.finished(formatCount(finishedOf(stats)), formatCount(total))}
            </span>{' '}
            <span className="text-text-2">
              {campaign.state === 'running' &&
                (estimatedEndAt
                  ? words.ends(formatWhen(Date.parse(estimatedEndAt), { now: Date.now() }))
                  : words.noEnd)}{' '}
              {words.retries}
            </span>
          </p>
          <CampaignProgressBar id={campaign.id} counts={stats} />
        </>
      )}
    </section>
  );
}

function Figures({
  campaign,
  stats,
  calls,
}: {
  campaign: Campaign;
  stats: CampaignStats;
  /** Of its calls, up to thirty days back; for whoever may see calls. */
  calls: CampaignFigures['totals'] | undefined;
}) {
  const { budget, id } = campaign;
  const { spend } = stats;
  const tries = triesOf(stats);
  const abandoned = abandonedShare(calls?.outcomes ?? {});
  const link = 'inline-block min-h-6 hover:underline';
  return (
    <FigureRow>
      <Figure
        label={words.liveCalls}
        note={campaignsText.pace(formatCount(campaign.pace.callsPerSecond), campaign.pace.maxConcurrent)}
      >
        <Link to="/campaigns/$id" params={{ id }} search={{ tab: 'queue', state: 'in-call' }} className={link}>
          {formatCount(onLineOf(stats))}
        </Link>
      </Figure>
      <Figure label={words.tries} note={words.triesNote}>
        <Link to="/calls" search={{ campaign: id }} className={link}>
          {formatCount(tries)}
        </Link>
      </Figure>
      <Figure label={words.reached}>
        <Link to="/calls" search={{ campaign: id, outcome: 'conversation' }} className={link}>
          {formatCount(stats.byOutcome['conversation'] ?? 0)}
        </Link>
      </Figure>
      <Figure label={words.rate} note={words.rateNote}>
        <Link to="/calls" search={{ campaign: id, min: 0 }} className={link}>
          {tries === 0 ? '–' : formatShare(stats.answerRate)}
        </Link>
      </Figure>
      <Figure label={words.talked}>
        {stats.averageDurationSeconds === 0 ? '–' : formatDuration(Math.round(stats.averageDurationSeconds))}
      </Figure>
      {calls && (
        <>
          <Figure
            label={words.delay}
            {...(calls.latency.p50 > 0 ? { note: words.delayNote(formatMs(calls.latency.p95)) } : {})}
          >
            <Link to="/calls" search={{ campaign: id, outcome: 'conversation' }} className={link}>
              {calls.latency.p50 === 0 ? '–' : formatMs(calls.latency.p50)}
            </Link>
          </Figure>
          <Figure label={words.abandoned} note={words.abandonedNote(formatShare(mostAbandoned))}>
            <Link
              to="/calls"
              search={{ campaign: id, outcome: 'abandoned' }}
              className={clsx(link, (abandoned ?? 0) >= mostAbandoned && 'text-bad')}
            >
              {abandoned === null ? '–' : formatShare(abandoned)}
            </Link>
          </Figure>
        </>
      )}
      <Figure
        label={words.spend}
        note={
          spend.incompleteCalls > 0
            ? words.incomplete(spend.incompleteCalls)
            : budget
              ? words.ofBudget(
                  `${formatMoney(String(budget.amount), budget.currency)}${budget.per === 'month' ? ` ${campaignsText.perMonth}` : ''}`,
                )
              : words.noBudget
        }
      >
        <Link to="/calls" search={{ campaign: id }} className={link}>
          {formatMoney(spend.amount, spend.currency)}
        </Link>
      </Figure>
    </FigureRow>
  );
}

const latest = 5;

function Latest({ id }: { id: string }) {
  const query = useInfiniteQuery(campaignLogQuery(id, ''));
  const entries = query.data?.pages[0]?.items.slice(0, latest) ?? [];
  if (entries.length === 0) return null;
  return (
    <section className="border-y bg-surface">
      <div className="flex items-baseline gap-4 px-3 pt-4 pb-1 tablet:px-4">
        <h2 className="flex-1 font-semibold text-section">{words.latest}</h2>
        <Link
          to="/campaigns/$id"
          params={{ id }}
          search={{ tab: 'log' }}
          className="inline-flex min-h-6 items-center text-accent text-table hover:underline"
        >
          {words.all}
        </Link>
      </div>
      <Entries entries={entries} />
    </section>
  );
}
