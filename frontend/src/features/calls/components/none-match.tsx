import { useQueries } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { callsText } from '../../../strings/calls.ts';
import { callCountQuery } from '../api/calls.ts';
import { type CallsSearch, queryOf, waysOut } from '../calls-search.ts';
import { filterWord } from '../filter-words.ts';

/** More than this is a list to be read, where one press should do. */
const mostShown = 3;

/** No call matches: which filter is one too many, and how many calls there are without it. */
export function NoneMatch({
  search,
  openedAt,
  onChange,
  onShowAll,
}: {
  search: CallsSearch;
  openedAt: number;
  onChange: (next: CallsSearch) => void;
  onShowAll: () => void;
}) {
  const agents = useAgentNames();
  const ways = waysOut(search);
  const counts = useQueries({ queries: ways.map(({ left }) => callCountQuery(queryOf(left, openedAt))) });
  // What could not be counted is no help, and nothing that anybody has to mend.
  const helpful = ways
    .flatMap((way, index) => {
      const found = counts[index]?.data;
      return found && found.count > 0 ? [{ ...way, ...found }] : [];
    })
    .sort((one, other) => other.count - one.count)
    .slice(0, mostShown);
  return (
    <EmptyPart
      what={callsText.noneMatch}
      how={
        helpful.length === 0
          ? callsText.noneMatchHow
          : helpful.map(({ filter, left, count, more }) => {
              const word = filterWord(search, filter, agents);
              return (
                <span key={filter} className="mt-2 flex flex-wrap items-center justify-center gap-x-3 gap-y-1">
                  {callsText.without(word, count, more)}
                  <Button size="dense" onClick={() => onChange(left)}>
                    {callsText.leaveOut(word)}
                  </Button>
                </span>
              );
            })
      }
      action={<Button onClick={onShowAll}>{callsText.showAll}</Button>}
    />
  );
}
