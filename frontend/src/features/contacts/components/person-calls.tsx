import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CallList } from '../../../components/call-list.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { contactsText } from '../../../strings/contacts.ts';
import { personCallsQuery } from '../api/contacts.ts';

const words = contactsText.person;

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
        {rows => <CallList label={words.calls} rows={rows} />}
      </PagedList>
    </section>
  );
}
