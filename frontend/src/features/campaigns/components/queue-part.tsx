import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { FilterChoice } from '../../../components/filter-bar.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import {
  type Campaign,
  type CampaignPerson,
  isOver,
  moving,
  type PersonState,
  queueQuery,
  useRemovePerson,
  useRequeue,
} from '../api/campaigns.ts';
import { personStates } from '../campaign-search.ts';
import { nextCall, numberColumn, personColumn, whyColumn } from './queue-columns.tsx';

const words = campaignsText.queue;

const marks: Record<PersonState, StateKind> = {
  waiting: 'idle',
  dialing: 'ringing',
  'in-call': 'running',
  done: 'passed',
  blocked: 'blocked',
};

/** The people of a campaign, with why each is not called at this moment. */
export function QueuePart({
  campaign,
  state,
  onState,
}: {
  campaign: Campaign;
  state: PersonState | undefined;
  onState: (state: PersonState | undefined) => void;
}) {
  const query = useInfiniteQuery(queueQuery(campaign.id, state, moving.includes(campaign.state)));
  const mayChange = useMay('campaigns:write');
  const requeue = useRequeue(campaign.id);
  const remove = useRemovePerson(campaign.id);
  const [removing, setRemoving] = useState<CampaignPerson | null>(null);
  const open = !isOver(campaign.state);
  const columns: Column<CampaignPerson>[] = [
    personColumn,
    numberColumn,
    {
      header: words.columns.state,
      cell: person => <StateMark kind={marks[person.state]}>{campaignsText.personStates[person.state]}</StateMark>,
    },
    { header: words.columns.tries, align: 'right', cell: ({ attempts }) => String(attempts) },
    { header: words.columns.next, cell: person => nextCall(person, campaign.state) },
    whyColumn(campaign.state),
  ];
  if (mayChange && open)
    columns.push({
      header: words.columns.actions,
      phone: 'action',
      align: 'right',
      cell: person =>
        person.state === 'dialing' || person.state === 'in-call' ? null : (
          <RowMenu
            label={words.actions(person.name ?? spacedNumber(person.phone))}
            actions={[
              {
                label: words.requeue,
                onSelect: () => act(requeue, person.id, () => notify(words.requeued)),
              },
              { label: words.remove, danger: true, onSelect: () => setRemoving(person) },
            ]}
          />
        ),
    });
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-3 py-2 tablet:px-4">
        <FilterChoice
          label={words.filter}
          value={state ?? ''}
          options={[['', words.any], ...personStates.map(each => [each, campaignsText.personStates[each]] as const)]}
          onChange={next => onState(next === '' ? undefined : next)}
        />
      </div>
      {requeue.isError && (
        <div className="px-3 pb-2 tablet:px-4">
          <ErrorPart what={words.requeueFailed} error={requeue.error} />
        </div>
      )}
      <PagedList
        query={query}
        failed={words.failed}
        moreLabel={words.more}
        end={words.end}
        empty={
          state ? (
            <EmptyPart
              what={words.noneMatch}
              action={<Button onClick={() => onState(undefined)}>{words.any}</Button>}
            />
          ) : (
            <EmptyPart what={words.empty} how={campaign.lists.length > 0 ? words.emptyIdle : words.emptyHow} />
          )
        }
      >
        {rows => <RecordTable label={words.label} columns={columns} rows={rows} rowKey={({ id }) => id} />}
      </PagedList>
      {removing && (
        <ConfirmAct
          title={words.removeTitle(removing.name ?? spacedNumber(removing.phone))}
          body={words.removeBody}
          act={words.remove}
          failed={words.removeFailed}
          mutation={remove}
          input={removing.id}
          said={() => words.removed}
          onClose={() => {
            remove.reset();
            setRemoving(null);
          }}
        />
      )}
    </>
  );
}
