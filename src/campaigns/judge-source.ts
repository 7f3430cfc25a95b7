import type { DialledCalls } from '../calls/calls.types.ts';
import { defaultSchedule, type Schedule } from '../compliance/schedule.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import type { Suppressions } from '../contacts/suppressions.types.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignEventRepository } from './campaign-event-repository.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { JudgeRecord } from './judge.ts';
import type {
  JudgedCall,
  JudgedCampaign,
  JudgedInstallation,
  JudgedNumber,
  JudgedSettings,
  JudgedSpan,
} from './judge-facts.ts';
import { defaultRetry } from './retry-rules.ts';

export interface JudgeParts {
  readonly campaigns: Pick<CampaignRepository, 'findById'>;
  readonly entries: Pick<CampaignEventRepository, 'ofType'>;
  readonly people: Pick<CampaignContactRepository, 'members' | 'everybody'>;
  readonly calls: DialledCalls;
  readonly suppressions: Pick<Suppressions, 'hashOf' | 'sinceWhen'>;
  readonly contacts: Pick<Contacts, 'zonesOf'>;
  /** When the kill switch was turned on and off, oldest first. */
  readonly killSwitchTurns: () => Promise<readonly { readonly at: number; readonly on: boolean }[]>;
  readonly installation: Pick<JudgedInstallation, 'callsPerSecond' | 'caps'>;
  readonly now: () => Date;
}

/** How far calls to the same numbers are read back before the campaign: the longest cap. */
const lookBackMs = 8 * 86_400_000;

/** A campaign of the store with everything the judge reads of it. */
export async function judgeRecordOf(campaignId: string, parts: JudgeParts): Promise<JudgeRecord> {
  const document = await parts.campaigns.findById(campaignId);
  if (!document) throw new AppError('NOT_FOUND', 'There is no campaign with this id.');
  const id = document._id.toHexString();
  const campaign = await judgedCampaign(document, parts);
  const bookings = new Map<string, number[]>();
  for await (const { contactId, data } of parts.entries.ofType(id, 'contact.callback')) {
    const at = Date.parse(String(data['at']));
    const who = contactId?.toHexString();
    if (who && !Number.isNaN(at)) bookings.set(who, [...(bookings.get(who) ?? []), at]);
  }
  const now = parts.now().getTime();
  const begin = document.createdAt.getTime();
  const end = document.endedAt ? document.endedAt.getTime() + 60_000 : now;

  async function* dials() {
    for await (const { at, contactId, data } of parts.entries.ofType(id, 'contact.dialled')) {
      const dueAt = Date.parse(String(data['dueAt']));
      if (!contactId || Number.isNaN(dueAt)) continue;
      yield {
        at: at.getTime(),
        contactId: contactId.toHexString(),
        callId: String(data['callId']),
        attempt: Number(data['attempt']),
        dueAt,
        booked: data['booked'] === true,
      };
    }
  }

  async function* people() {
    for await (const { contactId, phone, state, dueAt } of parts.people.everybody(id)) {
      if (state === 'removed') continue;
      yield { contactId: contactId.toHexString(), phone, state, dueAt: dueAt.getTime() };
    }
  }

  async function ofNumbers(numbers: readonly string[]) {
    const hashes = new Map<string, string>();
    for (const number of numbers)
      hashes.set(number.startsWith('+') ? await parts.suppressions.hashOf(number) : number, number);
    const [calls, since] = await Promise.all([
      parts.calls.toAny([...new Set([...numbers, ...hashes.keys()])], new Date(begin - lookBackMs)),
      parts.suppressions.sinceWhen([...hashes.keys()]),
    ]);
    const contactIds = [
      ...new Set(calls.flatMap(call => (call.campaignId === id && call.contactId ? [call.contactId] : []))),
    ];
    const zones = new Map<string, { name: string; changedAt: number }>();
    const attempts = new Map<string, number>();
    for (let at = 0; at < contactIds.length; at += 500) {
      const some = contactIds.slice(at, at + 500);
      for (const [contactId, zone] of await parts.contacts.zonesOf(some)) zones.set(contactId, zone);
      for (const person of await parts.people.members(id, some))
        attempts.set(person.contactId.toHexString(), person.attempts);
    }
    const byNumber = new Map<string, JudgedCall[]>();
    for (const call of calls) {
      const number = hashes.get(call.to) ?? call.to;
      byNumber.set(number, [...(byNumber.get(number) ?? []), call]);
    }
    return new Map(
      numbers.map(number => {
        const own = byNumber.get(number) ?? [];
        const who = [
          ...new Set(own.flatMap(call => (call.campaignId === id && call.contactId ? [call.contactId] : []))),
        ];
        const hash = [...hashes].find(([, each]) => each === number)?.[0];
        const facts: JudgedNumber = {
          suppressedSince: (hash === undefined ? undefined : since.get(hash)) ?? null,
          zone: who.map(each => zones.get(each)).find(zone => zone !== undefined) ?? null,
          bookings: who.flatMap(each => bookings.get(each) ?? []),
          attempts: new Map(who.flatMap(each => (attempts.has(each) ? [[each, attempts.get(each)!] as const] : []))),
        };
        return [number, { calls: own, facts }] as const;
      }),
    );
  }

  return {
    campaign,
    installation: { ...parts.installation, stopped: spansOf(await parts.killSwitchTurns()) },
    now,
    calls: () => parts.calls.between(new Date(begin), new Date(end)),
    dials,
    people,
    ofNumbers,
    phoneOf: parts.calls.numberOf,
  };
}

