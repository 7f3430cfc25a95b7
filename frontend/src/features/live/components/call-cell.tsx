import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { Headphones, MicVocal } from 'lucide-react';
import { memo } from 'react';
import { Button } from '../../../components/button.tsx';
import { FlagChip } from '../../../components/flag-chip.tsx';
import { StateShape } from '../../../components/state-mark.tsx';
import { lastDigits } from '../../../lib/call-person.ts';
import { formatClock } from '../../../lib/format.ts';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { useUser } from '../../../lib/use-user.ts';
import { liveText } from '../../../strings/live.ts';
import {
  countsFrom,
  isOver,
  listenersOf,
  markOf,
  nameOf,
  speakerOf,
  stateWord,
  withoutWords,
  worstFlag,
} from '../shown.ts';
import { LastWords } from './last-words.tsx';
import { SpeakingBars } from './speaking-bars.tsx';
import { Ticking } from './ticking.tsx';

export interface CellProps {
  readonly entry: LiveEntry;
  readonly aheadMs: number;
  readonly selected: boolean;
  /** Absent where this user may not listen. */
  readonly onListen?: ((callId: string) => void) | undefined;
  /** For a screen that many see: nothing to press, nothing that was said. */
  readonly display?: boolean;
}

/** One call on the wall, always of the same size: 124 px high. */
export const CallCell = memo(function CallCell({ entry, aheadMs, selected, onListen, display = false }: CellProps) {
  const { call } = entry;
  const over = isOver(entry);
  const speaker = speakerOf(entry);
  const flag = over ? null : worstFlag(entry);
  const listeners = listenersOf(entry).length;
  const edge = speaker ? 'bg-ink' : flag?.level === 'urgent' ? 'bg-m-bad' : flag ? 'bg-m-warn' : 'bg-transparent';
  return (
    <li
      data-call={call.id}
      data-selected={selected || undefined}
      className={clsx(
        'group relative flex h-31 flex-col gap-0.5 overflow-hidden border-r border-b px-3 py-2 hover:bg-hover',
        selected ? 'bg-accent-soft' : 'bg-surface',
        over && 'text-text-3',
      )}
    >
      <span aria-hidden="true" data-mark className={clsx('absolute inset-y-0 left-0 w-0.75', edge)} />
      <div className="flex items-center gap-2">
        <StateShape kind={markOf(entry)} label={stateWord(entry)} />
        <CallLink
          entry={entry}
          display={display}
          className="min-w-0 flex-1 truncate font-semibold after:absolute after:inset-0"
        />
        <Ticking
          since={countsFrom(call)}
          aheadMs={aheadMs}
          grey={over || entry.quiet === true}
          frozenSeconds={over ? (call.durationSeconds ?? 0) : null}
        />
      </div>
      <p className="shrink-0 truncate text-label text-text-3">
        {[
          call.campaignName,
          call.contactName ? lastDigits(call) : null,
          over || call.status !== 'in-progress' ? stateWord(entry) : null,
          call.direction === 'inbound' ? liveText.inbound : null,
          entry.quiet ? liveText.noNews(formatClock(entry.heardAt)) : null,
          listeners > 0 ? liveText.watcherCount(listeners) : null,
        ]
          .filter(Boolean)
          .join(' · ') || stateWord(entry)}
      </p>
      <p className="line-clamp-2 min-h-9 break-words text-table">{!display && <LastWords entry={entry} />}</p>
      <div className="mt-auto flex min-h-6.5 items-center gap-2">
        {speaker ? (
          <SpeakerChip name={speaker.name} id={speaker.id} />
        ) : (
          <SpeakingBars entry={entry} wordHidden={flag !== null} />
        )}
        {flag && <FlagChip flag={display ? withoutWords(flag) : flag} />}
        {!display && <ListenButton entry={entry} onListen={onListen} />}
      </div>
    </li>
  );
});

/** The same in one line of 36 px. */
export const CallRow = memo(function CallRow({ entry, aheadMs, selected, onListen, display = false }: CellProps) {
  const { call } = entry;
  const over = isOver(entry);
  const speaker = speakerOf(entry);
  const flag = over ? null : worstFlag(entry);
  const listeners = listenersOf(entry).length;
  return (
    <li
      data-call={call.id}
      data-selected={selected || undefined}
      className={clsx(
        'group relative flex h-9 items-center gap-3 overflow-hidden border-b px-3 text-table hover:bg-hover',
        selected ? 'bg-accent-soft' : 'bg-surface',
        over && 'text-text-3',
      )}
    >
      <StateShape kind={markOf(entry)} label={stateWord(entry)} />
      <Ticking
        className="w-11 shrink-0"
        since={countsFrom(call)}
        aheadMs={aheadMs}
        grey={over || entry.quiet === true}
        frozenSeconds={over ? (call.durationSeconds ?? 0) : null}
      />
      <CallLink
        entry={entry}
        display={display}
        className="w-28 shrink-0 truncate font-semibold tablet:w-44 after:absolute after:inset-0"
      />
      <span className="hidden w-8 shrink-0 text-text-3 tablet:inline">{call.contactName ? lastDigits(call) : ''}</span>
      <span className="hidden w-36 shrink-0 truncate text-text-2 desk:inline">{call.campaignName}</span>
      <span className="hidden w-40 shrink-0 tablet:inline-flex">
        {speaker ? (
          <SpeakerChip name={speaker.name} id={speaker.id} />
        ) : over ? (
          stateWord(entry)
        ) : (
          <SpeakingBars entry={entry} />
        )}
      </span>
      <span className="min-w-0 flex-1 truncate">{!display && <LastWords entry={entry} />}</span>
      {flag && <FlagChip flag={display ? withoutWords(flag) : flag} />}
      {listeners > 0 && <span className="shrink-0 text-label text-text-3">{liveText.watcherCount(listeners)}</span>}
      {onListen && !display && (
        <span className="hidden w-20 shrink-0 pointer-coarse:hidden tablet:block">
          <ListenButton entry={entry} onListen={onListen} />
        </span>
      )}
    </li>
  );
});

/** Shown to whoever points at the call, or has the focus in it; its space is kept. */
function ListenButton({ entry, onListen }: Pick<CellProps, 'entry' | 'onListen'>) {
  const { call } = entry;
  if (!onListen || isOver(entry) || !call.capabilities.includes('listen')) return null;
  return (
    <Button
      size="dense"
      className="relative ml-auto opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:hidden"
      onClick={() => onListen(call.id)}
    >
      <Headphones aria-hidden="true" className="size-3.5" />
      {liveText.control.listen}
    </Button>
  );
}

function CallLink({ entry: { call }, display, className }: { entry: LiveEntry; display: boolean; className: string }) {
  if (display) return <span className={className}>{nameOf(call)}</span>;
  return (
    <Link
      to="/live"
      search={(before: Record<string, unknown>) => ({ ...before, call: call.id })}
      aria-label={liveText.open(nameOf(call))}
      className={clsx(
        className,
        'focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent',
      )}
    >
      {nameOf(call)}
    </Link>
  );
}

/** A person speaks on the call: always a solid inverted block. */
export function SpeakerChip({ name, id, words }: { name: string; id?: string; words?: string }) {
  const mine = useUser().id === id;
  return (
    <span
      data-mark
      className="inline-flex min-w-0 items-center gap-1.5 rounded-chip bg-ink px-1.5 py-0.5 font-medium text-ink-fg text-label"
    >
      <MicVocal aria-hidden="true" className="size-3.5 shrink-0" />
      <span className="truncate">{words ?? (mine ? liveText.youSpeak : liveText.speaks(name))}</span>
    </span>
  );
}
