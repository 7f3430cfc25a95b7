import type { AdminPreflightListData } from '../lib/api-types.ts';
import { text } from '../strings/en.ts';
import { type StateKind, StateMark } from './state-mark.tsx';

type Finding = AdminPreflightListData['preflight']['findings'][number];

const words = text.findings;
const marks: Record<Finding['level'], StateKind> = { block: 'failed', warn: 'attention', ok: 'passed' };

/** What a check found: the fact, and what helps. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="border-t">
      {findings.map(({ check, level, message, remedy }) => (
        <li
          key={`${check} ${message}`}
          className="grid gap-x-4 gap-y-0.5 border-b py-2 last:border-b-0 tablet:grid-cols-[8rem_minmax(0,1fr)]"
        >
          <StateMark kind={marks[level]}>{words.levels[level]}</StateMark>
          <div className="min-w-0 max-w-[78ch]">
            <p className="break-words">{message}</p>
            {remedy && (
              <p className="break-words text-text-2">
                <span className="font-medium">{words.remedy}</span> {remedy}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
