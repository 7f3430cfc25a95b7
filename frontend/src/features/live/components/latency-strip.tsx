import type { HeldTranscript } from '../../../../../src/live/live-state-protocol.ts';
import { formatMs } from '../../../lib/format.ts';
import { liveText } from '../../../strings/live.ts';
import { answerDelays, goodMs, lateMs, summaryOf } from '../answer-delays.ts';

const mostBars = 16;
const highestMs = 2_000;

/** How quick the agent answers: the last sixteen delays, and in words. */
export function LatencyStrip({ transcript }: { transcript: HeldTranscript | undefined }) {
  const delays = answerDelays(transcript?.turns ?? []);
  const summary = summaryOf(delays);
  return (
    <div className="flex h-9 items-center gap-3 border-b px-4 text-label text-text-2">
      <span className="w-20 shrink-0">{liveText.latency.label}</span>
      <span aria-hidden="true" className="flex h-5 items-end gap-0.5">
        {delays.slice(-mostBars).map((delay, place) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bars without state
            key={place}
            data-mark
            className={`w-1.5 ${delay > lateMs ? 'bg-m-bad' : delay > goodMs ? 'bg-m-warn' : 'bg-m-idle'}`}
            style={{ height: `${Math.max(15, Math.min(100, (100 * delay) / highestMs))}%` }}
          />
        ))}
      </span>
      <span className="truncate">
        {summary
          ? liveText.latency.line(formatMs(summary.last), formatMs(summary.median), summary.late)
          : liveText.latency.none}
      </span>
    </div>
  );
}
