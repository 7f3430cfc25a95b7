import { Link } from '@tanstack/react-router';
import { CallsOf } from '../../../components/calls-of.tsx';
import { contactsText } from '../../../strings/contacts.ts';

const words = contactsText.person.callsPart;

/** Every call with a person, newest first. */
export function PersonCalls({ contactId }: { contactId: string }) {
  return (
    <section aria-labelledby="person-calls">
      <div className="flex flex-wrap items-baseline gap-x-4 px-3 pt-5 pb-2 tablet:px-4">
        <h2 id="person-calls" className="font-semibold text-section">
          {words.label}
        </h2>
        <Link to="/calls" search={{ contact: contactId }} className="text-accent text-table hover:underline">
          {words.all}
        </Link>
      </div>
      <CallsOf filter={{ contactId }} words={words} />
    </section>
  );
}
