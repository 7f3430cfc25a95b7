import { FilterChoice } from '../../../components/filter-bar.tsx';

/** The filter by state of a list of operations: any, or one of its states. */
export function StateChoice<State extends string>({
  words,
  states,
  value,
  onChange,
}: {
  words: { readonly state: string; readonly anyState: string; readonly states: Readonly<Record<State, string>> };
  states: readonly State[];
  value: State | undefined;
  onChange: (state: State | undefined) => void;
}) {
  return (
    <FilterChoice
      label={words.state}
      value={value ?? ''}
      options={[['', words.anyState], ...states.map(each => [each, words.states[each]] as const)]}
      onChange={next => onChange(next === '' ? undefined : next)}
    />
  );
}
