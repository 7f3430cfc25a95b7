import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { FilterChoice } from '../../../components/filter-bar.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { formatMs, formatWhen } from '../../../lib/format.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { hooksText } from '../../../strings/settings.ts';
import { type Delivery, type DeliveryState, deliveriesQuery, useReplayDelivery } from '../api/hooks.ts';
import { deliveryStates } from '../hook-search.ts';
import { GivenUpActs } from './given-up-acts.tsx';
import { deliveryMarks, eventName } from './hook-list.tsx';

const words = hooksText.page;
const whenOf = (at: string) => formatWhen(Date.parse(at), { now: Date.now() });

const answerOf = ({ status, problem }: Delivery['tries'][number]) =>
  problem ?? (status === null ? words.notTried : words.answered(status));

/** A message that waits goes out anyway, and one that was erased says nothing any more. */
const isReplayable = ({ state, payload }: Delivery) => state !== 'waiting' && payload !== null;

/** What was sent to one webhook, what came of it, and once more. */
export function DeliveryList({
  hookId,
  state,
  onState,
}: {
  hookId: string;
  state: DeliveryState | undefined;
  onState: (state: DeliveryState | undefined) => void;
}) {
  const query = useInfiniteQuery(deliveriesQuery(hookId, state));
  const mayChange = useMay('hooks:write');
  const replay = useReplayDelivery(hookId);
  const [looking, setLooking] = useState<string | null>(null);
  const rows = query.data?.pages.flatMap(page => page.items);
  const looked = rows?.find(({ id }) => id === looking);
  const columns: Column<Delivery>[] = [
    { header: words.columns.when, width: 'w-44', cell: ({ createdAt }) => <When value={createdAt} /> },
    { header: words.columns.event, phone: 'lead', cell: ({ event }) => eventName(event) },
    {
      header: words.columns.state,
      cell: each => <StateMark kind={deliveryMarks[each.state]}>{hooksText.deliveryStates[each.state]}</StateMark>,
    },
    {
      header: words.columns.answer,
      cell: ({ tries }) => {
        const last = tries.at(-1);
        if (!last) return <span className="text-text-2">{words.notTried}</span>;
        return (
          <span className="break-words">
            {answerOf(last)} <span className="whitespace-nowrap text-text-2">{formatMs(last.ms)}</span>
          </span>
        );
      },
    },
    { header: words.columns.tries, align: 'right', cell: ({ tries }) => tries.length },
    {
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-20',
      cell: each => (
        <span className="inline-flex gap-1">
          {mayChange && isReplayable(each) && (
            <Button
              size="dense"
              disabled={replay.isPending}
              aria-label={words.replayOf(eventName(each.event), whenOf(each.createdAt))}
              onClick={() => act(replay, each.id, () => notify(words.replayed))}
            >
              {words.replay}
            </Button>
          )}
          <Button
            size="dense"
            aria-label={words.lookAt(eventName(each.event), whenOf(each.createdAt))}
            onClick={() => setLooking(each.id)}
          >
            {words.look}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <section aria-label={words.deliveries}>
      <div className="flex flex-wrap items-end gap-3 px-3 pt-5 pb-2 tablet:px-4">
        <div className="min-w-48 flex-1">
          <h2 className="font-semibold text-section">{words.deliveries}</h2>
          <p className="max-w-[78ch] text-table text-text-2">{words.deliveriesFacts}</p>
        </div>
        {mayChange && state === 'dead' && rows?.some(({ payload }) => payload !== null) && (
          <GivenUpActs hookId={hookId} />
        )}
        <search aria-label={words.filter}>
          <FilterChoice
            label={words.state}
            value={state ?? ''}
            options={[
              ['', words.anyState],
              ...deliveryStates.map(each => [each, hooksText.deliveryStates[each]] as const),
            ]}
            onChange={next => onState(next === '' ? undefined : next)}
          />
        </search>
      </div>
      {replay.error && (
        <div className="px-3 pb-2 tablet:px-4">
          <ErrorPart what={words.replayFailed} error={replay.error} />
        </div>
      )}
      <PagedList
        query={query}
        failed={words.deliveriesFailed}
        moreLabel={text.loadEarlier}
        end={words.end}
        empty={
          state === undefined ? (
            <EmptyPart what={words.deliveriesEmpty} how={words.deliveriesEmptyHow} />
          ) : (
            <EmptyPart
              what={words.noneInState}
              action={<Button onClick={() => onState(undefined)}>{words.showAll}</Button>}
            />
          )
        }
      >
        {deliveries => (
          <RecordTable label={words.deliveries} columns={columns} rows={deliveries} rowKey={({ id }) => id} />
        )}
      </PagedList>
      {looked && <DeliveryDialog hookId={hookId} delivery={looked} onClose={() => setLooking(null)} />}
    </section>
  );
}

/** What was sent, with every try; a message that does not wait can be sent again. */
function DeliveryDialog({ hookId, delivery, onClose }: { hookId: string; delivery: Delivery; onClose: () => void }) {
  const replay = useReplayDelivery(hookId);
  const mayReplay = useMay('hooks:write') && isReplayable(delivery);
  return (
    <Dialog
      open
      onClose={onClose}
      title={eventName(delivery.event)}
      description={
        <span className="inline-flex flex-wrap gap-x-3">
          <StateMark kind={deliveryMarks[delivery.state]}>{hooksText.deliveryStates[delivery.state]}</StateMark>
          <span>{whenOf(delivery.createdAt)}</span>
        </span>
      }
    >
      <div className="grid gap-4 p-4">
        <section>
          <h3 className="font-medium text-table">{words.tries}</h3>
          {delivery.tries.length === 0 ? (
            <p className="text-text-2">{words.noTry}</p>
          ) : (
            <ol className="border-t">
              {delivery.tries.map(each => (
                <li key={each.at} className="flex flex-wrap gap-x-3 border-b py-1.5 last:border-b-0">
                  <span className="text-text-2">{whenOf(each.at)}</span>
                  <span className="min-w-0 flex-1 break-words">{answerOf(each)}</span>
                  <span className="text-text-2">{formatMs(each.ms)}</span>
                </li>
              ))}
            </ol>
          )}
        </section>
        <section>
          <h3 className="font-medium text-table">{words.payload}</h3>
          {delivery.payload === null ? (
            <p className="text-text-2">{words.erased}</p>
          ) : (
            <pre
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
              tabIndex={0}
              className="mt-1 max-h-64 overflow-auto rounded-control bg-sunken p-2.5 font-mono text-label"
            >
              {readable(delivery.payload)}
            </pre>
          )}
        </section>
        {replay.error && <ErrorPart what={words.replayFailed} error={replay.error} />}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{text.close}</Button>
        {mayReplay && (
          <Button
            look="primary"
            disabled={replay.isPending}
            onClick={() => act(replay, delivery.id, () => notify(words.replayed))}
          >
            {words.replay}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

/** The text as it was signed is one line; for the eye it is broken at its fields. */
function readable(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
