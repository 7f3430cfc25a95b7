import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Band } from '../../../components/band.tsx';
import { When } from '../../../components/when.tsx';
import { useListNames } from '../../../lib/contact-lists.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { contactsText } from '../../../strings/contacts.ts';
import type { Contact } from '../api/contacts.ts';
import { originWord, timeThere } from '../contact-facts.ts';

const words = contactsText.person;
const { fields } = words;

/** What is known of a person, and what else files and programs told of them. */
export function PersonFacts({ contact }: { contact: Contact }) {
  const lists = useListNames();
  const custom = Object.entries(contact.customFields);
  return (
    <>
      <Band title={words.facts}>
        <dl className="grid gap-x-6 gap-y-2 tablet:grid-cols-2">
          <Line name={fields.phone}>{spacedNumber(contact.phone)}</Line>
          <Line name={fields.email}>{contact.email}</Line>
          <Line name={fields.company}>{contact.company}</Line>
          <Line name={fields.role}>{contact.role}</Line>
          <Line name={fields.language}>{contact.language}</Line>
          <Line name={fields.zone}>{timeThere(contact.timeZone, Date.now()) ?? fields.zoneByNumber}</Line>
          <Line name={fields.lists}>
            {contact.lists.length > 0 && (
              <span className="flex flex-wrap gap-x-3">
                {contact.lists.map(id => (
                  <Link key={id} to="/contacts" search={{ list: id }} className="text-accent hover:underline">
                    {lists.get(id) ?? id}
                  </Link>
                ))}
              </span>
            )}
          </Line>
          <Line name={fields.tags}>
            {contact.tags.length > 0 && (
              <span className="flex flex-wrap gap-x-3">
                {contact.tags.map(tag => (
                  <Link key={tag} to="/contacts" search={{ tag }} className="text-accent hover:underline">
                    {tag}
                  </Link>
                ))}
              </span>
            )}
          </Line>
          <Line name={fields.origin}>{originWord(contact.origin)}</Line>
          <Line name={fields.changed}>
            <When value={contact.updatedAt} />
          </Line>
        </dl>
      </Band>
      {custom.length > 0 && (
        <Band title={words.custom} body={words.customBody}>
          <dl className="grid gap-x-6 gap-y-2 tablet:grid-cols-2">
            {custom.map(([name, value]) => (
              <Line key={name} name={name}>
                {String(value)}
              </Line>
            ))}
          </dl>
        </Band>
      )}
    </>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-3">
      <dt className="text-text-2">{name}</dt>
      <dd className="min-w-0 break-words">{children || <span className="text-text-3">–</span>}</dd>
    </div>
  );
}
