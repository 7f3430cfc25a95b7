import { useRef, useState } from 'react';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import { visibleRows } from '../place-calls.ts';
import type { WallOrder } from '../shown.ts';
import { useSize } from '../use-size.ts';
import { useSlots } from '../use-slots.ts';
import { useWallKeys } from '../use-wall-keys.ts';
import { CallCell, CallRow } from './call-cell.tsx';
import { WallStatus } from './wall-status.tsx';

const cardHeight = 124;
const rowHeight = 36;
const narrowestCard = 264;
/** As base.css enlarges the type. */
const displayScale = 1.25;

export interface WallProps {
  readonly entries: ReadonlyMap<string, LiveEntry>;
  /** Those that match the filter, in order. */
  readonly shown: readonly LiveEntry[];
  readonly filterKey: string;
  readonly order: WallOrder;
  readonly shape: 'cards' | 'rows';
  readonly aheadMs: number;
  readonly selected: string | undefined;
  readonly stale: boolean;
  readonly onListen?: ((callId: string) => void) | undefined;
  /** For a screen that many see: larger, nothing to press, nothing that was said. */
  readonly display?: boolean;
}

/** Every call in its place. Only what is seen is in the page, since all are of one size. */
export function LiveWall({
  entries,
  shown,
  filterKey,
  order,
  shape,
  aheadMs,
  selected,
  stale,
  onListen,
  display = false,
}: WallProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const [top, setTop] = useState(0);
  const [hold, setHold] = useState(false);
  const { slots, waiting, apply } = useSlots(shown, { order, filter: filterKey, hold, wall: box });

  useWallKeys({ onApply: apply });

  const scale = display ? displayScale : 1;
  const columns = shape === 'rows' ? 1 : Math.max(1, Math.floor(width / (narrowestCard * scale)));
  const eachHigh = (shape === 'rows' ? rowHeight : cardHeight) * scale;
  const rows = Math.ceil(slots.length / columns);
  const { first, last } = visibleRows(rows, eachHigh, { top, height });
  const seen = slots.slice(first * columns, (last + 1) * columns);
  const Cell = shape === 'rows' ? CallRow : CallCell;

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {!display && (
        <WallStatus
          shown={shown.length}
          count={entries.size}
          hold={hold}
          waiting={waiting}
          onHold={setHold}
          onApply={apply}
        />
      )}
      <div
        ref={box}
        onScroll={event => setTop(event.currentTarget.scrollTop)}
        className={`min-h-0 flex-1 overflow-y-auto border-t contain-strict ${stale ? 'opacity-60' : ''}`}
      >
        <div className="relative" style={{ height: rows * eachHigh }}>
          <ul
            aria-label={liveText.wall}
            className="absolute inset-x-0 grid"
            style={{ top: first * eachHigh, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {seen.map((id, place) => {
              const entry = id === null ? undefined : entries.get(id);
              return entry ? (
                <Cell
                  key={id}
                  entry={entry}
                  aheadMs={aheadMs}
                  selected={id === selected}
                  onListen={onListen}
                  display={display}
                />
              ) : (
                <li
                  // biome-ignore lint/suspicious/noArrayIndexKey: a hole is a place and nothing else
                  key={`hole-${place}`}
                  aria-hidden="true"
                  className={shape === 'rows' ? 'h-9 border-b' : 'h-31 border-r border-b'}
                />
              );
            })}
          </ul>
        </div>
      </div>
    </div>
  );
}
