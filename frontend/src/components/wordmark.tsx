import clsx from 'clsx';
import { text } from '../strings/en.ts';

/** Two voices taking turns: one bar pauses where the other speaks. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true" data-mark className={clsx('shrink-0', className)}>
      <rect x="1" y="4" width="11" height="5" rx="1" className="fill-m-caller" />
      <rect x="14" y="4" width="5" height="5" rx="1" className="fill-m-caller opacity-30" />
      <rect x="1" y="11" width="5" height="5" rx="1" className="fill-m-agent opacity-35" />
      <rect x="8" y="11" width="11" height="5" rx="1" className="fill-m-agent" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 font-title text-section tracking-tight">
      <Mark className="size-5" />
      <span className="max-[28rem]:visually-hidden">{text.product}</span>
    </span>
  );
}
