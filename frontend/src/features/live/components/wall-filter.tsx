import { LayoutGrid, Rows3 } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { FilterBar, FilterChoice, SearchBox } from '../../../components/filter-bar.tsx';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { text } from '../../../strings/en.ts';
import { liveText } from '../../../strings/live.ts';
import type { WallOrder } from '../shown.ts';

const words = liveText.filter;
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
    <FilterBar
      label={words.label}
      count={view.state === '' ? 0 : 1}
      search={<SearchBox label={words.text} value={view.q} onChange={q => onChange({ q })} />}
    >
      <FilterChoice
        label={words.state}
        value={view.state}
        options={[['', words.anyState], ...states.map(state => [state, text.callStates[state] ?? state] as const)]}
        onChange={state => onChange({ state })}
      />
      <FilterChoice
        label={words.order}
        value={view.order}
        options={orders.map(order => [order, words.orders[order]] as const)}
        onChange={order => onChange({ order })}
      />
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
    </FilterBar>
  );
}
