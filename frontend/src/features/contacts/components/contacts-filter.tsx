import { Button } from '../../../components/button.tsx';
import { FilterBar, FilterChoice, FilterField, SearchBox } from '../../../components/filter-bar.tsx';
import { present } from '../../../lib/address-words.ts';
import { useListNames } from '../../../lib/contact-lists.ts';
import { useMay } from '../../../lib/use-user.ts';
import { contactsText } from '../../../strings/contacts.ts';
import {
  type ContactsSearch,
  consentChoices,
  filterCount,
  filters,
  tooFewDigits,
  withoutFilters,
} from '../contacts-search.ts';

const words = contactsText.filter;

/** Every filter of the list, in one line; whoever may not see people has no search by name or number. */
export function ContactsFilter({
  search,
  onChange,
}: {
  search: ContactsSearch;
  onChange: (next: ContactsSearch) => void;
}) {
  const lists = useListNames();
  const byPerson = useMay('people:see');
  const change = (changes: { [K in keyof ContactsSearch]?: ContactsSearch[K] | undefined }) =>
    onChange(present({ ...search, ...changes }) as ContactsSearch);
  return (
    <>
      <FilterBar
        label={words.label}
        count={filterCount(search)}
        search={
          byPerson && (
            <SearchBox
              label={words.search}
              value={search.q ?? ''}
              afterMs={350}
              onChange={q => change({ q: q.trim() === '' ? undefined : q.trim() })}
            />
          )
        }
      >
        {(lists.size > 0 || search.list) && (
          <FilterChoice
            label={words.list}
            value={search.list ?? ''}
            options={[['', words.anyList], ...lists]}
            onChange={list => change({ list: list === '' ? undefined : list })}
          />
        )}
        <FilterChoice
          label={words.consent}
          value={search.consent ?? ''}
          options={[
            ['', words.anyConsent],
            ...consentChoices.map(each => [each, contactsText.consents[each] ?? each] as const),
          ]}
          onChange={consent => change({ consent: consent === '' ? undefined : consent })}
        />
        <TypedField label={words.tag} value={search.tag} className="w-28" onChange={tag => change({ tag })} />
        <TypedField
          label={words.language}
          value={search.language}
          className="w-20"
          onChange={language => change({ language })}
        />
        <FilterChoice
          label={words.order}
          value={search.order ?? ''}
          options={[
            ['', words.newest],
            ['oldest', words.oldest],
            ...(byPerson ? [['name', words.byName] as const] : []),
          ]}
          onChange={order => change({ order: order === '' ? undefined : order })}
        />
        {filters(search) && (
          <Button look="quiet" onClick={() => onChange(withoutFilters(search))}>
            {words.clear}
          </Button>
        )}
      </FilterBar>
      {tooFewDigits(search.q) && (
        <p role="status" className="px-3 pb-2 text-text-2 tablet:px-4">
          {words.shortDigits}
        </p>
      )}
    </>
  );
}

/** A word that has to be whole: it counts once it was typed to its end. */
function TypedField({
  label,
  value,
  className,
  onChange,
}: {
  label: string;
  value: string | undefined;
  className: string;
  onChange: (value: string | undefined) => void;
}) {
  return (
    <FilterField
      key={value ?? ''}
      label={label}
      defaultValue={value ?? ''}
      className={className}
      onBlur={event => tell(event.currentTarget.value)}
      onKeyDown={event => event.key === 'Enter' && tell(event.currentTarget.value)}
    />
  );
  function tell(typed: string) {
    const word = typed.trim() === '' ? undefined : typed.trim();
    if (word !== value) onChange(word);
  }
}
