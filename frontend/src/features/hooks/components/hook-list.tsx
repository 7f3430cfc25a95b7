import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { formatCount } from '../../../lib/format.ts';
import { hooksText as words } from '../../../strings/settings.ts';
import { type DeliveryState, hooksQuery, type ListedHook } from '../api/hooks.ts';

export const deliveryMarks: Record<DeliveryState, StateKind> = {
  waiting: 'ringing',
  delivered: 'passed',
  dead: 'failed',
};

export const eventName = (event: string): string => words.eventNames[event] ?? event;

const columns: Column<ListedHook>[] = [
  {
    header: words.columns.url,
    phone: 'lead',
    cell: ({ id, url, description }) => (
      <div className="py-1">
        <Link
          to="/settings/webhooks/$hookId"
          params={{ hookId: id }}
          className="break-all font-medium text-accent hover:underline"
        >
          {url}
        </Link>
        {description && <p className="font-normal text-text-2">{description}</p>}
      </div>
    ),
  },
  { header: words.columns.events, cell: ({ events }) => events.map(eventName).join(', ') },
  {
    header: words.columns.lastDay,
    cell: ({ id, lastDay: { delivered, givenUp } }) => (
      <span className="whitespace-nowrap">
        <Link
          to="/settings/webhooks/$hookId"
          params={{ hookId: id }}
          search={{ state: 'delivered' }}
          className="inline-flex min-h-6 items-center hover:underline"
        >
          {words.deliveredCount(formatCount(delivered))}
        </Link>
        {givenUp > 0 && (
          <>
            {' · '}
            <Link
              to="/settings/webhooks/$hookId"
              params={{ hookId: id }}
              search={{ state: 'dead' }}
              className="inline-flex min-h-6 items-center font-medium text-bad hover:underline"
            >
              {words.givenUpCount(formatCount(givenUp))}
            </Link>
          </>
        )}
      </span>
    ),
  },
  {
    header: words.columns.state,
    cell: ({ enabled, problem }) => (
      <div className="py-1">
        {enabled ? (
          <StateMark kind="running">{words.on}</StateMark>
        ) : (
          <StateMark kind={problem ? 'urgent' : 'blocked'}>{words.off}</StateMark>
        )}
        {problem && <p className="max-w-[60ch] break-words text-text-2">{problem}</p>}
      </div>
    ),
  },
  {
    header: words.columns.newest,
    cell: ({ newest, waitingSince, enabled }) => (
      <div className="py-1">
        {newest ? (
          <span className="inline-flex flex-wrap items-baseline gap-x-2">
            <StateMark kind={deliveryMarks[newest.state]}>{words.deliveryStates[newest.state]}</StateMark>
            <When value={newest.at} />
          </span>
        ) : (
          <span className="text-text-2">{words.none}</span>
        )}
        {waitingSince && enabled && (
          <p className="text-text-2">
            {words.waiting} <When value={waitingSince} />
          </p>
        )}
      </div>
    ),
  },
];

/** Every webhook: whom it tells what, and how delivering goes. */
export function HookList({ action }: { action?: ReactNode }) {
  const query = useInfiniteQuery(hooksQuery);
  return (
    <PagedList
      query={query}
      failed={words.failed}
      empty={<EmptyPart what={words.empty} how={words.emptyHow} action={action} />}
    >
      {hooks => (
        <RecordTable
          label={words.title}
          columns={columns}
          rows={hooks}
          rowKey={({ id }) => id}
          quiet={({ enabled, problem }) => !enabled && problem === null}
        />
      )}
    </PagedList>
  );
}
