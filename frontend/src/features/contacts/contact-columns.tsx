import { Link } from '@tanstack/react-router';
import type { DataColumn } from '../../components/data-table.tsx';
import { outcomeWord } from '../../components/outcome-mark.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatWhen } from '../../lib/format.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { contactsText } from '../../strings/contacts.ts';
import type { ListedContact } from './api/contacts.ts';
import { consentWord, originWord, timeThere, titleOf } from './contact-facts.ts';

const words = contactsText.columns;

/** What is shown of people until somebody chooses otherwise. */
export const usualContactColumns = ['name', 'phone', 'zone', 'lists', 'consent', 'last', 'next'];

/** Every column of the list of people. `lists` are names by id. */
export function contactColumns(lists: ReadonlyMap<string, string>, now: number): DataColumn<ListedContact>[] {
  const when = (at: string) => formatWhen(Date.parse(at), { now });
  return [
    {
      id: 'name',
      header: words.name,
      width: 180,
      grow: true,
      phone: 'lead',
      cell: contact => (
        <Link
          to="/contacts/$contactId"
          params={{ contactId: contact.id }}
          tabIndex={-1}
          aria-label={contactsText.open(titleOf(contact))}
          className="text-accent hover:underline"
        >
          {titleOf(contact)}
        </Link>
      ),
    },
    {
      id: 'phone',
      header: words.phone,
      width: 150,
      phone: 'fact',
      cell: ({ phone, name }) => (name === null ? null : spacedNumber(phone)),
    },
    { id: 'company', header: words.company, width: 140, grow: true, phone: 'omit', cell: ({ company }) => company },
    { id: 'zone', header: words.zone, width: 150, phone: 'omit', cell: ({ timeZone }) => timeThere(timeZone, now) },
    {
      id: 'lists',
      header: words.lists,
      width: 140,
      grow: true,
      phone: 'omit',
      cell: contact => contact.lists.map(id => lists.get(id) ?? id).join(', ') || null,
    },
    {
      id: 'tags',
      header: words.tags,
      width: 120,
      grow: true,
      phone: 'omit',
      cell: ({ tags }) => tags.join(', ') || null,
    },
    {
      id: 'consent',
      header: words.consent,
      width: 150,
      phone: 'fact',
      cell: contact => (
        <StateMark kind={contact.consent ? 'passed' : contact.consentWithdrawn ? 'blocked' : 'idle'}>
          {consentWord(contact)}
        </StateMark>
      ),
    },
    {
      id: 'last',
      header: words.last,
      width: 216,
      phone: 'omit',
      cell: ({ lastCall }) =>
        lastCall ? (
          <Link to="/calls/$sid" params={{ sid: lastCall.id }} tabIndex={-1} className="text-accent hover:underline">
            {[when(lastCall.at), lastCall.outcome && outcomeWord(lastCall.outcome)].filter(Boolean).join(' · ')}
          </Link>
        ) : null,
    },
    {
      id: 'next',
      header: words.next,
      width: 170,
      grow: true,
      phone: 'omit',
      cell: ({ nextCall }) =>
        nextCall ? (
          <Link
            to="/campaigns/$id"
            params={{ id: nextCall.campaignId }}
            tabIndex={-1}
            className="text-accent hover:underline"
          >
            {[Date.parse(nextCall.at) <= now ? words.due : when(nextCall.at), nextCall.campaignName].join(' · ')}
          </Link>
        ) : null,
    },
    { id: 'language', header: words.language, width: 90, phone: 'omit', cell: ({ language }) => language },
    { id: 'email', header: words.email, width: 200, phone: 'omit', cell: ({ email }) => email },
    { id: 'role', header: words.role, width: 130, phone: 'omit', cell: ({ role }) => role },
    { id: 'added', header: words.added, width: 150, phone: 'omit', cell: ({ createdAt }) => when(createdAt) },
    { id: 'changed', header: words.changed, width: 150, phone: 'omit', cell: ({ updatedAt }) => when(updatedAt) },
    { id: 'origin', header: words.origin, width: 130, phone: 'omit', cell: ({ origin }) => originWord(origin) },
  ];
}
