import { Button } from '../../../components/button.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { formatClock } from '../../../lib/format.ts';
import { text } from '../../../strings/en.ts';
import { type Activity, useForgetViolations, type Violation } from '../api/sandbox.ts';
import { Failure } from './failure.tsx';

const words = text.console.violations;
type DebuggerEntry = NonNullable<Activity['carrier']>['debugger'][number];

const columns: Column<Violation>[] = [
  { header: words.columns.at, cell: each => formatClock(Date.parse(each.at)) },
  { header: words.columns.side, cell: each => text.console.faults.sides[each.side] },
  {
    header: words.columns.kind,
    phone: 'lead',
    cell: each => <StateMark kind="urgent">{each.kind}</StateMark>,
  },
  { header: words.columns.detail, cell: each => <span className="break-words">{each.detail}</span> },
];

const entryColumns: Column<DebuggerEntry>[] = [
  { header: text.console.debugger.columns.at, cell: each => formatClock(Date.parse(each.at)) },
  {
    header: text.console.debugger.columns.code,
    phone: 'lead',
    cell: each => <span className="font-mono">{each.code}</span>,
  },
  { header: text.console.debugger.columns.detail, cell: each => <span className="break-words">{each.detail}</span> },
];

/** Equal entries of one moment are told apart by counting. */
function numbered<T extends object>(entries: readonly T[]): (T & { key: string })[] {
  const seen = new Map<string, number>();
  return entries.map(entry => {
    const content = JSON.stringify(entry);
    const count = (seen.get(content) ?? 0) + 1;
    seen.set(content, count);
    return { ...entry, key: `${content}${count}` };
  });
}

/** Where the product was not what the vendors expect. */
export function ViolationList({ violations, count }: { violations: Violation[]; count: number }) {
  const forget = useForgetViolations();
  if (violations.length === 0) return <StateMark kind="passed">{words.none}</StateMark>;
  return (
    <>
      <RecordTable label={words.title} columns={columns} rows={numbered(violations)} flush rowKey={each => each.key} />
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <Button
          size="dense"
          disabled={forget.isPending}
          onClick={() => act(forget, undefined, ({ forgotten }) => notify(words.cleared(forgotten)))}
        >
          {words.clear}
        </Button>
        {count > violations.length && <span className="text-text-2">{words.more(count)}</span>}
      </div>
      <Failure what={words.clearFailed} error={forget.error} />
    </>
  );
}

export function DebuggerList({ entries }: { entries: DebuggerEntry[] }) {
  if (entries.length === 0) return <p className="text-text-2">{text.console.debugger.none}</p>;
  return (
    <RecordTable
      label={text.console.debugger.title}
      columns={entryColumns}
      rows={numbered(entries)}
      flush
      rowKey={each => each.key}
    />
  );
}
