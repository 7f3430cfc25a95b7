import type { LiveFlag } from '../../../../src/live/live-contract.ts';
import type { LiveEntry } from '../../lib/live/live-calls.ts';
import type { News } from '../../lib/news.ts';
import { liveText } from '../../strings/live.ts';
import { isOver, nameOf, worstFlag } from './shown.ts';

export interface FlaggedCall {
  readonly entry: LiveEntry;
  readonly flag: LiveFlag;
}

/** Calls that need somebody: urgent ones first, then those that have waited longest. */
export function flaggedCalls(entries: Iterable<LiveEntry>): FlaggedCall[] {
  return [...entries]
    .filter(entry => !isOver(entry))
    .flatMap(entry => {
      const flag = worstFlag(entry);
      return flag ? [{ entry, flag }] : [];
    })
    .sort((a, b) => rank(b.flag) - rank(a.flag) || Date.parse(a.flag.at) - Date.parse(b.flag.at));
}

const rank = ({ level }: LiveFlag): number => (level === 'urgent' ? 1 : 0);
const topic = 'attention';

/** Tells screen readers of calls that begin to need somebody. Those that did when it began are on the screen, and not spoken. */
export function createLaneVoice(news: News): (flagged: readonly FlaggedCall[]) => void {
  let known: ReadonlySet<string> | null = null;
  let now: readonly FlaggedCall[] = [];
  const untold = new Set<string>();

  const sentence = () => {
    const fresh = now.filter(each => untold.has(keyOf(each)));
    untold.clear();
    if (fresh.length === 0) return null;
    const { entry, flag } = fresh.reduce((one, other) => (other.flag.at > one.flag.at ? other : one));
    return liveText.attentionSaid(now.length, nameOf(entry.call), flag.reason);
  };
  return flagged => {
    const before = known;
    now = flagged;
    known = new Set(flagged.map(keyOf));
    if (!before) return;
    const begun = [...known].filter(key => !before.has(key));
    for (const key of begun) untold.add(key);
    if (begun.length > 0) news.tell(topic, sentence);
  };
}

const keyOf = ({ entry, flag }: FlaggedCall): string => `${entry.call.id} ${flag.kind}`;
