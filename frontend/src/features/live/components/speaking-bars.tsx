import clsx from 'clsx';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import { isOver } from '../shown.ts';

const loud = ['h-1.5', 'h-3', 'h-4', 'h-2.5', 'h-1.5'];

/** Five bars and a word for who speaks; the word alone for screen readers where there is no room. */
export function SpeakingBars({ entry, wordHidden = false }: { entry: LiveEntry; wordHidden?: boolean }) {
  const doing = entry.live.activity?.agent;
  if (!doing || isOver(entry) || entry.call.status !== 'in-progress') return null;
  const speaks = doing === 'speaking' || doing === 'person';
  const tone = doing === 'person' ? 'bg-ink' : speaks ? 'bg-m-agent' : 'bg-m-idle';
  return (
    <span className="inline-flex min-w-0 items-center gap-2 text-label text-text-2">
      <span aria-hidden="true" className="flex h-4 items-center gap-0.5">
        {loud.map((height, bar) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: five bars without state
          <span key={bar} data-mark className={clsx('w-0.75 rounded-chip', tone, speaks ? height : 'h-1')} />
        ))}
      </span>
      <span className={wordHidden ? 'visually-hidden' : 'truncate'}>{liveText.activity[doing] ?? doing}</span>
    </span>
  );
}
