import { FlagChip } from '../../../components/flag-chip.tsx';
import { formatTicking } from '../../../lib/format.ts';
import { callsText } from '../../../strings/calls.ts';
import type { Call } from '../api/calls.ts';
import { offsetOf } from '../call-events.ts';

const words = callsText.flags;

/** Why the call needed somebody, each reason with its place in the call; where there is sound, pressing the place plays it. */
export function CallFlags({
  call: { flags, answeredAt },
  onSeek,
}: {
  call: Pick<Call, 'flags' | 'answeredAt'>;
  onSeek: ((ms: number) => void) | null | undefined;
}) {
  if (flags.length === 0) return null;
  return (
    <section aria-label={words.title} className="border-t bg-surface px-3 py-2 tablet:px-4">
      <ul className="flex flex-wrap gap-x-4 gap-y-1.5">
        {flags.map(flag => {
          const ms = offsetOf(flag.at, answeredAt);
          const place = ms === null ? null : formatTicking(ms / 1_000);
          return (
            <li key={`${flag.kind} ${flag.at}`} className="flex min-w-0 items-center gap-1.5 text-label">
              <FlagChip flag={flag} />
              {place !== null &&
                (onSeek ? (
                  <button
                    type="button"
                    aria-label={words.play(place, flag.reason)}
                    onClick={() => onSeek(ms!)}
                    className="min-h-6 min-w-6 shrink-0 rounded-control text-accent tabular-nums hover:underline pointer-coarse:min-h-11"
                  >
                    {place}
                  </button>
                ) : (
                  <span className="shrink-0 text-text-2 tabular-nums">{place}</span>
                ))}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
