import { ErrorPart } from '../../../components/error-part.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { formatWhen } from '../../../lib/format.ts';
import { placeOf } from '../../../lib/zones.ts';
import { callsText } from '../../../strings/calls.ts';
import type { Verdict } from '../api/calls.ts';
import { personZone } from '../verdict-words.ts';
import { VerdictList } from './verdict-list.tsx';

const words = callsText.newCall;

/** Whether somebody may be called now, why not, and when next; always of about the same height. */
export function VerdictPart({
  verdict,
  error,
  onRetry,
}: {
  /** undefined while it is asked for. */
  verdict: Verdict | undefined;
  error: unknown;
  onRetry: () => void;
}) {
  if (error) return <ErrorPart what={words.unchecked} error={error} onRetry={onRetry} />;
  if (!verdict)
    return (
      <p role="status" className="min-h-10 text-text-2">
        {words.checking}
      </p>
    );
  const zone = personZone(verdict);
  const theirs =
    zone &&
    words.there(
      new Intl.DateTimeFormat(undefined, { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(
        Date.parse(verdict.at),
      ),
      placeOf(zone),
    );
  return (
    <div role="status" className="rounded-control border px-3 py-2.5">
      <StateMark kind={verdict.allowed ? 'passed' : 'blocked'}>
        {verdict.allowed ? words.allowed : words.refused}
      </StateMark>
      <p className="mt-1 text-text-2">
        {[
          verdict.allowed ? null : verdict.message,
          verdict.dueAt ? words.next(formatWhen(Date.parse(verdict.dueAt), { now: Date.now() })) : null,
          theirs,
        ]
          .filter(Boolean)
          .join(' ')}
      </p>
      <details className="mt-1">
        <summary className="w-fit py-1 text-table text-text-2">{words.rules(verdict.rules.length)}</summary>
        <VerdictList verdict={verdict} />
      </details>
    </div>
  );
}
