import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { OutcomeMark, resultWord } from '../../../components/outcome-mark.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { markOfStatus } from '../../../lib/call-status.ts';
import { formatDuration, formatWhen } from '../../../lib/format.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { text } from '../../../strings/en.ts';
import { type PersonCall, personCallsQuery } from '../api/contacts.ts';

const words = contactsText.person;

const columns: Column<PersonCall>[] = [
  {
    header: words.callColumns.when,
    phone: 'lead',
    cell: ({ id, createdAt }) => (
      <Link to="/calls/$sid" params={{ sid: id }} className="whitespace-nowrap text-accent hover:underline">
        {formatWhen(Date.parse(createdAt), { now: Date.now() })}
      </Link>
    ),
  },
  {
    header: words.callColumns.outcome,
    cell: call =>
      call.outcome ? (
        <OutcomeMark outcome={call.outcome} />
      ) : (
        <StateMark kind={markOfStatus(call.status)}>{text.callStates[call.status] ?? call.status}</StateMark>
      ),
  },
  { header: words.callColumns.result, cell: ({ result }) => resultWord(result) },
  {
    header: words.callColumns.talked,
    align: 'right',
    cell: ({ durationSeconds }) => (durationSeconds === null ? null : formatDuration(durationSeconds)),
  },
];

/** Every call with a person, newest first. */
export function PersonCalls({ contactId }: { contactId: string }) {
  const query = useInfiniteQuery(personCallsQuery(contactId));
  return (
    <section aria-labelledby="person-calls">
      <div className="flex flex-wrap items-baseline gap-x-4 px-3 pt-5 pb-2 tablet:px-4">
        <h2 id="person-calls" className="font-semibold text-section">
          {words.calls}
        </h2>
        <Link to="/calls" search={{ contact: contactId }} className="text-accent text-table hover:underline">
          {words.allCalls}
        </Link>
      </div>
      <PagedList
        query={query}
        failed={words.callsFailed}
        empty={<EmptyPart what={words.noCalls} how={words.noCallsHow} />}
        end={words.callsEnd}
      >
        {rows => <RecordTable label={words.calls} columns={columns} rows={rows} rowKey={({ id }) => id} />}
      </PagedList>
    </section>
  );
}
