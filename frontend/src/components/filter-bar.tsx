import clsx from 'clsx';
import { Search, SlidersHorizontal } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useMedia } from '../lib/use-media.ts';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';

const control =
  'h-8 min-w-0 rounded-control border border-border-strong bg-surface px-2 text-table text-text placeholder:text-text-3 pointer-coarse:h-11';

/** One line of filters above a list, the search first; on phones, and where the line is narrow, the others open on demand. */
export function FilterBar({
  label,
  search,
  count = 0,
  narrow = false,
  aside,
  children,
}: {
  label: string;
  search: ReactNode;
  /** How many of the others leave something out: said while they are folded away. */
  count?: number;
  /** There is no room for all of them in one line. */
  narrow?: boolean;
  /** How the list looks: folded away on phones alone. */
  aside?: ReactNode;
  children: ReactNode;
}) {
  const phone = useMedia('(max-width: 47.99rem)');
  const folds = phone || narrow;
  const [open, setOpen] = useState(false);
  return (
    <search aria-label={label} className="flex flex-wrap items-center gap-2 px-3 pb-2 tablet:px-4">
      {search}
      {folds && (
        <Button look={open ? 'pressed' : 'outlined'} aria-expanded={open} onClick={() => setOpen(!open)}>
          <SlidersHorizontal aria-hidden="true" className="size-4" />
          {count > 0 ? text.table.filtersSet(count) : text.table.filters}
        </Button>
      )}
      {!phone && folds && aside}
      {folds && open && <span aria-hidden="true" className="basis-full max-tablet:hidden" />}
      {(!folds || open) && children}
      {(phone ? open : !folds) && aside}
    </search>
  );
}

/** Where "/" leads. What is typed counts `afterMs` after the last letter, or on Enter. */
export function SearchBox({
  label,
  value,
  afterMs = 0,
  onChange,
}: {
  label: string;
  value: string;
  /** A search that asks the server waits for a pause. */
  afterMs?: number;
  onChange: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address changed by other means than this field, as by the back button.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (next: string) => {
    clearTimeout(timer.current);
    if (next === told.current) return;
    told.current = next;
    onChange(next);
  };
  return (
    <div className="relative min-w-40 flex-1 tablet:max-w-80">
      <Search aria-hidden="true" className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-text-3" />
      <input
        type="search"
        data-page-search
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={event => {
          const next = event.target.value;
          setTyped(next);
          clearTimeout(timer.current);
          if (afterMs === 0 || next === '') tell(next);
          else timer.current = setTimeout(() => tell(next), afterMs);
        }}
        onKeyDown={event => event.key === 'Enter' && tell(typed)}
        className={`${control} w-full pl-8`}
      />
    </div>
  );
}

/** One choice out of a few: the platform's own list, its label for screen readers alone. */
export function FilterChoice<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, label: string])[];
  onChange: (value: T) => void;
  className?: string;
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={event => onChange(event.target.value as T)}
        // What filters is seen without reading every list.
        className={clsx(control, 'max-w-48', value !== '' && 'font-medium', className)}
      >
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </>
  );
}

/** A small field in a line of filters, its label before it. */
export function FilterField({ label, className, ...input }: { label: string } & ComponentProps<'input'>) {
  const id = useId();
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-table">
      <label htmlFor={id} className="shrink-0 text-text-2">
        {label}
      </label>
      <input id={id} className={clsx(control, className)} {...input} />
    </span>
  );
}
