import type { AgentProfile } from '../agents/agents.types.ts';
import { isE164 } from '../compliance/phone.ts';
import type { Contacts, KnownContact } from '../contacts/contacts.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import { within } from '../within.ts';
import type { Call } from './call-document.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import { type CallVariables, variableProblems } from './call-variables.ts';

export interface CallContactOptions {
  readonly calls: Pick<CallRepository, 'changeById'>;
  readonly contacts: Pick<Contacts, 'byPhone'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly logger: Logger;
}

/** A conversation waits for its variables: without an answer in this time it begins without them. */
const patienceMs = 500;

/** Who is at the other end of a call, if we know them; the call is given their name. Never rejects. */
export function createCallContacts({ calls, contacts, lifecycle, logger }: CallContactOptions) {
  async function note(call: Stored<Call>, { id, name }: KnownContact): Promise<void> {
    if (call.contactId) return;
    const changes = { contactId: id, contactName: call.contactName ?? name };
    lifecycle.changed(await calls.changeById(call._id, { $set: changes }), ['contactId', 'contactName']);
  }

  return async (call: Stored<Call>): Promise<KnownContact | null> => {
    const person = call.direction === 'inbound' ? call.from : call.to;
    if (!isE164(person) || call.erasedAt) return null;
    try {
      const contact = await within(
        patienceMs,
        () => contacts.byPhone(person),
        () => null,
      );
      if (contact)
        note(call, contact).catch(err => logger.warn({ err }, 'a call could not be given the name of its contact'));
      return contact;
    } catch (err) {
      logger.warn({ err }, 'who is on a call could not be looked up; the agent is not told their name');
      return null;
    }
  };
}

/** What is known of a person, under names that an agent's texts can use: `Next visit` is `Next_visit`. */
export function contactVariables({ customFields, language }: KnownContact): CallVariables {
  const named = Object.entries(customFields).map(([key, value]): [string, string | number | boolean] => [
    key
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .replace(/[^A-Za-z0-9_]+/g, '_'),
    value,
  ]);
  const fields = Object.fromEntries(named.filter(([name, value]) => variableProblems({ [name]: value }).length === 0));
  return language === null ? fields : { ...fields, contact_language: language };
}

/**
 * The agent in the language of the person, where it speaks that and the vendor lets a session replace it. A session in a language that the
 * agent does not have would be refused, so whoever speaks another one gets the agent's own; its texts can use `contact_language`.
 */
export function inLanguageOf(agent: AgentProfile, contact: KnownContact | null): AgentProfile {
  if (!contact?.language || !agent.permitted.includes('language')) return agent;
  const language = vendorLanguage(contact.language);
  return agent.languages?.includes(language) ? { ...agent, overrides: { ...agent.overrides, language } } : agent;
}

/** Vendors name languages alone, but the two kinds of Portuguese. */
const vendorLanguage = (tag: string): string =>
  tag.toLowerCase() === 'pt-br' ? 'pt-br' : (tag.split('-')[0] ?? tag).toLowerCase();
