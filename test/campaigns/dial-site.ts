import { Types } from 'mongoose';
import type { Test } from 'tap';
import type { Campaign } from '../../src/campaigns/campaign-document.ts';
import type { Stored } from '../../src/store/schema.ts';
import { startApp, type TestAppOptions } from '../helpers/app.ts';

/** The application with both twins, whose campaigns are written straight into the store. */
export async function startDialSite(t: Pick<Test, 'teardown'>, { env = {}, ...options }: TestAppOptions = {}) {
  const notes: { campaignId: string; type: string; data: Readonly<Record<string, unknown>> }[] = [];
  const started = await startApp(t, {
    ...options,
    env: { TWILIO_CPS: '100', COMPANY_NAME: 'Northwind Dental', OVERLOAD_DELAY_MS: '5000', ...env },
    routes: app => {
      app.operations.events.on('campaigns.noted', ({ campaignId, entry: { type, data } }) => {
        notes.push({ campaignId, type, data });
      });
    },
  });
  const { repository: campaigns, people } = started.app.campaigns;
  const { app } = started;
  const { control } = app.sandbox.carrier!;

  /** A running campaign that anybody may be called for at any hour. */
  const campaign = (fields: Partial<Campaign> = {}): Promise<Stored<Campaign>> =>
    campaigns.create({
      name: 'Storm warning',
      state: 'running',
      contentClass: 'emergency',
      emergencyReason: 'The river rises.',
      emergencyBy: 'user:1',
      record: false,
      pace: { callsPerSecond: 50, maxConcurrent: 50 },
      amd: { mode: 'off' },
      retry: { maxAttempts: 3, afterMinutes: { busy: [60], 'no-answer': [120] } },
      ...fields,
    } as Campaign);

  let used = 0;
  const phone = () => `+1312555${String(100 + used++).padStart(4, '0')}`;
  /** So many people who are due now. */
  async function addPeople(id: Types.ObjectId, count: number, fields: object = {}): Promise<string[]> {
    const phones = Array.from({ length: count }, phone);
    const { contacts } = await app.contacts.add(
      phones.map(each => ({ phone: each, name: 'Ada Example' })),
      { origin: 'api', by: 'test' },
    );
    for (const contact of contacts) {
      await people.create({
        campaignId: id,
        contactId: new Types.ObjectId(contact.id),
        phone: contact.phone,
        dueAt: new Date(Date.now() - 1_000),
        ...fields,
      } as never);
    }
    app.dialer.wake(id.toHexString());
    return phones;
  }

  const personOf = async (to: string) => {
    const contact = await app.contacts.byPhone(to);
    return (await people.ofContact(contact!.id))[0]!;
  };
  const dialled = (to: string) => control.calls().filter(call => call.to === to);
  async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
    for (const deadline = Date.now() + 30_000; !(await holds()); ) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
  return {
    ...started,
    campaigns,
    people,
    notes,

    control,
    campaign,
    addPeople,
    personOf,
    dialled,
    phone,
    until,
  };
}

export type DialSite = Awaited<ReturnType<typeof startDialSite>>;
