import { Octagon, Triangle } from 'lucide-react';
import type { LiveFlag } from '../../../src/live/live-contract.ts';

/** Why a call needs somebody: shape, colour and the reason. */
export function FlagChip({ flag: { level, reason } }: { flag: Pick<LiveFlag, 'level' | 'reason'> }) {
  const urgent = level === 'urgent';
  const Icon = urgent ? Octagon : Triangle;
  return (
    <span
      className={`inline-flex min-w-0 items-center gap-1.5 rounded-chip px-1.5 py-0.5 font-medium text-label ${urgent ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn'}`}
    >
      <Icon aria-hidden="true" data-mark className="size-3 shrink-0 fill-current" strokeLinejoin="miter" />
      <span className="truncate">{reason}</span>
    </span>
  );
}
