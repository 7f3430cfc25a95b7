import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyPart } from '../../components/empty-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { AttentionLane } from '../../features/live/components/attention-lane.tsx';
import { EmptyWall } from '../../features/live/components/empty-wall.tsx';
import { HeadsetButton } from '../../features/live/components/headset-dialog.tsx';
import { LiveWall } from '../../features/live/components/live-wall.tsx';
import { OpenCall } from '../../features/live/components/open-call.tsx';
import { WallFilter, type WallView } from '../../features/live/components/wall-filter.tsx';
import { type LiveSearch, readLiveSearch } from '../../features/live/live-search.ts';
import { matches, ordered } from '../../features/live/shown.ts';
import { useDesk } from '../../features/live/use-desk.ts';
import { useSize } from '../../features/live/use-size.ts';
import { noLiveCalls } from '../../lib/live/live-calls.ts';
import { liveLink } from '../../lib/live/live-link.ts';
import { useLiveCalls, useLiveCount } from '../../lib/live/use-live.ts';
import { preferences } from '../../lib/preferences.ts';
import { useStore } from '../../lib/use-store.ts';
import { useMay } from '../../lib/use-user.ts';
import { liveText } from '../../strings/live.ts';

const route = getRouteApi('/live');
/** The wall needs 640 of these, the panel 600. */
const dockedFrom = 1_240;
const mostCards = 60;
const panelWidth = 600;
/** What filters take beside each other in one line. */
const roomForFilters = 900;
const nothingFiltered = { q: '', state: '', campaign: '', agent: '', flag: '' } as const;

/** Every call as it happens, and one of them in the hand. */
export function LivePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const link = useStore(liveLink);
  const calls = useLiveCalls();
  const count = useLiveCount();
  const mayListen = useMay('calls:listen');
  const mayTakeOver = useMay('calls:take-over');
  const page = useRef<HTMLDivElement>(null);
  const { width } = useSize(page);
  const docked = width >= dockedFrom;
  const wallWidth = width - (docked && search.call !== undefined ? panelWidth : 0);
  const desk = useDesk(search.call);
  const stale = link.state !== 'up';
  const { wallDisplay } = useStore(preferences);
  useEffect(() => {
    if (!wallDisplay) return;
    const { dataset } = document.documentElement;
    dataset['wallDisplay'] = '';
    return () => {
      delete dataset['wallDisplay'];
    };
  }, [wallDisplay]);

  const { entries, clockAheadMs } = calls ?? noLiveCalls;
  const { q = '', state = '', campaign = '', agent = '', flag = '', order = 'started' } = search;
  const shape = search.shape ?? (entries.size > mostCards ? 'rows' : 'cards');
  const shown = useMemo(
    () =>
      ordered(
        [...entries.values()].filter(entry => matches(entry, { text: q, state, campaign, agent, flag })),
        order,
      ),
    [entries, q, state, campaign, agent, flag, order],
  );
  const hasFlags = useMemo(() => [...entries.values()].some(({ live }) => live.flags !== undefined), [entries]);
  const change = useCallback(
    (changes: Partial<WallView> & Pick<LiveSearch, 'call'>) =>
      void navigate({
        search: before => readLiveSearch({ ...before, ...changes }) as LiveSearch,
        replace: !('call' in changes),
      }),
    [navigate],
  );
  const close = useCallback(() => void navigate({ search: ({ call: _, ...rest }: LiveSearch) => rest }), [navigate]);
  const listen = useCallback(
    (callId: string) => {
      listenWhenOpen.current = callId;
      change({ call: callId });
    },
    [change],
  );
  const listenWhenOpen = useRef<string | null>(null);
  if (desk && listenWhenOpen.current === desk.callId) {
    listenWhenOpen.current = null;
    queueMicrotask(() => desk.send({ type: 'listen' }));
  }

  return (
    <div
      ref={page}
      className="-mb-8 flex h-[calc(100dvh-6.25rem-var(--dock))] min-h-80 tablet:h-[calc(100dvh-2.75rem-var(--dock))]"
    >
      <div className="flex min-w-0 flex-1 flex-col">
        <PageHeader
          title={liveText.title}
          facts={count === undefined ? ' ' : liveText.facts(count)}
          actions={mayTakeOver && !wallDisplay && <HeadsetButton />}
        />
        {calls === undefined ? (
          link.state === 'refused' ? (
            <EmptyPart what={liveText.failed} how={liveText.failedMeaning} />
          ) : (
            <Skeleton rows={5} rowClass="h-31 px-4" />
          )
        ) : (
          <>
            {!wallDisplay && (
              <WallFilter
                view={{ q, state, campaign, agent, flag, order, shape } satisfies WallView}
                entries={entries}
                hasFlags={hasFlags}
                narrow={wallWidth > 0 && wallWidth < roomForFilters}
                onChange={change}
              />
            )}
            <AttentionLane entries={entries.values()} aheadMs={clockAheadMs} display={wallDisplay} />
            {entries.size === 0 ? (
              <EmptyWall />
            ) : shown.length === 0 ? (
              <EmptyPart
                what={liveText.noneMatch(entries.size)}
                action={<Button onClick={() => change(nothingFiltered)}>{liveText.clearFilter}</Button>}
              />
            ) : (
              <LiveWall
                entries={entries}
                shown={shown}
                filterKey={[q, state, campaign, agent, flag].join(' ')}
                order={order}
                shape={shape}
                aheadMs={clockAheadMs}
                selected={search.call}
                stale={stale}
                onListen={mayListen && !stale ? listen : undefined}
                display={wallDisplay}
              />
            )}
          </>
        )}
      </div>
      {search.call !== undefined && desk && (
        <OpenCall
          key={search.call}
          callId={search.call}
          entry={entries.get(search.call)}
          desk={desk}
          aheadMs={clockAheadMs}
          stale={stale}
          docked={docked}
          onClose={close}
        />
      )}
    </div>
  );
}
