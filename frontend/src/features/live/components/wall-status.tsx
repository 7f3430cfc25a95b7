import { Pause } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { liveText } from '../../../strings/live.ts';

/** How much of the wall is shown and whether it is held; always of the same height. */
export function WallStatus({
  shown,
  count,
  hold,
  waiting,
  onHold,
  onApply,
}: {
  shown: number;
  count: number;
  hold: boolean;
  waiting: number;
  onHold: (on: boolean) => void;
  onApply: () => void;
}) {
  return (
    <div className="flex h-9 shrink-0 items-center gap-3 px-3 text-table text-text-2 tablet:px-4">
      <p className="min-w-0 truncate">
        {[
          shown === count ? null : liveText.factsFiltered(shown, count),
          hold ? liveText.held : null,
          hold && waiting > 0 ? liveText.waiting(waiting) : null,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <div className="ml-auto flex gap-2">
        {hold && waiting > 0 && (
          <Button size="dense" onClick={onApply}>
            {liveText.apply}
          </Button>
        )}
        <Button
          size="dense"
          look="quiet"
          aria-pressed={hold}
          data-pressed={hold || undefined}
          onClick={() => onHold(!hold)}
        >
          <Pause aria-hidden="true" className="size-3.5" />
          {hold ? liveText.holding : liveText.hold}
        </Button>
      </div>
    </div>
  );
}
