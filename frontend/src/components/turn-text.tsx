import { formatBrief } from '../lib/format.ts';
import { partsOf } from '../lib/live/turn-parts.ts';
import { text } from '../strings/en.ts';

const words = text.turn;

export interface ShownTurn {
  readonly text: string;
  readonly heardText?: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted: boolean;
}

/** The words of a turn: what reached the ear plain, what was cut off struck through, what is on its way underlined with dots. */
export function TurnText({ turn, hits }: { turn: ShownTurn; hits?: string }) {
  const { heard, unheard } = partsOf(turn);
  return (
    <>
      <Marked words={heard} hits={hits} />
      {unheard && (
        <>
          <span className="visually-hidden"> {turn.interrupted ? words.notHeard : words.notYetHeard}</span>
          {turn.interrupted ? (
            <s className="text-text-3">
              <Marked words={unheard} hits={hits} />
            </s>
          ) : (
            <span className="text-text-3 underline decoration-dotted">
              <Marked words={unheard} hits={hits} />
            </span>
          )}
        </>
      )}
      {turn.interrupted && (
        <span className="text-label text-text-3"> {words.cutOff(formatBrief(turn.endMs - turn.startMs))}</span>
      )}
    </>
  );
}

/** Words with what was searched for marked in them. */
function Marked({ words: all, hits = '' }: { words: string; hits?: string | undefined }) {
  if (hits === '') return all;
  const parts: { at: number; words: string; hit: boolean }[] = [];
  const [lower, wanted] = [all.toLowerCase(), hits.toLowerCase()];
  let at = 0;
  for (let found = lower.indexOf(wanted); found !== -1; found = lower.indexOf(wanted, at)) {
    if (found > at) parts.push({ at, words: all.slice(at, found), hit: false });
    parts.push({ at: found, words: all.slice(found, found + wanted.length), hit: true });
    at = found + wanted.length;
  }
  parts.push({ at, words: all.slice(at), hit: false });
  return parts.map(part =>
    part.hit ? (
      <mark key={part.at} className="rounded-chip bg-warn-soft text-text outline-1 outline-m-warn">
        {part.words}
      </mark>
    ) : (
      part.words
    ),
  );
}
