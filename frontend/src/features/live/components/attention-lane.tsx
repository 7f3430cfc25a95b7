import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { FlagChip } from '../../../components/flag-chip.tsx';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { news } from '../../../lib/news.ts';
import { liveText } from '../../../strings/live.ts';
import { createLaneVoice, flaggedCalls } from '../lane-voice.ts';
import { countsFrom, nameOf, withoutWords } from '../shown.ts';
import { Ticking } from './ticking.tsx';

const mostRows = 3;

/** Calls that need somebody: urgent ones first, then the oldest. Nothing at all where the server flags none. */
export function AttentionLane({
  entries,
  aheadMs,
  display = false,
}: {
  entries: Iterable<LiveEntry>;
  aheadMs: number;
  /** For a screen that many see: nothing to press, nothing that was said. */
  display?: boolean;
}) {
  const [voice] = useState(() => createLaneVoice(news));
  const flagged = flaggedCalls(entries);
  useEffect(() => voice(flagged));
  useEffect(() => () => voice([]), [voice]);
  if (flagged.length === 0) return null;
  return (
    <section aria-label={liveText.attention} className="border-t bg-surface px-3 py-2 tablet:px-4">
      <h2 className="font-semibold text-label text-text-2">{liveText.attention}</h2>
      <ul>
        {flagged.slice(0, mostRows).map(({ entry, flag }) => (
          <li key={entry.call.id} className="flex h-9 items-center gap-3">
            <FlagChip flag={display ? withoutWords(flag) : flag} />
            {display ? (
              <span className="min-w-0 truncate font-semibold">{nameOf(entry.call)}</span>
            ) : (
              <Link
                to="/live"
                search={(before: Record<string, unknown>) => ({ ...before, call: entry.call.id })}
                className="min-w-0 truncate font-semibold hover:underline"
              >
                {nameOf(entry.call)}
              </Link>
            )}
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
