import { useState } from 'react';
import {
  localField,
  momentOfField,
  ownTimeZone,
  type RangeName,
  type RangeSearch,
  rangeNames,
} from '../lib/date-range.ts';
import { text } from '../strings/en.ts';
import { FilterChoice, FilterField } from './filter-bar.tsx';

const words = text.range;

/** Chooses a stretch of time in the viewer's zone: one with a name, or from and to. */
export function RangePicker({
  value,
  onChange,
  anyTime = false,
}: {
  value: RangeSearch;
  onChange: (range: RangeSearch) => void;
  /** Whether all time is a choice, too. */
  anyTime?: boolean;
}) {
  const own = value.from !== undefined || value.to !== undefined;
  const [open, setOpen] = useState(false);
  const shown = own || open ? 'own' : (value.range ?? '');
  const from = localField(value.from);
  const to = localField(value.to);
  return (
    <>
      <FilterChoice
        label={words.label}
        value={shown}
        options={[
          ...(anyTime ? [['', words.any] as const] : []),
          ...rangeNames.map(name => [name, words.names[name]] as const),
          ['own', words.own] as const,
        ]}
        onChange={next => {
          setOpen(next === 'own');
          if (next !== 'own') onChange(next === '' ? {} : { range: next as RangeName });
        }}
      />
      {shown === 'own' && (
        <span title={words.zone(ownTimeZone())} className="flex flex-wrap items-center gap-2">
          <FilterField
            label={words.from}
            type="datetime-local"
            value={from}
            max={to || undefined}
            onChange={event => onChange(rangeOf(momentOfField(event.target.value), value.to))}
          />
          <FilterField
            label={words.to}
            type="datetime-local"
            value={to}
            min={from || undefined}
            onChange={event => onChange(rangeOf(value.from, momentOfField(event.target.value)))}
          />
        </span>
      )}
    </>
  );
}

const rangeOf = (from: string | undefined, to: string | undefined): RangeSearch => ({
  ...(from ? { from } : {}),
  ...(to ? { to } : {}),
});
