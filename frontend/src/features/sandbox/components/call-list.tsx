import clsx from 'clsx';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { formatDuration, formatMs } from '../../../lib/format.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { text } from '../../../strings/en.ts';
import { type SandboxCall, useHangUp } from '../api/sandbox.ts';
import { Failure } from './failure.tsx';
import { PressKeysDialog } from './press-keys-dialog.tsx';
import { SaidList } from './said-list.tsx';

const kinds: Record<SandboxCall['state'], StateKind> = {
  queued: 'idle',
  initiated: 'idle',
  ringing: 'ringing',
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

/**
 * The calls, and what is said on one of them: on the newest that goes on, until another is chosen. `now` is the server's, so that
 * a clock which is wrong here shows no nonsense; the call `atPhone` is told at the page's phone already.
 */
export function CallList({ calls, now, atPhone }: { calls: SandboxCall[]; now: string; atPhone: string | null }) {
  const hangUp = useHangUp();
  const [pressing, setPressing] = useState<SandboxCall | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const followed = calls.find(isLive) ?? calls[0];
  if (!followed) return <EmptyPart what={words.empty} how={words.emptyHow} />;
  const shown = calls.find(call => call.sid === chosen) ?? followed;

  const since = (at: string) => formatDuration((Date.parse(now) - Date.parse(at)) / 1_000);
  const columns: Column<SandboxCall>[] = [
    {
      header: words.columns.state,
      cell: call => <StateMark kind={kinds[call.state]}>{text.console.states[call.state]}</StateMark>,
    },
    {
      header: words.columns.person,
      phone: 'lead',
      cell: call => (
        <button
          type="button"
          aria-label={words.showSaid(personOf(call))}
          title={personOf(call)}
          className="max-w-full truncate rounded-chip text-left font-medium text-accent hover:underline tablet:max-w-[24ch]"
          onClick={() => setChosen(call.sid)}
        >
          {personOf(call)}
        </button>
      ),
    },
    {
      header: words.columns.numbers,
      cell: call => (
        <span className="whitespace-nowrap">
          {spacedNumber(call.from)} → {spacedNumber(call.to)}
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
    { header: words.columns.heard, cell: call => oneLine(lastHeard(call.heard), 'tablet:max-w-[28ch]') },
    { header: words.columns.notes, cell: call => oneLine(noteOf(call), 'tablet:max-w-[19ch]') },
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
                onSelect: () => act(hangUp, call.sid, () => notify(words.hungUp)),
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
        current={call => call === shown}
      />
      <section aria-label={words.saidWith(personOf(shown))} className="border-t px-3 py-4 tablet:px-4">
        <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="font-semibold">{words.saidWith(personOf(shown))}</h3>
          <StateMark kind={kinds[shown.state]}>{text.console.states[shown.state]}</StateMark>
          {shown !== followed && (
            <Button size="dense" className="ml-auto" onClick={() => setChosen(null)}>
              {words.follow}
            </Button>
          )}
        </div>
        {shown.sid === atPhone ? (
          <p className="text-text-2">{words.atPhone}</p>
        ) : (
          <SaidList key={shown.sid} sid={shown.sid} live={isLive(shown)} label={words.saidWith(personOf(shown))} />
        )}
      </section>
      {pressing && <PressKeysDialog call={pressing} person={personOf(pressing)} onClose={() => setPressing(null)} />}
    </>
  );
}

/** What the carrier noted, or how much of the agent's speech waits there to be heard. */
const noteOf = (call: SandboxCall): string | null =>
  isLive(call) && call.queuedMs > 0 ? words.waiting(formatMs(call.queuedMs)) : (call.notes.at(-1) ?? null);

/** In a table the rows stay even; on phones all of it is there. */
const oneLine = (content: string | null, width: string) =>
  content && (
    <span title={content} className={clsx('tablet:block tablet:truncate', width)}>
      {content}
    </span>
  );

/** The last clip that was recognised, in words. */
export function lastHeard(heard: SandboxCall['heard']): string | null {
  const last = heard.at(-1);
  if (!last) return null;
  const said = last.words ?? last.clipId;
  return last.complete ? said : words.partly(said);
}
