import clsx from 'clsx';
import { useEffect, useRef } from 'react';
import { onSecond } from '../../../lib/clock.ts';
import { formatTicking } from '../../../lib/format.ts';

/** A duration that counts on by itself, written past React: 02:14. `frozenSeconds` stops it where it stands. */
export function Ticking({
  since,
  aheadMs,
  frozenSeconds,
  grey = false,
  className,
}: {
  since: number;
  /** How far the clock that `since` was read from is ahead of this browser's. */
  aheadMs: number;
  frozenSeconds?: number | null | undefined;
  grey?: boolean;
  className?: string;
}) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const write = (now: number) => {
      const seconds = frozenSeconds ?? (now + aheadMs - since) / 1_000;
      if (place.current) place.current.textContent = formatTicking(seconds);
    };
    write(Date.now());
    return frozenSeconds == null ? onSecond(write) : undefined;
  }, [since, aheadMs, frozenSeconds]);
  return (
    <span ref={place} role="timer" aria-live="off" className={clsx('tabular-nums', grey && 'text-text-3', className)} />
  );
}
