import { outcomeWord, resultWord } from '../../components/outcome-mark.tsx';
import { callsText } from '../../strings/calls.ts';
import { text } from '../../strings/en.ts';
import type { CallsSearch } from './calls-search.ts';

const { only } = callsText.filter;
const { directions } = callsText;

/** What a filter that is set asks for, in a few words. */
export function filterWord(
  search: CallsSearch,
  filter: keyof CallsSearch,
  agents: ReadonlyMap<string, string>,
): string {
  const { q = '', outcome = '', status = '', result = '', direction = '', agent = '', min = 0, max = 0 } = search;
  switch (filter) {
    case 'q':
      return q.trim();
    case 'outcome':
      return outcomeWord(outcome);
    case 'status':
      return only.status(text.callStates[status] ?? status);
    case 'result':
      return only.result(resultWord(result) ?? result);
    case 'direction':
      return directions[direction] ?? direction;
    case 'agent':
      return agents.get(agent) ?? only.agent;
    case 'campaign':
      return only.campaign;
    case 'contact':
      return only.contact;
    case 'min':
      return only.min(min);
    case 'max':
      return only.max(max);
    default:
      return search.range ? text.range.names[search.range] : text.range.own;
  }
}
