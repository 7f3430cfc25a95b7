import { Link } from '@tanstack/react-router';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import { countsFrom, isOver, nameOf, worstFlag } from '../shown.ts';
import { FlagChip } from './flag-chip.tsx';
import { Ticking } from './ticking.tsx';

const mostRows = 3;

/** Calls that need somebody: urgent ones first, then the oldest. Nothing at all where the server flags none. */
export function AttentionLane({ entries, aheadMs }: { entries: Iterable<LiveEntry>; aheadMs: number }) {
  const flagged = [...entries]
    .filter(entry => !isOver(entry))
    .map(entry => ({ entry, flag: worstFlag(entry) }))
    .filter(({ flag }) => flag !== null)
    .sort((a, b) => rank(b.flag!.level) - rank(a.flag!.level) || Date.parse(a.flag!.at) - Date.parse(b.flag!.at));
  if (flagged.length === 0) return null;
  return (
    <section aria-label={liveText.attention} className="border-t bg-surface px-3 py-2 tablet:px-4">
      <h2 className="font-semibold text-label text-text-2">{liveText.attention}</h2>
      <ul>
        {flagged.slice(0, mostRows).map(({ entry, flag }) => (
          <li key={entry.call.id} className="flex h-9 items-center gap-3">
            <FlagChip flag={flag!} />
            <Link
              to="/live"
              search={(before: Record<string, unknown>) => ({ ...before, call: entry.call.id })}
              className="min-w-0 truncate font-semibold hover:underline"
            >
              {nameOf(entry.call)}
            </Link>
            <Ticking since={countsFrom(entry.call)} aheadMs={aheadMs} />
          </li>
        ))}
      </ul>
      {flagged.length > mostRows && (
        <p className="text-label text-text-2">{liveText.attentionMore(flagged.length - mostRows)}</p>
      )}
    </section>
  );
}

const rank = (level: 'urgent' | 'attention'): number => (level === 'urgent' ? 1 : 0);