async function judgedCampaign(
  document: Stored<Campaign>,
  { entries }: Pick<JudgeParts, 'entries'>,
): Promise<JudgedCampaign> {
  const id = document._id.toHexString();
  const edits: { readonly at: number; readonly before: Record<string, unknown> }[] = [];
  for await (const { at, data } of entries.ofType(id, 'campaign.edited')) {
    const changes = (data['changes'] ?? {}) as Record<string, { readonly from: unknown }>;
    edits.push({
      at: at.getTime(),
      before: Object.fromEntries(Object.entries(changes).map(([field, { from }]) => [field, from])),
    });
  }
  // From how it is now back to how it was made, edit by edit.
  const settings: JudgedSettings[] = [];
  let fields: Record<string, unknown> = { ...document };
  for (const { at, before } of edits.reverse()) {
    settings.unshift(settingsOf(fields, at));
    fields = { ...fields, ...before };
  }
  settings.unshift(settingsOf(fields, 0));
  const running: { from: number; to: number | null }[] = [];
  let moves = 0;
  for await (const { at, data } of entries.ofType(id, 'campaign.moved')) {
    moves += 1;
    if (data['to'] === 'running') running.push({ from: at.getTime(), to: null });
    else if (data['from'] === 'running' && running.at(-1)?.to === null) running.at(-1)!.to = at.getTime();
  }
  return { id, name: document.name, settings, running: moves === 0 && document.startedAt ? null : running };
}

function settingsOf(fields: Record<string, unknown>, from: number): JudgedSettings {
  const { contentClass, schedule, pace, retry } = fields as unknown as Campaign;
  return {
    from,
    contentClass,
    // The hours of a campaign that names none; an emergency is told at any hour then.
    schedule: (schedule as Schedule | null) ?? (contentClass === 'emergency' ? null : defaultSchedule),
    callsPerSecond: pace.callsPerSecond,
    maxConcurrent: pace.maxConcurrent,
    maxAttempts: retry?.maxAttempts ?? defaultRetry.maxAttempts,
  };
}

function spansOf(turns: readonly { readonly at: number; readonly on: boolean }[]): JudgedSpan[] {
  const spans: { from: number; to: number | null }[] = [];
  for (const { at, on } of turns) {
    const last = spans.at(-1);
    if (on && (last === undefined || last.to !== null)) spans.push({ from: at, to: null });
    else if (!on && last?.to === null) last.to = at;
  }
  return spans;
}
