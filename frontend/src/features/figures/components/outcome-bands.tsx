import { Link } from '@tanstack/react-router';
import { Band } from '../../../components/band.tsx';
import { OutcomeSwatch, outcomeFills, outcomeTones, outcomeWord } from '../../../components/outcome-mark.tsx';
import { callOutcomes } from '../../../lib/call-values.ts';
import type { RangeSearch } from '../../../lib/date-range.ts';
import { formatCount, formatShare } from '../../../lib/format.ts';
import { figuresText as words } from '../../../strings/figures.ts';
import type { Figures } from '../api/figures.ts';

/** How the calls of a range ended and what came of them, each with the calls behind it. */
export function OutcomeBands({ totals, range }: { totals: Figures; range: RangeSearch }) {
  const ended = callOutcomes.flatMap(outcome => {
    const count = totals.outcomes[outcome] ?? 0;
    return count > 0 ? [{ outcome, count }] : [];
  });
  const results = Object.entries(totals.results)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  return (
    <>
      <Band title={words.outcomes} body={words.outcomesBody}>
        <div aria-hidden="true" className="flex h-5 gap-0.5">
          {ended.map(({ outcome, count }) => (
            <span
              key={outcome}
              data-mark
              className={`min-w-0.5 border border-border-strong ${outcomeFills[outcomeTones[outcome] ?? 'o3']}`}
              style={{ flexGrow: count }}
            />
          ))}
        </div>
        <ul className="mt-3 grid gap-x-8 tablet:grid-cols-2">
          {ended.map(({ outcome, count }) => (
            <li key={outcome} className="border-b">
              <Link
                to="/calls"
                search={{ ...range, outcome }}
                className="flex min-h-8 items-center gap-2 hover:bg-hover pointer-coarse:min-h-11"
              >
                <OutcomeSwatch tone={outcomeTones[outcome] ?? 'o3'} />
                <span className="min-w-0 flex-1 truncate">{outcomeWord(outcome)}</span>
                <span className="font-medium">{formatCount(count)}</span>
                <span className="w-14 text-right text-text-2">{formatShare(count / totals.calls)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </Band>
      {results.length > 0 && (
        <Band title={words.results}>
          <ul>
            {results.map(([result, count]) => (
              <li key={result} className="border-b last:border-b-0">
                <Link
                  to="/calls"
                  search={{ ...range, result }}
                  className="flex min-h-8 items-center gap-2 hover:bg-hover pointer-coarse:min-h-11"
                >
                  <span className="min-w-0 flex-1 truncate">{outcomeWord(result)}</span>
                  <span className="font-medium">{formatCount(count)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </Band>
      )}
    </>
  );
}
