import clsx from 'clsx';
import { useEffect, useRef } from 'react';
import { shareOf } from '../../../lib/voice/loudness.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';

const peakHeldMs = 1_000;
/** With reduced motion the bars move in steps. */
const calmMs = 500;
const speaksFrom = 0.25;
const theirs = ['caller'] as const;
const agents = ['agent', 'person'] as const;

/** How loud both sides are, the person above: painted past React, and hidden from screen readers, to whom the word speaks. */
export function LevelMeters({ desk, person, ours }: { desk: CallDesk; person: string; ours: string }) {
  return (
    <div className="grid gap-1.5 border-b px-4 py-2">
      <Meter desk={desk} sides={theirs} label={person} tone="bg-m-caller" />
      <Meter desk={desk} sides={agents} label={ours} tone="bg-m-agent" />
    </div>
  );
}

function Meter({ desk, sides, label, tone }: { desk: CallDesk; sides: Sides; label: string; tone: string }) {
  const { bar, peak, word } = usePainted(desk, sides);
  return (
    <div data-meter={sides[0]} className="flex items-center gap-3 text-label text-text-2">
      <span className="w-20 shrink-0 truncate">{label}</span>
      <div aria-hidden="true" data-track className="relative h-2 min-w-0 flex-1 overflow-hidden rounded-chip bg-sunken">
        <div ref={bar} data-mark className={`h-full w-0 ${tone}`} />
        <div ref={peak} data-mark className={`absolute inset-y-0 left-0 w-0.5 ${tone}`} />
      </div>
      <span ref={word} className="w-12 shrink-0">
        {liveText.meters.quiet}
      </span>
    </div>
  );
}

/** The same as two bars alone, for where there is no room for words. */
export function SmallMeters({ desk, onInk }: { desk: CallDesk; onInk: boolean }) {
  return (
    <span aria-hidden="true" className="grid w-14 shrink-0 gap-1">
      <SmallMeter desk={desk} sides={theirs} tone={onInk ? 'bg-ink-fg' : 'bg-m-caller'} onInk={onInk} />
      <SmallMeter desk={desk} sides={agents} tone={onInk ? 'bg-ink-fg' : 'bg-m-agent'} onInk={onInk} />
    </span>
  );
}

function SmallMeter({ desk, sides, tone, onInk }: { desk: CallDesk; sides: Sides; tone: string; onInk: boolean }) {
  const { bar } = usePainted(desk, sides);
  return (
    <span
      data-mark
      data-track
      className={clsx('block h-2 overflow-hidden rounded-chip', onInk ? 'border border-ink-fg' : 'bg-sunken')}
    >
      <span ref={bar} data-mark className={clsx('block h-full w-0', tone)} />
    </span>
  );
}

type Sides = readonly ('caller' | 'agent' | 'person')[];

/** Paints how loud some sides are into what these places stand for. */
function usePainted(desk: CallDesk, sides: Sides) {
  const bar = useRef<HTMLDivElement & HTMLSpanElement>(null);
  const peak = useRef<HTMLDivElement>(null);
  const word = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)');
    let paintedAt = 0;
    let highest = 0;
    let highestAt = 0;
    return desk.levels.subscribe(() => {
      const now = performance.now();
      if (calm.matches && now - paintedAt < calmMs) return;
      paintedAt = now;
      const levels = desk.levels.get();
      const share = shareOf(Math.max(...sides.map(side => levels[side])));
      if (share >= highest || now - highestAt > peakHeldMs) {
        highest = share;
        highestAt = now;
      }
      if (bar.current) bar.current.style.width = `${Math.round(share * 100)}%`;
      if (peak.current) peak.current.style.left = `${Math.round(highest * 99)}%`;
      if (word.current)
        word.current.textContent = highest > speaksFrom ? liveText.meters.speaks : liveText.meters.quiet;
    });
  }, [desk, sides]);
  return { bar, peak, word };
}
