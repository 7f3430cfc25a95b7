import { useState } from 'react';
import { Band } from '../../../components/band.tsx';
import { Button } from '../../../components/button.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { formatDayOrWhen, formatWhen } from '../../../lib/format.ts';
import { useMay } from '../../../lib/use-user.ts';
import { contactsText } from '../../../strings/contacts.ts';
import type { ConsentEvent, Contact } from '../api/contacts.ts';
import { consentWord, originWord } from '../contact-facts.ts';
import { ConsentDialog } from './consent-dialog.tsx';

const words = contactsText.person;

/** What a person agreed to and took back, newest first, each with its proof; and the way to write more of it down. */
export function PersonConsent({ contact }: { contact: Contact }) {
  const mayNote = useMay('contacts:write');
  const [noting, setNoting] = useState<ConsentEvent['event'] | null>(null);
  const history = [...(contact.consentHistory ?? [])].reverse();
  return (
    <Band title={words.consent} body={words.consentBody}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <StateMark kind={contact.consent ? 'passed' : contact.consentWithdrawn ? 'blocked' : 'idle'} className="flex-1">
          {consentWord(contact)}
        </StateMark>
        {mayNote && (
          <>
            <Button onClick={() => setNoting('given')}>{words.note}</Button>
            <Button onClick={() => setNoting('withdrawn')}>{words.withdraw}</Button>
          </>
        )}
      </div>
      {history.length > 0 && (
        <ol aria-label={words.history} className="mt-3 border-t">
          {history.map(event => (
            <li key={`${event.event} ${event.at} ${event.recordedAt}`} className="border-b py-2 last:border-b-0">
              <p>
                <span className="font-medium">{words.events[event.event]}</span>
                {event.event === 'given' && event.kind && ` ${words.kinds[event.kind]}`},{' '}
                <time dateTime={event.at}>{formatDayOrWhen(event.at, { now: Date.now() })}</time>
              </p>
              <p className="break-words text-table text-text-2">{words.proof(event.source)}</p>
              {event.text && <p className="break-words text-table text-text-2">{words.words(event.text)}</p>}
              <p className="text-label text-text-2">
                {words.by(originWord(event.by), formatWhen(Date.parse(event.recordedAt), { now: Date.now() }))}
              </p>
            </li>
          ))}
        </ol>
      )}
      {noting && <ConsentDialog contactId={contact.id} event={noting} onClose={() => setNoting(null)} />}
    </Band>
  );
}
