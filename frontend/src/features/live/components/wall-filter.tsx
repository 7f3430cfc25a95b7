import { LayoutGrid, Rows3, Search } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from '../../../components/button.tsx';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import type { WallOrder } from '../shown.ts';

const words = liveText.filter;
const control =
  'h-8 min-w-0 rounded-control border border-border-strong bg-surface px-2 text-table text-text placeholder:text-text-3 pointer-coarse:h-11';

export interface WallView {
  readonly q: string;
  readonly state: string;
  readonly order: WallOrder;
  readonly shape: 'cards' | 'rows';
}

/** One line: text, state, order, cards or rows. */
export function WallFilter({
  view,
  entries,
  hasFlags,
  onChange,
}: {
  view: WallView;
  entries: ReadonlyMap<string, LiveEntry>;
  hasFlags: boolean;
  onChange: (changes: Partial<WallView>) => void;
}) {
  const states = [
    ...new Set([...[...entries.values()].map(({ call }) => call.status), ...(view.state ? [view.state] : [])]),
  ];
  const orders = (Object.keys(words.orders) as WallOrder[]).filter(order => order !== 'risk' || hasFlags);
  return (
    <search aria-label={words.label} className="flex flex-wrap items-center gap-2 px-3 pb-2 tablet:px-4">
      <div className="relative min-w-40 flex-1 tablet:max-w-80">
        <Search aria-hidden="true" className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-text-3" />
        <input
          type="search"
          data-page-search
          aria-label={words.text}
          placeholder={words.text}
          value={view.q}
          onChange={event => onChange({ q: event.target.value })}
          className={`${control} w-full pl-8`}
        />
      </div>
      <Choice label={words.state} value={view.state} onChange={state => onChange({ state })}>
        <option value="">{words.anyState}</option>
        {states.map(state => (
          <option key={state} value={state}>
            {liveText.states[state] ?? state}
          </option>
        ))}
      </Choice>
      <Choice label={words.order} value={view.order} onChange={order => onChange({ order: order as WallOrder })}>
        {orders.map(order => (
          <option key={order} value={order}>
            {words.orders[order]}
          </option>
        ))}
      </Choice>
      <fieldset className="hidden gap-1 tablet:flex">
        <legend className="visually-hidden">{words.shape}</legend>
        {(['cards', 'rows'] as const).map(shape => (
          <Button
            key={shape}
            size="icon"
            look={view.shape === shape ? 'outlined' : 'quiet'}
            aria-label={words[shape]}
            aria-pressed={view.shape === shape}
            data-pressed={view.shape === shape || undefined}
            onClick={() => onChange({ shape })}
          >
            {shape === 'cards' ? (
              <LayoutGrid aria-hidden="true" className="size-4" />
            ) : (
              <Rows3 aria-hidden="true" className="size-4" />
            )}
          </Button>
        ))}
      </fieldset>
    </search>
  );
}

function Choice({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <select id={id} value={value} onChange={event => onChange(event.target.value)} className={control}>
        {children}
      </select>
    </>
  );
}
