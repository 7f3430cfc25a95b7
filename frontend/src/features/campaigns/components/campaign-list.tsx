import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyList } from '../../../components/empty-list.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { Tip } from '../../../components/tip.tsx';
import { When } from '../../../components/when.tsx';
import { formatCount, formatMoney } from '../../../lib/format.ts';
import { campaignsText as words } from '../../../strings/campaigns.ts';
import { type CampaignState, campaignsQuery, type ListedCampaign } from '../api/campaigns.ts';
import { onLineOf, stateMarks } from '../campaign-moves.ts';
import { SmallProgress } from './campaign-progress.tsx';

const columns: Column<ListedCampaign>[] = [
  {
    header: words.columns.name,
    phone: 'lead',
    cell: ({ id, name }) => (
      <Link
        to="/campaigns/$id"
        params={{ id }}
        className="inline-flex min-h-6 min-w-40 items-center break-words font-medium text-accent hover:underline"
      >
        {name}
      </Link>
    ),
  },
  {
    header: words.columns.state,
    cell: ({ state }) => <StateMark kind={stateMarks[state]}>{words.states[state]}</StateMark>,
  },
  { header: words.columns.progress, cell: ({ progress }) => <SmallProgress counts={progress} /> },
  {
    header: words.columns.onLine,
    align: 'right',
    cell: ({ id, progress }) =>
      progress && onLineOf(progress) > 0 ? (
        <Link
          to="/campaigns/$id"
          params={{ id }}
          search={{ tab: 'queue', state: 'in-call' }}
          className="inline-flex min-h-6 min-w-6 items-center hover:underline tablet:justify-end"
        >
          {formatCount(onLineOf(progress))}
        </Link>
      ) : null,
  },
  {
    header: words.columns.reached,
    align: 'right',
    cell: ({ id, progress }) =>
      progress?.byOutcome['conversation'] ? (
        <Link
          to="/calls"
          search={{ campaign: id, outcome: 'conversation' }}
          className="inline-flex min-h-6 min-w-6 items-center hover:underline tablet:justify-end"
        >
          {formatCount(progress.byOutcome['conversation'])}
        </Link>
      ) : null,
  },
  { header: words.columns.spend, align: 'right', cell: each => spendOf(each) },
  {
    header: words.columns.finishes,
    cell: ({ state, estimatedEndAt, endedAt }) =>
      estimatedEndAt ? (
        <span className="whitespace-nowrap">
          {words.about} <When value={estimatedEndAt} />
        </span>
      ) : state === 'running' ? (
        <Tip label={words.one.noEnd}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach the reason, too */}
          <span tabIndex={0}>{words.noEnd}</span>
        </Tip>
      ) : endedAt ? (
        <When value={endedAt} />
      ) : null,
  },
  {
    header: words.columns.pace,
    phone: 'omit',
    cell: ({ pace }) => (
      <span className="whitespace-nowrap">{words.pace(formatCount(pace.callsPerSecond), pace.maxConcurrent)}</span>
    ),
  },
  { header: words.columns.made, phone: 'omit', cell: ({ createdAt }) => <When value={createdAt} /> },
];

/** What was spent, of what may be spent where that is limited. */
function spendOf({ id, spend, budget }: ListedCampaign): ReactNode {
  const limit = budget && `${formatMoney(String(budget.amount), budget.currency)}${perOf(budget)}`;
  if (!spend) return limit && <span className="whitespace-nowrap text-text-2">{words.one.ofBudget(limit)}</span>;
  return (
    <span className="whitespace-nowrap">
      <Link to="/calls" search={{ campaign: id }} className="inline-flex min-h-6 items-center hover:underline">
        {formatMoney(spend.amount, spend.currency)}
      </Link>
      {limit && <span className="text-text-2"> {words.one.ofBudget(limit)}</span>}
    </span>
  );
}

const perOf = ({ per }: NonNullable<ListedCampaign['budget']>) => (per === 'month' ? ` ${words.perMonth}` : '');

const order: readonly CampaignState[] = ['error', 'running', 'starting', 'resuming', 'pausing', 'paused', 'idle'];
const rank = ({ state }: ListedCampaign) => (order.indexOf(state) + order.length + 1) % (order.length + 1);

/** Campaigns, those that need somebody or run first. */
export function CampaignList({
  state,
  action,
  onShowAll,
}: {
  state: CampaignState | undefined;
  action: ReactNode;
  onShowAll: () => void;
}) {
  const query = useInfiniteQuery(campaignsQuery(state));
  return (
    <PagedList
      query={query}
      failed={words.failed}
      end={words.end}
      empty={<EmptyList words={words} filtered={state !== undefined} action={action} onShowAll={onShowAll} />}
    >
      {rows => (
        <RecordTable
          label={words.title}
          columns={columns}
          rows={[...rows].sort((a, b) => rank(a) - rank(b))}
          rowKey={({ id }) => id}
          quiet={each => each.state === 'stopped'}
        />
      )}
    </PagedList>
  );
}
