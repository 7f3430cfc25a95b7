import type { CampaignCallOrder, CampaignDialFacts } from '../calls/calls.types.ts';
import { defaultSchedule } from '../compliance/schedule.ts';
import type { KnownContact } from '../contacts/contacts.types.ts';
import type { Stored } from '../store/schema.ts';
import type { Campaign, VariableSource } from './campaign-document.ts';
import type { ClaimedPerson } from './dialer.types.ts';
import { defaultRetry } from './retry-rules.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

/** What is known beside campaign, person and contact. */
export interface OrderFacts {
  readonly disclosure: CampaignDialFacts['disclosure'];
  readonly abandonment: CampaignDialFacts['abandonment'];
  /** How long a call may last where the campaign does not say. */
  readonly maxMinutes: number;
}

/** The call of one claimed person, as their campaign wants it. */
export function orderFor(
  campaign: Stored<Campaign>,
  person: ClaimedPerson,
  contact: KnownContact,
  facts: OrderFacts,
): CampaignCallOrder {
  const variant = campaign.variants.find(({ name }) => name === person.variant);
  const { amd, record, maxMinutes, contentClass, emergencyReason, emergencyBy } = campaign;
  const rules = campaign.retry ?? defaultRetry;
  const isEmergency = contentClass === 'emergency';
  return {
    callId: person.callId,
    // As it is now: whoever corrected the number wants the corrected one called.
    to: contact.phone,
    from: callerIdFor(campaign, contact.phone, person),
    agentId: (variant?.agentId ?? campaign.agentId)?.toHexString() ?? null,
    campaign: { id: person.campaignId, name: campaign.name, most: campaign.pace.maxConcurrent },
    contact: { id: contact.id, name: contact.name },
    variant: person.variant,
    contentClass,
    emergency: isEmergency ? { reason: emergencyReason ?? '', byAdmin: emergencyBy !== null } : null,
    variables: {
      ...contact.customFields,
      ...(campaign.seller ? { company_name: campaign.seller.legalName } : {}),
      ...mapped(campaign.variables, contact),
      ...variant?.variables,
    },
    wishes: {
      ...(amd ? { amd } : {}),
      ...(record === null ? {} : { record }),
      ...(maxMinutes === null ? {} : { maxMinutes }),
    },
    facts: {
      disclosure: facts.disclosure,
      recording: { recorded: record },
      abandonment: facts.abandonment,
      campaign: {
        id: person.campaignId,
        attempts: person.attempt - 1,
        maxAttempts: rules.maxAttempts,
        afterMinutes: rules.afterMinutes,
      },
      // An emergency is told at any hour, unless its campaign says when.
      schedule: campaign.schedule ?? (isEmergency ? null : defaultSchedule),
      bookedFor: person.bookedFor?.toISOString() ?? null,
      talkMinutes: maxMinutes ?? facts.maxMinutes,
    },
  };
}

/** The next of the campaign's numbers in rotation; one with the person's area code goes first where that is wished. */
export function callerIdFor(
  { callerIds, localPresence }: Pick<Campaign, 'callerIds' | 'localPresence'>,
  phone: string,
  { contactId, attempt }: Pick<ClaimedPerson, 'contactId' | 'attempt'>,
): string | null {
  // Numbers of the North American plan begin alike where they are near each other.
  const near = localPresence ? callerIds.filter(each => each.slice(0, 5) === phone.slice(0, 5)) : [];
  const pool = near.length > 0 ? near : callerIds;
  if (pool.length === 0) return null;
  // By the person and the attempt, so that judging and dialling agree, and everybody's next attempt comes from another number.
  return pool[(Number.parseInt(contactId.slice(-6), 16) + attempt) % pool.length]!;
}

function mapped(sources: Readonly<Record<string, VariableSource>>, contact: KnownContact): Values {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, source] of Object.entries(sources)) {
    values[name] = 'value' in source ? source.value : fieldOf(contact, source.field);
  }
  return values;
}

/** A field of the person by its name; an empty text where they have none, so that no agent fails over it. */
function fieldOf(contact: KnownContact, field: string): string | number | boolean {
  if (field.startsWith('customFields.')) return own(contact.customFields, field.slice('customFields.'.length));
  const { phone, name, firstName, lastName, email, company, role, language, timeZone } = contact;
  const known = { phone, name, firstName, lastName, email, company, role, language, timeZone };
  const fields: Values = Object.fromEntries(Object.entries(known).map(([each, value]) => [each, value ?? '']));
  return own(fields, field);
}

const own = (fields: Values, name: string): string | number | boolean =>
  Object.hasOwn(fields, name) ? fields[name]! : '';
