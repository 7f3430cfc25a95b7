import { useState } from 'react';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { notify } from '../../../lib/announcements.ts';
import { formatDuration, formatMs } from '../../../lib/format.ts';
import { text } from '../../../strings/en.ts';
import { type SandboxCall, useHangUp } from '../api/sandbox.ts';
import { spaced } from '../phone-number.ts';
import { Failure } from './failure.tsx';
import { PressKeysDialog } from './press-keys-dialog.tsx';

const kinds: Record<SandboxCall['state'], StateKind> = {
  queued: 'idle',
  initiated: 'idle',
  ringing: 'idle',
  'in-progress': 'running',
  completed: 'passed',
  busy: 'blocked',
  'no-answer': 'blocked',
  canceled: 'blocked',
  failed: 'urgent',
};
const words = text.console.calls;
const personOf = (call: SandboxCall) => call.personName ?? text.console.nobody;
const isLive = (call: SandboxCall) => call.endedAt === null;

/** `now` is the server's, so that a clock which is wrong here shows no nonsense. */
export function CallList({ calls, now }: { calls: SandboxCall[]; now: string }) {
  const hangUp = useHangUp();
  const [pressing, setPressing] = useState<SandboxCall | null>(null);
  if (calls.length === 0) return <EmptyPart what={words.empty} />;

  const since = (at: string) => formatDuration((Date.parse(now) - Date.parse(at)) / 1_000);
  const columns: Column<SandboxCall>[] = [
    {
      header: words.columns.state,
      cell: call => <StateMark kind={kinds[call.state]}>{text.console.states[call.state]}</StateMark>,
    },
    {
      header: words.columns.person,
      phone: 'lead',
      cell: call => <span className="font-medium">{personOf(call)}</span>,
    },
    {
      header: words.columns.numbers,
      cell: call => (
        <span className="whitespace-nowrap">
          {spaced(call.from)} → {spaced(call.to)}
        </span>
      ),
    },
    {
      header: words.columns.since,
      align: 'right',
      cell: call => (
        <span className="whitespace-nowrap">
          {call.endedAt ? words.ago(since(call.endedAt)) : since(call.answeredAt ?? call.createdAt)}
        </span>
      ),
    },
    { header: words.columns.heard, cell: call => lastHeard(call.heard) },
    {
      header: words.columns.queued,
      align: 'right',
      phone: 'omit',
      cell: call => (isLive(call) && call.queuedMs > 0 ? formatMs(call.queuedMs) : null),
    },
    { header: words.columns.notes, cell: call => call.notes.at(-1) ?? null },
    {
      header: words.columns.actions,
      phone: 'action',
      align: 'right',
      width: 'w-12',
      cell: call =>
        isLive(call) && (
          <RowMenu
            label={words.actionsFor(personOf(call))}
            actions={[
              ...(call.state === 'in-progress' ? [{ label: words.press, onSelect: () => setPressing(call) }] : []),
              {
                label: words.hangUp,
                danger: true,
                onSelect: () => hangUp.mutate(call.sid, { onSuccess: () => notify(words.hungUp) }),
              },
            ]}
          />
        ),
    },
  ];

  return (
    <>
      <Failure what={words.hangUpFailed} error={hangUp.error} />
      <RecordTable
        label={words.title}
        columns={columns}
        rows={calls}
        rowKey={call => call.sid}
        quiet={call => !isLive(call)}
      />
      {pressing && <PressKeysDialog call={pressing} person={personOf(pressing)} onClose={() => setPressing(null)} />}
    </>
  );
}

/** The last clip that was recognised, in words. */
export function lastHeard(heard: SandboxCall['heard']): string | null {
  const last = heard.at(-1);
  if (!last) return null;
  const said = last.words ?? last.clipId;
  return last.complete ? said : words.partly(said);
}
