import { type InventedPerson, inventedPeople } from './invented.ts';
import { writePastCalls } from './past-calls.ts';
import type { Product } from './product.ts';

/** What pictures are taken of. */
export interface Day {
  /** The campaign that runs, the one that is finished, and one that waits for its start. */
  readonly campaigns: { readonly running: string; readonly finished: string; readonly waiting: string };
  readonly contactId: string;
  readonly importId: string;
  readonly hookId: string;
  readonly agentId: string;
}

/** Who of the sandbox's people is behind a number, so that calls end in many ways. */
const cast = [
  'maria-lopez',
  'james-carter',
  'maria-lopez',
  'dan-osei',
  'lena-fischer',
  'omar-haddad',
  'maria-lopez',
  'june-park',
  'james-carter',
  'ruth-abrams',
];
const peopleInAll = 340;
/** Those of the campaign; the others have been called in the days before, and nobody may be called that often. */
const ofTheCampaign = 160;
const everyDay = (from: string, to: string) => [0, 1, 2, 3, 4, 5, 6].map(day => ({ day, from, to }));

/** Fills an empty product: people from files, a week of calls, a campaign that runs, one that is through, one that is ready. */
export async function makeDay(product: Product, dataDir: string, say: (line: string) => void): Promise<Day> {
  const { ask } = product;
  const people = inventedPeople(peopleInAll, new Date());
  for (const [name, role] of [
    ['sam.birch', 'supervisor'],
    ['iris.cole', 'manager'],
    ['theo.marsh', 'viewer'],
  ] as const)
    await ask('POST', '/api/users', { email: `${name}@brightwater.example`, role });
  await ask('POST', '/api/api-keys', { name: 'Practice calendar', scopes: ['calls:read', 'contacts:read'] });
  const { hook } = await ask('POST', '/api/hooks', {
    url: 'https://calendar.brightwater.example/parley',
    events: ['call.ended'],
    description: 'Practice calendar',
  });

  const { list } = await ask('POST', '/api/contact-lists', { name: 'Check-up is due' });
  await ask('POST', '/api/contact-lists', { name: 'Moved away' });
  const [due, called] = [people.slice(0, ofTheCampaign), people.slice(ofTheCampaign)];
  const { list: before } = await ask('POST', '/api/contact-lists', { name: 'Called last week' });
  await importPeople(product, 'patients-of-winter.csv', called, before.id);
  const importId = await importPeople(product, 'patients-of-spring.csv', due, list.id);
  for (const [place, { phone }] of due.entries())
    await ask('PUT', `/api/sandbox/numbers/${encodeURIComponent(phone)}`, { personId: cast[place % cast.length] });
  for (const [phone, reason] of [
    ['+16025550171', 'asked by e-mail'],
    ['+17025550172', 'wrong number, complained'],
    ['+15035550173', 'court order'],
  ])
    await ask('POST', '/api/suppressions', { phone, reason });
  say(`${people.length} people`);

  const contacts = await contactsOf(product);
  const agents = (await ask('GET', '/api/agents')).items as { id: string; version: number; name: string }[];
  const numbers = (await ask('GET', '/api/numbers')).items as { phone: string }[];
  const byPhone = new Map(called.map(person => [person.phone, person]));
  const known = contacts.flatMap(({ id, phone }) => {
    const person = byPhone.get(phone);
    return person ? [{ ...person, id }] : [];
  });
  const written = await writePastCalls({
    dataDir,
    people: known,
    agents: agents.slice(0, 1),
    from: numbers.slice(0, 1).map(({ phone }) => phone),
    now: new Date(),
    days: 6,
  });
  say(`${written} calls of the last days`);

  const finished = (await ask('GET', '/api/campaigns')).items[0].id as string;
  const agentId = agents.find(({ name }) => name.includes('Ava'))?.id ?? agents[0]!.id;
  const wishes = {
    agentId,
    ...(isDaytime() ? forTheDay : forTheNight),
    seller: { legalName: 'Brightwater Dental', callbackNumber: numbers[0]!.phone },
    lists: [list.id],
    record: true,
    retry: { maxAttempts: 3, afterMinutes: { busy: [30], 'no-answer': [120], voicemail: [240] } },
    budget: { amount: 120, currency: 'USD', per: 'total' },
  };
  const make = async (name: string, pace: object) =>
    (await ask('POST', '/api/campaigns', { ...wishes, name, pace })).campaign.id as string;
  const running = await make('Spring check-ups', { callsPerSecond: 0.5, maxConcurrent: 14 });
  const waiting = await make('Summer check-ups', { callsPerSecond: 0.05, maxConcurrent: 6 });
  for (const id of [finished, running]) await ask('POST', `/api/campaigns/${id}/start`, {});
  say('campaigns started');
  return {
    campaigns: { running, finished, waiting },
    contactId: known[0]!.id,
    importId,
    hookId: hook.id,
    agentId,
  };
}

const hourIn = (timeZone: string): number =>
  Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(new Date()));
const isDaytime = (): boolean =>
  ['America/New_York', 'America/Los_Angeles'].map(hourIn).every(hour => hour >= 9 && hour < 20);

const forTheDay = {
  contentClass: 'informational',
  schedule: { timeZone: 'contact', windows: everyDay('09:00', '20:00') },
};
/** Nobody may be reminded at night, and pictures of calls are taken at any hour: an emergency may be told at any. */
const forTheNight = {
  contentClass: 'emergency',
  emergencyReason: 'The practice is closed tomorrow after a burst pipe.',
  schedule: { timeZone: 'contact', windows: everyDay('00:00', '24:00') },
};

/** A file with three rows that cannot be taken, as files have them. */
async function importPeople(
  { ask }: Product,
  file: string,
  people: readonly InventedPerson[],
  list: string,
): Promise<string> {
  const rows = people.map(({ name, phone, email, timeZone }) => `${name},${phone},${email},${timeZone}`);
  rows.splice(12, 0, 'Cy Unreadable,call me,cy@example.com,America/Chicago');
  rows.splice(47, 0, 'Bea Short,+1 312 55,bea@example.com,America/Chicago');
  rows.splice(90, 0, 'Noel Nowhere,+13125550199,noel@example.com,America/Atlantis');
  const form = new FormData();
  form.set('file', new Blob([['Name,Phone,E-mail,Time zone', ...rows].join('\n')]), file);
  const { id } = (await ask('POST', '/api/contacts/imports', form)).import;
  await ask('PATCH', `/api/contacts/imports/${id}`, {
    lists: [list],
    tags: ['spring'],
    consent: { kind: 'express-written', at: '2026-03-02', source: 'Form at the first visit' },
  });
  await ask('POST', `/api/contacts/imports/${id}/start`);
  await until(async () => (await ask('GET', `/api/contacts/imports/${id}`)).import.state === 'done', 'the import');
  return id;
}

async function contactsOf({ ask }: Product): Promise<{ id: string; phone: string }[]> {
  const found: { id: string; phone: string }[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await ask('GET', `/api/contacts?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

/** Waits for something that the product does by itself. */
export async function until(holds: () => Promise<boolean>, what: string, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}
