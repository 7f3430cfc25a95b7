import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { WholeList } from '../../../components/whole-list.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { numbersQuery } from '../../../lib/numbers.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { numbersText as words } from '../../../strings/settings.ts';
import type { OwnNumber } from '../api/numbers.ts';
import { type NumberState, numberState } from '../number-form.ts';
import { ConnectDialog } from './connect-dialog.tsx';
import { NumberDialog } from './number-dialog.tsx';

const marks: Record<NumberState, StateKind> = {
  connected: 'running',
  elsewhere: 'idle',
  verified: 'blocked',
  gone: 'failed',
  configured: 'ringing',
};

/** Every number of ours: who answers, where calls to it go, and what is wrong with it. */
export function NumberTable() {
  const query = useQuery(numbersQuery);
  const names = useAgentNames();
  const mayChange = useMay('numbers:write');
  const [asking, setAsking] = useState<{ what: 'edit' | 'connect'; number: OwnNumber } | null>(null);
  const close = () => setAsking(null);

  const columns: Column<OwnNumber>[] = [
    {
      header: words.columns.number,
      phone: 'lead',
      cell: ({ phone, label }) => (
        <>
          <span className="whitespace-nowrap font-medium">{spacedNumber(phone)}</span>
          {label && <span className="ml-2 text-text-2">{label}</span>}
        </>
      ),
    },
    {
      header: words.columns.answers,
      cell: ({ agentId, text: spoken, hours }) => {
        if (agentId === null)
          return spoken === null ? <span className="text-text-2">{words.nobody}</span> : words.aText;
        const name = names.get(agentId) ?? text.archivedAgent;
        return hours ? words.inHours(name) : name;
      },
    },
    {
      header: words.columns.state,
      cell: number => {
        const state = numberState(number);
        return (
          <div className="py-1">
            <StateMark kind={number.problem !== null && state !== 'gone' ? 'attention' : marks[state]}>
              {words.states[state]}
            </StateMark>
            {number.problem && <p className="max-w-[60ch] break-words text-text-2">{number.problem}</p>}
          </div>
        );
      },
    },
    {
      header: words.columns.callerId,
      cell: ({ callerId }) =>
        callerId ? words.callerIds.yes : <span className="text-text-2">{words.callerIds.no}</span>,
    },
    { header: words.columns.synced, phone: 'omit', cell: ({ syncedAt }) => <When value={syncedAt} /> },
  ];
  if (mayChange)
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-36',
      cell: number => (
        <span className="inline-flex items-center gap-1">
          {number.source === 'owned' && !number.connected && number.problem !== null && (
            <Button size="dense" onClick={() => setAsking({ what: 'connect', number })}>
              {words.connect}
            </Button>
          )}
          <RowMenu
            label={words.actionsFor(spacedNumber(number.phone))}
            actions={[
              { label: words.edit, onSelect: () => setAsking({ what: 'edit', number }) },
              ...(number.source === 'owned'
                ? [{ label: words.connect, onSelect: () => setAsking({ what: 'connect', number }) }]
                : []),
            ]}
          />
        </span>
      ),
    });

  return (
    <>
      <WholeList
        query={query}
        rows={({ items }) => items}
        failed={words.failed}
        empty={<EmptyPart what={words.empty} how={words.emptyHow} />}
      >
        {numbers => (
          <RecordTable
            label={words.title}
            columns={columns}
            rows={numbers}
            rowKey={({ id }) => id}
            quiet={({ source }) => source === 'gone'}
          />
        )}
      </WholeList>
      {asking?.what === 'edit' && <NumberDialog number={asking.number} onClose={close} />}
      {asking?.what === 'connect' && <ConnectDialog number={asking.number} onClose={close} />}
    </>
  );
}
