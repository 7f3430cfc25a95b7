import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { formatClock, formatTicking } from '../../../lib/format.ts';
import { callsText } from '../../../strings/calls.ts';
import type { Call, CallEvent } from '../api/calls.ts';
import { detailsOf, isKnown, isWiring, offsetOf, titleOf } from '../call-events.ts';

const words = callsText.events;

/** What happened, in order. How the call was wired is left out until somebody asks for it. */
export function CallEvents({
  call,
  events,
  onSeek,
}: {
  call: Call;
  events: readonly CallEvent[];
  onSeek: ((ms: number) => void) | null;
}) {
  const [every, setEvery] = useState(false);
  const shown = every ? events : events.filter(event => !isWiring(event));
  const left = events.length - shown.length;
  return (
    <>
      {shown.length === 0 && <p className="text-text-2">{words.none}</p>}
      <ol className="grid">
        {shown.map(event => {
          const offset = offsetOf(event.at, call.answeredAt);
          const details = detailsOf(event);
          return (
            <li
              key={event.seq}
              className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-2 border-b py-1.5 last:border-b-0"
            >
              <span className="pt-px text-label text-text-3">
                {offset === null ? (
                  formatClock(Date.parse(event.at))
                ) : onSeek ? (
                  <button
                    type="button"
                    aria-label={words.seek(titleOf(event), formatTicking(offset / 1_000))}
                    onClick={() => onSeek(offset)}
                    className="min-h-6 text-accent hover:underline"
                  >
                    {formatTicking(offset / 1_000)}
                  </button>
                ) : (
                  formatTicking(offset / 1_000)
                )}
              </span>
              <span className="min-w-0 break-words">
                <span className={isKnown(event) ? '' : 'font-mono text-table'}>{titleOf(event)}</span>
                {details.length > 0 && <span className="text-table text-text-2"> · {details.join(' · ')}</span>}
              </span>
            </li>
          );
        })}
      </ol>
      {(every || left > 0) && (
        <Button size="dense" look="quiet" className="mt-2" onClick={() => setEvery(!every)}>
          {every ? words.fewer : words.more(left)}
        </Button>
      )}
    </>
  );
}
