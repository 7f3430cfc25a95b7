import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { EmptyList } from '../../../components/empty-list.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { present } from '../../../lib/address-words.ts';
import { formatWhen } from '../../../lib/format.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { operationsText } from '../../../strings/operations.ts';
import { type Receipt, type ReceiptState, receiptsQuery, useReplayReceipt } from '../api/operations.ts';
import { type ReceiptsSearch, receiptStates } from '../operations-search.ts';
import { StateChoice } from './state-choice.tsx';

const words = operationsText.receipts;
const marks: Record<ReceiptState, StateKind> = { received: 'ringing', done: 'passed', failed: 'failed' };
const nameOf = ({ type }: Receipt) => words.types[type] ?? type;

/** What vendors told us, what became of it, and once more. */
export function ReceiptTable({
  search,
  onChange,
}: {
  search: ReceiptsSearch;
  onChange: (next: ReceiptsSearch) => void;
}) {
  const { state, call } = search;
  const query = useInfiniteQuery(receiptsQuery(present({ state, callId: call })));
  const mayReplay = useMay('receipts:write');
  const [asking, setAsking] = useState<Receipt | null>(null);
  const columns: Column<Receipt>[] = [
    { header: words.columns.when, width: 'w-44', cell: ({ createdAt }) => <When value={createdAt} /> },
    {
      header: words.columns.what,
      phone: 'lead',
      cell: receipt => (
        <>
          <span className="font-medium">{nameOf(receipt)}</span>{' '}
          <span className="text-text-2">{words.sources[receipt.source] ?? receipt.source}</span>
        </>
      ),
    },
    {
      header: words.columns.call,
      cell: ({ callId }) =>
        callId && (
          <Link to="/calls/$sid" params={{ sid: callId }} className="whitespace-nowrap text-accent hover:underline">
            {words.openCall}
          </Link>
        ),
    },
    {
      header: words.columns.state,
      cell: receipt => <StateMark kind={marks[receipt.state]}>{words.states[receipt.state]}</StateMark>,
    },
    { header: words.columns.attempts, align: 'right', cell: ({ attempts }) => attempts },
    {
      header: words.columns.problem,
      cell: ({ problem }) => problem && <span className="block max-w-[50ch] break-words">{problem}</span>,
    },
  ];
  if (mayReplay)
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-24',
      cell: receipt => (
        <Button
          size="dense"
          aria-label={words.replayOf(nameOf(receipt), formatWhen(Date.parse(receipt.createdAt), { now: Date.now() }))}
          onClick={() => setAsking(receipt)}
        >
          {words.replay}
        </Button>
      ),
    });
  return (
    <>
      <search aria-label={words.filter} className="flex flex-wrap items-center gap-2 px-3 pb-2 tablet:px-4">
        <StateChoice
          words={words}
          states={receiptStates}
          value={state}
          onChange={next => onChange(present({ ...search, state: next }))}
        />
        {call !== undefined && (
          <>
            <span className="text-text-2">{words.ofCall}</span>
            <Button size="dense" onClick={() => onChange({})}>
              {words.showAll}
            </Button>
          </>
        )}
      </search>
      <PagedList
        query={query}
        failed={words.failed}
        moreLabel={text.loadEarlier}
        end={words.end}
        empty={
          <EmptyList
            words={words}
            filtered={state !== undefined || call !== undefined}
            onShowAll={() => onChange({})}
          />
        }
      >
        {receipts => <RecordTable label={words.title} columns={columns} rows={receipts} rowKey={({ id }) => id} />}
      </PagedList>
      {asking && <ReplayDialog id={asking.id} onClose={() => setAsking(null)} />}
    </>
  );
}

function ReplayDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const replay = useReplayReceipt();
  return (
    <ConfirmAct
      harmless
      title={words.replayTitle}
      body={words.replayBody}
      act={words.replay}
      failed={words.replayFailed}
      onClose={onClose}
      mutation={replay}
      input={id}
      said={() => words.replayed}
    />
  );
}
