import { Types } from 'mongoose';
import { test } from 'tap';
import { callerIdFor, orderFor } from '../../src/campaigns/dialer-order.ts';

const contactIds = Array.from({ length: 60 }, () => new Types.ObjectId().toHexString());

test('the campaign’s numbers are used in rotation, the same one whoever asks, and another one at the next attempt', async t => {
  const callerIds = ['+12125550100', '+13125550101', '+14155550102'];
  const pool = { callerIds, localPresence: false };
  const used = new Map<string, number>();
  for (const contactId of contactIds) {
    const first = callerIdFor(pool, '+13125550142', { contactId, attempt: 1 })!;
    t.equal(callerIdFor(pool, '+13125550142', { contactId, attempt: 1 }), first);
    t.not(callerIdFor(pool, '+13125550142', { contactId, attempt: 2 }), first);
    used.set(first, (used.get(first) ?? 0) + 1);
  }
  t.same([...used.keys()].sort(), callerIds, 'each of them is used');
  t.equal(
    callerIdFor({ callerIds: [], localPresence: true }, '+13125550142', { contactId: contactIds[0]!, attempt: 1 }),
    null,
  );
});

test('with local presence a number of the person’s area code calls, where the campaign has one', async t => {
  const callerIds = ['+12125550100', '+13125550101', '+13125550102', '+442079460100'];
  const pool = { callerIds, localPresence: true };
  const to = (phone: string) =>
    [...new Set(contactIds.map(contactId => callerIdFor(pool, phone, { contactId, attempt: 1 })))].sort();
  t.same(to('+13125550142'), ['+13125550101', '+13125550102'], 'both of them in rotation');
  t.same(to('+12125550142'), ['+12125550100']);
  t.same(to('+14155550142'), [...callerIds].sort(), 'elsewhere any of them');
});

test('an order says what campaign, variant and person say; the variant goes first', async t => {
  const [agentId, otherId] = [new Types.ObjectId(), new Types.ObjectId()];
  const campaign = {
    name: 'Recall',
    agentId,
    callerIds: ['+12125550100'],
    localPresence: false,
    variants: [{ name: 'B', weight: 1, agentId: otherId, variables: { offer: 'ten percent' } }],
    variables: {
      offer: { value: 'none' },
      who: { field: 'firstName' },
      plan: { field: 'customFields.plan' },
      tongue: { field: 'language' },
      missing: { field: 'customFields.nothing' },
    },
    seller: { legalName: 'Northwind Dental' },
    contentClass: 'informational',
    amd: null,
    record: false,
    maxMinutes: 4,
    pace: { callsPerSecond: 1, maxConcurrent: 20 },
    retry: null,
    schedule: null,
  } as never;
  const contact = {
    id: contactIds[0]!,
    phone: '+13125550142',
    name: 'Ada Example',
    firstName: 'Ada',
    language: 'es-MX',
    customFields: { plan: 'gold' },
  } as never;
  const person = (variant: string | null) =>
    ({ campaignId: 'c', contactId: contactIds[0]!, callId: 'k', attempt: 2, variant, bookedFor: null }) as never;
  const facts = { disclosure: { missing: [] }, abandonment: { answered: 0, abandoned: 0 }, maxMinutes: 10 } as never;
  t.match(orderFor(campaign, person('B'), contact, facts), {
    to: '+13125550142',
    from: '+12125550100',
    agentId: otherId.toHexString(),
    variant: 'B',
    variables: {
      offer: 'ten percent',
      who: 'Ada',
      plan: 'gold',
      tongue: 'es-MX',
      missing: '',
      company_name: 'Northwind Dental',
    },
    wishes: { record: false, maxMinutes: 4 },
    facts: { campaign: { attempts: 1 }, talkMinutes: 4 },
  });
  t.match(orderFor(campaign, person(null), contact, facts), {
    agentId: agentId.toHexString(),
    variant: null,
    variables: { offer: 'none' },
  });
});
