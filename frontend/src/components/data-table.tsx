// biome-ignore-all lint/a11y/useSemanticElements: rows that are not in the page leave gaps, which a table of HTML cannot have
// biome-ignore-all lint/a11y/useFocusableInteractive: rows have the focus; their cells and headers are not moved between
import { columnVisibilityFeature, createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import clsx from 'clsx';
import { type KeyboardEvent, memo, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { preferences } from '../lib/preferences.ts';
import { useMedia } from '../lib/use-media.ts';
import { useStore } from '../lib/use-store.ts';
import { text } from '../strings/en.ts';

export interface DataColumn<T> {
  readonly id: string;
  readonly header: string;
  /** null where this row has nothing to say. The first column holds the link to the record. */
  readonly cell: (row: T) => ReactNode;
  /** Its least width in pixels; with `grow` it takes what is left. */
  readonly width: number;
  readonly grow?: true;
  readonly align?: 'right';
  /** On phones a row becomes two lines: the leading columns first, facts below; `omit` leaves one out. */
  readonly phone?: 'lead' | 'fact' | 'omit';
}

export interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly DataColumn<T>[];
  /** The ids of the columns that are shown. */
  readonly visible: readonly string[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly onOpen: (row: T) => void;
  /** Further rows are fetched before the last one is reached. */
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  readonly onMore: () => void;
  /** Said below the last row. */
  readonly end: string;
  /** Rows that no longer count. */
  readonly quiet?: (row: T) => boolean;
}

const features = tableFeatures({ columnVisibilityFeature });
const phoneRowPx = 60;
/** Pages are asked for this many rows ahead. */
const aheadRows = 40;
const sidePx = 16;

/**
 * A long list of records, as long as it likes to be: only what is seen is in the page, and it fills the height that its parent gives it.
 * With the keyboard, up and down move between rows and Enter opens one.
 */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { label, columns, visible, rows, rowKey, onOpen, hasMore, loadingMore, onMore, end, quiet } = props;
  const phone = useMedia('(max-width: 47.99rem)');
  const rowPx = useRowHeight(phone);
  const box = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const wantsFocus = useRef(false);

  const table = useTable(
    {
      features,
      data: rows as T[],
      columns: useMemo(() => {
        const helper = createColumnHelper<typeof features, T>();
        return columns.map(({ id, header, cell }) =>
          helper.display({ id, header, cell: ({ row }) => cell(row.original) }),
        );
      }, [columns]),
      getRowId: rowKey,
      state: {
        columnVisibility: useMemo(
          () => Object.fromEntries(columns.map(({ id }) => [id, visible.includes(id)])),
          [columns, visible],
        ),
      },
    },
    state => state,
  );
  const shown = useMemo(() => columns.filter(({ id }) => visible.includes(id)), [columns, visible]);
  const grid = shown.map(({ width, grow }) => (grow ? `minmax(${width}px, 1fr)` : `${width}px`)).join(' ');
  const widest = shown.reduce((sum, { width }) => sum + width, 2 * sidePx);
  const records = table.getRowModel().rows;

  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    overscan: 8,
    scrollPaddingStart: phone ? 0 : 32,
    // The row that holds the focus stays in the page, however far one scrolls.
    rangeExtractor: range => {
      const seen = defaultRangeExtractor(range);
      return focused < records.length && !seen.includes(focused) ? [...seen, focused].sort((a, b) => a - b) : seen;
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: every row has another height then
  useEffect(() => virtual.measure(), [rowPx]);
  const items = virtual.getVirtualItems();
  const last = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && last >= records.length - aheadRows) onMore();
  }, [hasMore, loadingMore, last, records.length, onMore]);

  const move = (to: number) => {
    const next = Math.min(records.length - 1, Math.max(0, to));
    wantsFocus.current = true;
    setFocused(next);
    virtual.scrollToIndex(next);
  };
  const pressed = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowPx) - 2);
    const steps: Record<string, number> = {
      ArrowDown: focused + 1,
      ArrowUp: focused - 1,
      PageDown: focused + page,
      PageUp: focused - page,
      Home: 0,
      End: records.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    move(to);
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : records.length + 1}
      aria-colcount={shown.length}
      tabIndex={-1}
      onKeyDown={pressed}
      className="relative min-h-0 flex-1 overflow-auto border-y bg-surface outline-none contain-strict"
    >
      <div style={{ minWidth: phone ? undefined : widest }}>
        <div role="rowgroup" className={phone ? 'visually-hidden' : 'sticky top-0 z-20 border-b bg-surface'}>
          <div role="row" aria-rowindex={1} className="grid px-4" style={{ gridTemplateColumns: grid }}>
            {shown.map(({ id, header, align }, at) => (
              <div
                key={id}
                role="columnheader"
                className={clsx(
                  'flex h-8 items-center truncate pr-3 font-medium text-label text-text-2',
                  align === 'right' && 'justify-end',
                  at === 0 && 'sticky left-0 bg-surface pl-4 -ml-4',
                )}
              >
                {header}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map(item => {
            const row = records[item.index];
            if (!row) return null;
            return (
              <Row
                key={row.id}
                row={row.original}
                index={item.index}
                start={item.start}
                heightPx={rowPx}
                phone={phone}
                grid={grid}
                columns={shown}
                quiet={quiet?.(row.original) ?? false}
                isFocused={item.index === focused}
                wantsFocus={wantsFocus}
                onFocus={setFocused}
                onOpen={onOpen}
              />
            );
          })}
        </div>
      </div>
      <p className="sticky left-0 px-4 py-2.5 text-center text-label text-text-2">{hasMore ? text.loadingMore : end}</p>
    </div>
  );
}

