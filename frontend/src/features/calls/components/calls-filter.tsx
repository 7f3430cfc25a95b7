import { X } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { FilterBar, FilterChoice, SearchBox } from '../../../components/filter-bar.tsx';
import { outcomeWord } from '../../../components/outcome-mark.tsx';
import { RangePicker } from '../../../components/range-picker.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { callDirections, callOutcomes } from '../../../lib/call-values.ts';
import { useMay } from '../../../lib/use-user.ts';
import { callsText } from '../../../strings/calls.ts';
import { type CallsSearch, filterCount, filters, withoutFilters } from '../calls-search.ts';
import { filterWord } from '../filter-words.ts';

const words = callsText.filter;

const setByLinks = ['status', 'result', 'campaign', 'contact', 'min', 'max'] as const;

/** Every filter of the list, in one line; those that only links set can be taken away here. */
export function CallsFilter({ search, onChange }: { search: CallsSearch; onChange: (next: CallsSearch) => void }) {
  const agents = useAgentNames();
  const byNumber = useMay('people:see');
  const change = (changes: { [K in keyof CallsSearch]?: CallsSearch[K] | undefined }) =>
    onChange(Object.fromEntries(Object.entries({ ...search, ...changes }).filter(([, value]) => value !== undefined)));
  return (
    <FilterBar
      label={words.label}
      count={filterCount(search)}
      search={
        <SearchBox
          label={byNumber ? words.wordsOrNumber : words.words}
          value={search.q ?? ''}
          afterMs={350}
          onChange={q => change({ q: q === '' ? undefined : q })}
        />
      }
    >
      <RangePicker
        anyTime
        value={search}
        onChange={range => change({ range: undefined, from: undefined, to: undefined, ...range })}
      />
      <FilterChoice
        label={words.outcome}
        value={search.outcome ?? ''}
        options={[['', words.anyOutcome], ...callOutcomes.map(each => [each, outcomeWord(each)] as const)]}
        onChange={outcome => change({ outcome: outcome === '' ? undefined : outcome })}
      />
      <FilterChoice
        label={words.direction}
        value={search.direction ?? ''}
        options={[
          ['', words.anyDirection],
          ...callDirections.map(each => [each, callsText.directions[each] ?? each] as const),
        ]}
        onChange={direction => change({ direction: direction === '' ? undefined : direction })}
      />
      {(agents.size > 1 || search.agent) && (
        <FilterChoice
          label={words.agent}
          value={search.agent ?? ''}
          options={[['', words.anyAgent], ...agents]}
          onChange={agent => change({ agent: agent === '' ? undefined : agent })}
        />
      )}
      <FilterChoice
        label={words.order}
        value={search.order ?? ''}
        options={[
          ['', words.newest],
          ['oldest', words.oldest],
        ]}
        onChange={order => change({ order: order === '' ? undefined : order })}
      />
      {setByLinks
        .filter(name => search[name] !== undefined)
        .map(name => {
          const label = filterWord(search, name, agents);
          return (
            <button
              key={name}
              type="button"
              aria-label={words.remove(label)}
              onClick={() => change({ [name]: undefined })}
              className="inline-flex h-8 items-center gap-1.5 rounded-control bg-accent-soft px-2 font-medium text-accent text-table pointer-coarse:h-11"
            >
              {label}
              <X aria-hidden="true" className="size-3.5" />
            </button>
          );
        })}
      {filters(search) && (
        <Button look="quiet" onClick={() => onChange(withoutFilters(search))}>
          {words.clear}
        </Button>
      )}
    </FilterBar>
  );
}
