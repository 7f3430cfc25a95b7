import { StateShape } from '../../../components/state-mark.tsx';
import { callsText } from '../../../strings/calls.ts';
import type { Verdict } from '../api/calls.ts';
import { evidenceOf, failingFirst, sentenceOf } from '../verdict-words.ts';

const words = callsText.rules;
const marks = { passed: 'passed', warned: 'attention', refused: 'failed', unknown: 'failed' } as const;

/** Every rule that was asked, as a sentence with what it looked at; what stands in the way comes first. */
export function VerdictList({ verdict }: { verdict: Pick<Verdict, 'rules'> }) {
  return (
    <ul className="border-t">
      {failingFirst(verdict.rules).map(rule => {
        const evidence = evidenceOf(rule);
        return (
          <li key={rule.rule} className="flex gap-2 border-b py-2 last:border-b-0">
            <span className="pt-0.5">
              <StateShape kind={marks[rule.result]} label={words.results[rule.result] ?? rule.result} />
            </span>
            <div className="min-w-0">
              <p className={rule.result === 'passed' ? '' : 'font-medium'}>{sentenceOf(rule)}</p>
              {evidence.length > 0 && <p className="break-words text-label text-text-2">{evidence.join(' · ')}</p>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