interface RowProps<T> {
  readonly row: T;
  readonly index: number;
  readonly start: number;
  readonly heightPx: number;
  readonly phone: boolean;
  readonly grid: string;
  readonly columns: readonly DataColumn<T>[];
  readonly quiet: boolean;
  readonly isFocused: boolean;
  /** The row that has it takes the focus as soon as it is in the page. */
  readonly wantsFocus: RefObject<boolean>;
  readonly onFocus: (index: number) => void;
  readonly onOpen: (row: T) => void;
}

/** Scrolling changes which rows are in the page, sixty times a second: those that stay are not drawn anew. */
const Row = memo(function Row<T extends object>(props: RowProps<T>) {
  const { row, index, start, heightPx, phone, grid, columns, quiet, isFocused, wantsFocus, onFocus, onOpen } = props;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isFocused || !wantsFocus.current) return;
    wantsFocus.current = false;
    element.current?.focus({ preventScroll: true });
  });
  return (
    <div
      ref={element}
      role="row"
      aria-rowindex={index + 2}
      tabIndex={isFocused ? 0 : -1}
      onFocus={() => onFocus(index)}
      onClick={event => {
        // Links and buttons of a row act by themselves, and text may be selected.
        if ((event.target as HTMLElement).closest('a, button') || getSelection()?.type === 'Range') return;
        onOpen(row);
      }}
      onKeyDown={event => {
        if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(row);
      }}
      className={clsx(
        'group absolute inset-x-0 top-0 cursor-pointer border-b focus-visible:-outline-offset-2 hover:bg-hover',
        phone ? 'flex flex-col justify-center px-3' : 'grid items-center px-4 text-table',
        quiet && 'text-text-3',
      )}
      style={{
        height: heightPx,
        transform: `translateY(${start}px)`,
        ...(phone ? {} : { gridTemplateColumns: grid }),
      }}
    >
      {phone ? (
        <PhoneRow columns={columns} row={row} />
      ) : (
        columns.map(({ id, align, cell }, at) => (
          <div
            key={id}
            role="gridcell"
            className={clsx(
              'flex h-full min-w-0 items-center pr-3',
              align === 'right' && 'justify-end',
              at === 0 && 'sticky left-0 z-10 -ml-4 bg-surface pl-4 group-hover:bg-hover',
            )}
          >
            <div className="min-w-0 truncate">{cell(row) ?? <span className="text-text-3">–</span>}</div>
          </div>
        ))
      )}
    </div>
  );
}) as <T extends object>(props: RowProps<T> & { key: string }) => ReactNode;

function PhoneRow<T>({ columns, row }: { columns: readonly DataColumn<T>[]; row: T }) {
  const of = (kind: DataColumn<T>['phone']) =>
    columns
      .filter(({ phone = 'fact' }) => phone === kind)
      .map(({ id, cell }) => ({ id, content: cell(row) }))
      .filter(({ content }) => content !== null);
  return (
    <>
      <div role="gridcell" className="flex min-w-0 items-center gap-2 font-medium">
        {of('lead').map(({ id, content }) => (
          <span key={id} className="min-w-0 truncate first:flex-1">
            {content}
          </span>
        ))}
      </div>
      <div role="gridcell" className="flex min-w-0 items-center gap-3 truncate text-table text-text-2">
        {of('fact').map(({ id, content }) => (
          <span key={id} className="shrink-0 last:min-w-0 last:shrink last:truncate">
            {content}
          </span>
        ))}
      </div>
    </>
  );
}

/** Fixed heights, so that the length of the list is known without painting it. */
function useRowHeight(phone: boolean): number {
  const { density } = useStore(preferences);
  const finger = useMedia('(pointer: coarse)');
  if (phone) return phoneRowPx;
  return finger ? 44 : density === 'comfortable' ? 40 : 32;
}
