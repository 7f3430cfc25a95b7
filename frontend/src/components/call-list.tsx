import { Link } from '@tanstack/react-router';
import { markOfStatus } from '../lib/call-status.ts';
import { formatDuration, formatWhen } from '../lib/format.ts';
import { text } from '../strings/en.ts';
import { OutcomeMark, resultWord } from './outcome-mark.tsx';
import { type Column, RecordTable } from './record-table.tsx';
import { StateMark } from './state-mark.tsx';

const words = text.callList;

/** What a short list says of a call. */
export interface BriefCall {
  readonly id: string;
  readonly createdAt: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly result: string;
  readonly durationSeconds: number | null;
}

/** A few facts of each call, as part of another page; `besides` stands between when it was and how it ended. */
export function CallList<C extends BriefCall>({
  label,
  rows,
  besides = [],
}: {
  label: string;
  rows: readonly C[];
  besides?: readonly Column<C>[];
}) {
  const columns: Column<C>[] = [
    {
      header: words.when,
      phone: 'lead',
      cell: ({ id, createdAt }) => (
        <Link to="/calls/$sid" params={{ sid: id }} className="whitespace-nowrap text-accent hover:underline">
          {formatWhen(Date.parse(createdAt), { now: Date.now() })}
        </Link>
      ),
    },
    ...besides,
    {
      header: words.outcome,
      cell: call =>
        call.outcome ? (
          <OutcomeMark outcome={call.outcome} />
        ) : (
          <StateMark kind={markOfStatus(call.status)}>{text.callStates[call.status] ?? call.status}</StateMark>
        ),
    },
    { header: words.result, cell: ({ result }) => resultWord(result) },
    {
      header: words.talked,
      align: 'right',
      cell: ({ durationSeconds }) => (durationSeconds === null ? null : formatDuration(durationSeconds)),
    },
  ];
  return <RecordTable label={label} columns={columns} rows={[...rows]} rowKey={({ id }) => id} />;
}
