import { mongo, Types } from 'mongoose';
import { BaseRepository, type ClaimTerms } from '../store/base-repository.ts';
import { marksOf, writeMarks } from '../store/counted-marks.ts';
import { type Filter, filterOf, type NamedQuery } from '../store/query-table.ts';
import { asScalar } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type CampaignContact, campaignContactSchema, type NewPerson } from './campaign-contact-document.ts';
import { campaignContactQueries } from './campaign-contact-queries.ts';
import { type PersonView, personView } from './campaign-person-view.ts';
import { contactStates } from './campaign-state.ts';
import type { CountedPerson, DueSpan } from './campaign-tally-repository.ts';
import { type Candidate, type QueuePart, queuePart } from './dialer-queries.ts';
import { dueInOrder } from './queue-order.ts';

const free = { 'lease.owner': '', 'lease.until': new Date(0) };

export class CampaignContactRepository extends BaseRepository<
  CampaignContact,
  typeof campaignContactQueries,
  PersonView
> {
  readonly #now: () => Date;

  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'campaignContacts',
      schema: campaignContactSchema,
      queries: campaignContactQueries,
      stateField: 'state',
      filters: {
        campaignId: { type: 'id' },
        state: { type: 'string', values: contactStates },
        outcome: { type: 'string', path: 'lastOutcome' },
      },
      listedWithin: ['campaignId'],
      omittedFromLists: ['counted'],
    });
    this.#now = context.now;
  }

  toApi(entry: Stored<CampaignContact>): PersonView {
    return personView(entry);
  }

  /** Those who are due, in the order in which they should be called, as far as one of the queue's parts goes. */
  async candidates(part: QueuePart, limit: number): Promise<Candidate[]> {
    const { name, args } = queuePart(part);
    const question = campaignContactQueries[name] as NamedQuery;
    const found = await this.run(name, 'always', () =>
      this.read(filterOf(question, args as never), { limit, sort: question.sort!, projection: { _id: 1, dueAt: 1 } }),
    );
    return found.map(({ _id, dueAt }) => ({ id: _id.toHexString(), dueAt }));
  }

  /** When the first of those who wait is due; null when nobody waits. */
  async nextDue(campaignId: Types.ObjectId | string): Promise<Date | null> {
    const filter = filterOf(campaignContactQueries.waiting, { campaignId });
    const [first] = await this.run('waiting', 'always', () =>
      this.read(filter, { limit: 1, sort: { dueAt: 1 }, projection: { dueAt: 1 } }),
    );
    return first?.dueAt ?? null;
  }

  /** Those who are called next: whoever is due in the order of the queue, then whoever is due after that, soonest first. */
  async nextInQueue(campaignId: Types.ObjectId | string, now: Date, most: number): Promise<Stored<CampaignContact>[]> {
    const due = await dueInOrder(this, String(campaignId), now, most);
    const later =
      due.length < most ? await this.find('dueAfter', { campaignId, now }, { limit: most - due.length }) : [];
    const found = due.length > 0 ? await this.find('among', { ids: due.map(({ id }) => id) }, { limit: most }) : [];
    const byId = new Map(found.map(each => [each._id.toHexString(), each]));
    // Whoever was claimed between the two looks is next no more.
    return [...due.flatMap(({ id }) => byId.get(id) ?? []).filter(({ state }) => state === 'waiting'), ...later];
  }

  /** The highest priority below this one that anybody has who waits, also for later; null when nobody does. */
  async nextPriority(campaignId: Types.ObjectId | string, below: number): Promise<number | null> {
    const filter = filterOf(campaignContactQueries.nextPriority, { campaignId, below });
    const [first] = await this.run('nextPriority', 'always', () =>
      this.read(filter, { limit: 1, sort: { priority: -1, dueAt: 1 }, projection: { priority: 1 } }),
    );
    return first?.priority ?? null;
  }

  /** Takes one person for a call whose id is fixed with it; null when they are not due any more, or another process has them. */
  claimOne(
    id: Types.ObjectId | string,
    callId: Types.ObjectId | string,
    terms: Pick<ClaimTerms, 'owner' | 'now' | 'leaseMs'>,
  ): Promise<Stored<CampaignContact> | null> {
    const $set = { state: 'dialing', callId: new Types.ObjectId(callId), countDue: true };
    return this.claim('claimable', { id, now: terms.now }, { ...terms, update: { $set, $inc: { attempts: 1 } } });
  }

  /** The same for several people, each for a call of their own; answers who was got, by call. */
  async claimMany(
    claims: readonly { readonly id: Types.ObjectId | string; readonly callId: Types.ObjectId }[],
    { owner, now, leaseMs }: Pick<ClaimTerms, 'owner' | 'now' | 'leaseMs'>,
  ): Promise<Map<string, Stored<CampaignContact>>> {
    const changes = claims.map(({ id, callId }) => {
      const lease = { 'lease.owner': owner, 'lease.until': new Date(now.getTime() + leaseMs) };
      const $set = { state: 'dialing', callId, countDue: true, ...lease };
      return { args: { id, now }, update: { $set, $inc: { attempts: 1, 'lease.fence': 1 } } };
    });
    await this.changeEach('unclaimed', changes);
    // Nobody else writes these ids of calls.
    const callIds = claims.map(({ callId }) => callId);
    const claimed = await this.find('claimedAs', { callIds, owner }, { limit: callIds.length });
    return new Map(claimed.map(each => [each.callId!.toHexString(), each]));
  }

  /** Keeps claims until then, and answers of which calls; others have run out or are another's. The versions stay. */
  async keepClaims(
    callIds: readonly string[],
    { owner, now, leaseMs }: Pick<ClaimTerms, 'owner' | 'now' | 'leaseMs'>,
  ): Promise<Set<string>> {
    const filter = filterOf(campaignContactQueries.heldFor, { callIds, owner, now });
    const until = new Date(now.getTime() + leaseMs);
    return this.run('keepClaims', 'always', async () => {
      const { matchedCount } = await this.model.collection.updateMany(filter, { $set: { 'lease.until': until } });
      if (matchedCount === callIds.length) return new Set(callIds);
      const kept = await this.read(filter, { limit: callIds.length, projection: { callId: 1 } });
      return new Set(kept.flatMap(({ callId }) => (callId ? [callId.toHexString()] : [])));
    });
  }

  /** Nobody was dialled under this id: back as if never claimed, or blocked. Null when the person has gone on without it. */
  unclaim(
    callId: Types.ObjectId | string,
    fields: Partial<Pick<CampaignContact, 'state' | 'dueAt' | 'verdict'>>,
  ): Promise<Stored<CampaignContact> | null> {
    const $set = { state: 'waiting', ...fields, callId: null, ...free, countDue: true };
    return this.change('dialingFor', { callId }, { $set, $inc: { attempts: -1 } });
  }

  /** Somebody answered; null when that is known, or the call is settled. */
  inCall(callId: Types.ObjectId | string, until: Date): Promise<Stored<CampaignContact> | null> {
    return this.change('dialingFor', { callId }, { $set: { state: 'in-call', 'lease.until': until, countDue: true } });
  }

  /** What came of the call, once; null when it was settled before. */
  settle(
    callId: Types.ObjectId | string,
    outcome: string,
    fields: Partial<Pick<CampaignContact, 'state' | 'dueAt' | 'verdict' | 'bookedFor'>>,
  ): Promise<Stored<CampaignContact> | null> {
    const $set = { ...fields, lastOutcome: outcome, ...free, countDue: true };
    return this.change('calledBy', { callId }, { $set, $push: { outcomes: outcome } });
  }

  /** Who is being called by this call; null when nobody is any more. */
  calledBy(callId: Types.ObjectId | string): Promise<Stored<CampaignContact> | null> {
    return this.first('calledBy', { callId });
  }

  /** Claimed, and their process has not been heard of for too long; what became of the call must be asked before anything is dialled. */
  async leftBehind(now: Date, limit: number): Promise<Stored<CampaignContact>[]> {
    const states = ['dialing', 'in-call'] as const;
    const found = await Promise.all(states.map(state => this.find('leftBehind', { state, now }, { limit })));
    return found.flat();
  }

  /** Looks at them again later. The version stays. */
  async lookLater(callIds: readonly (Types.ObjectId | string)[], until: Date): Promise<void> {
    const filter = filterOf(campaignContactQueries.calledByAny, { callIds });
    await this.run('lookLater', 'always', () => this.model.updateMany(filter, { $set: { 'lease.until': until } }));
  }

  /** They asked to be called at this time; null when they are not in the campaign, or want no more calls. */
  book(
    campaignId: Types.ObjectId | string,
    contactId: Types.ObjectId | string,
    at: Date,
  ): Promise<Stored<CampaignContact> | null> {
    const $set = { state: 'waiting', dueAt: at, bookedFor: at, verdict: null, countDue: true };
    return this.change('bookable', { campaignId, contactId }, { $set });
  }

  /** The same while they are in a call: it counts once that has ended. */
  bookLater(
    campaignId: Types.ObjectId | string,
    contactId: Types.ObjectId | string,
    at: Date,
  ): Promise<Stored<CampaignContact> | null> {
    return this.change('beingCalled', { campaignId, contactId }, { $set: { bookedFor: at, countDue: true } });
  }

  /** The booked time is taken back: due then, or done without one. Null when nothing was booked, or they are in a call. */
  unbook(
    campaignId: Types.ObjectId | string,
    contactId: Types.ObjectId | string,
    dueAt: Date | null,
  ): Promise<Stored<CampaignContact> | null> {
    const next = dueAt ? { state: 'waiting', dueAt } : { state: 'done' };
    return this.change('booking', { campaignId, contactId }, { $set: { ...next, bookedFor: null, countDue: true } });
  }

  /** The same while they are in a call; what that comes to decides what follows. */
  unbookLater(
    campaignId: Types.ObjectId | string,
    contactId: Types.ObjectId | string,
  ): Promise<Stored<CampaignContact> | null> {
    return this.change('beingCalled', { campaignId, contactId }, { $set: { bookedFor: null, countDue: true } });
  }

  /** Every campaign a person is in. */
  ofContact(contactId: Types.ObjectId | string): Promise<Stored<CampaignContact>[]> {
    return this.find('ofContact', { contactId });
  }

  /** Where these people wait to be called, read for all of them at once. */
  async waitingAmong(
    contactIds: readonly string[],
  ): Promise<Pick<CampaignContact, 'contactId' | 'campaignId' | 'dueAt'>[]> {
    const filter = filterOf(campaignContactQueries.waitingAmong, { contactIds });
    const projection = { contactId: 1, campaignId: 1, dueAt: 1 } as const;
    const limit = Math.max(contactIds.length, 20) * 20;
    return this.run('waitingAmong', 'always', () => this.read(filter, { limit, projection }));
  }

  /** Lists pass by who was taken out; named queries say themselves whom they mean. */
  protected override visible(filter: Filter): Filter {
    return Object.keys(filter).length === 0 ? { state: { $ne: 'removed' } } : filter;
  }

  /** Adds whoever is not in the campaign yet, and answers their contact ids; doing it again adds nobody twice. */
  async join(campaignId: Types.ObjectId | string, people: readonly NewPerson[]): Promise<Set<string>> {
    const campaign = asScalar('campaignId', campaignId, 'id');
    const now = this.#now();
    const documents = people.map(person => ({
      _id: new Types.ObjectId(),
      campaignId: campaign,
      contactId: asScalar('contactId', person.contactId, 'id'),
      phone: asScalar('phone', person.phone, 'string'),
      state: 'waiting',
      attempts: 0,
      priority: asScalar('priority', person.priority, 'number'),
      dueAt: now,
      bookedFor: null,
      variant: person.variant,
      callId: null,
      outcomes: [],
      lastOutcome: null,
      verdict: null,
      countDue: true,
      counted: null,
      forget: false,
      lease: { owner: '', until: new Date(0), fence: 0 },
      schemaVersion: 1,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }));
    if (documents.length === 0) return new Set();
    const joined = new Set(documents.map(({ contactId }) => contactId.toHexString()));
    await this.run('join', 'if-not-done', async () => {
      try {
        await this.model.collection.insertMany(documents, { ordered: false });
      } catch (error) {
        if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
        const writeErrors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
        for (const { code, index } of writeErrors) {
          if (code !== 11000) throw error;
          joined.delete(documents[index]!.contactId.toHexString());
        }
      }
    });
    return joined;
  }

  /** Those of these contacts who were taken out, and wait again now. */
  async bringBack(campaignId: Types.ObjectId | string, contactIds: readonly Types.ObjectId[]): Promise<Set<string>> {
    const args = { campaignId, contactIds, state: 'removed' };
    const gone = await this.find('membersInState', args, { limit: contactIds.length });
    const back = new Set<string>();
    for (const { contactId } of gone) {
      const $set = { state: 'waiting', dueAt: this.#now(), verdict: null, forget: false, countDue: true };
      const done = await this.change('membersInState', { ...args, contactIds: [contactId] }, { $set });
      if (done) back.add(contactId.toHexString());
    }
    return back;
  }

  /** Another priority for those of them who wait. */
  async prioritise(
    campaignId: Types.ObjectId | string,
    contactIds: readonly Types.ObjectId[],
    priority: number,
  ): Promise<void> {
    await this.changeMany('membersInState', { campaignId, contactIds, state: 'waiting' }, { $set: { priority } });
  }

  member(
    campaignId: Types.ObjectId | string,
    contactId: Types.ObjectId | string,
  ): Promise<Stored<CampaignContact> | null> {
    return this.first('member', { campaignId, contactId });
  }

  /** Those of these contacts who are in the campaign. */
  members(
    campaignId: Types.ObjectId | string,
    contactIds: readonly (Types.ObjectId | string)[],
  ): Promise<Stored<CampaignContact>[]> {
    return this.find('members', { campaignId, contactIds }, { limit: contactIds.length });
  }

  /** Takes somebody out of the queue who is not being called; null when they are, or are not in it. */
  takeOut(campaignId: Types.ObjectId | string, id: Types.ObjectId | string): Promise<Stored<CampaignContact> | null> {
    return this.change('atRest', { campaignId, id }, { $set: { state: 'removed', bookedFor: null, countDue: true } });
  }

  /** Takes somebody out of every queue for good, where they are not being called. */
  forgetContact(contactId: Types.ObjectId | string): Promise<number> {
    const $set = { state: 'removed', bookedFor: null, forget: true, countDue: true };
    return this.changeMany('contactAtRest', { contactId }, { $set });
  }

  /** Puts somebody back into the queue, due now, who is not being called; null when they are, or are not in it. */
  requeue(campaignId: Types.ObjectId | string, id: Types.ObjectId | string): Promise<Stored<CampaignContact> | null> {
    const $set = { state: 'waiting', dueAt: this.#now(), verdict: null, countDue: true };
    return this.change('atRest', { campaignId, id }, { $set });
  }

  /** Whether anybody waits or is being called. */
  async anyLeft(campaignId: Types.ObjectId | string): Promise<boolean> {
    return (await this.first('left', { campaignId })) !== null;
  }

  /** Those who are being called, whoever calls them. */
  async beingCalled(campaignId: Types.ObjectId | string): Promise<Stored<CampaignContact>[]> {
    const states = ['dialing', 'in-call'] as const;
    const found = await Promise.all(
      states.map(state => this.find('inState', { campaignId, state }, { limit: mostBeingCalled })),
    );
    return found.flat();
  }

  /** When the last of those who wait is due. */
  async lastDue(campaignId: Types.ObjectId | string): Promise<Date | null> {
    return (await this.first('lastDue', { campaignId }))?.dueAt ?? null;
  }

  /** Between which moments those who wait are due; null when nobody waits. */
  async dueSpan(campaignId: Types.ObjectId | string): Promise<DueSpan | null> {
    const [first, last] = await Promise.all([this.firstWaiting(campaignId), this.lastDue(campaignId)]);
    if (!first) return null;
    const zone = first.verdict?.['zone'];
    return { first: first.dueAt, last: last ?? first.dueAt, zone: typeof zone === 'string' ? zone : null };
  }

  /** How many are in this state; counted now, for an operator who doubts the counters. */
  countIn(campaignId: Types.ObjectId | string, state: string): Promise<number> {
    return this.count('inState', { campaignId, state });
  }

  /** Has everybody counted anew; the counters change where they were wrong. Answers how many they are. */
  recount(campaignId: Types.ObjectId | string): Promise<number> {
    return this.changeMany('ofCampaign', { campaignId }, { $set: { countDue: true } });
  }

  /** Whoever waits and has been due longest, or is due next. */
  async firstWaiting(campaignId: Types.ObjectId | string): Promise<Stored<CampaignContact> | null> {
    return this.first('inState', { campaignId, state: 'waiting' });
  }

  /** Whether anybody was ever added. */
  async hasAnybody(campaignId: Types.ObjectId | string): Promise<boolean> {
    return (await this.first('ofCampaign', { campaignId })) !== null;
  }

  /** Removes some of a campaign's people, and answers how many; again until it is 0. */
  async removeSome(campaignId: Types.ObjectId | string, atMost = 1_000): Promise<number> {
    const some = await this.find('ofCampaign', { campaignId }, { limit: Math.min(atMost, 1_000) });
    if (some.length === 0) return 0;
    return this.removeMany('among', { ids: some.map(({ _id }) => _id) });
  }

  /** Some of those who changed since they were counted. */
  toCount(campaignId: Types.ObjectId | string, atMost: number): Promise<Stored<CampaignContact>[]> {
    return this.find('toCount', { campaignId }, { limit: Math.min(atMost, 1_000) });
  }

  /** The next campaign, by its id, of which somebody is to be counted; null when there is none. */
  async nextToCount(after: string | null): Promise<string | null> {
    const found = await this.first('toCountAfter', { campaignId: after ?? '000000000000000000000000' });
    return found?.campaignId.toHexString() ?? null;
  }

  /** Everybody of a campaign, also who was taken out. */
  everybody(campaignId: Types.ObjectId | string): AsyncGenerator<Stored<CampaignContact>> {
    return this.each('ofCampaign', { campaignId });
  }

  /** Notes what batch `seq` counted. */
  async markCounted(seq: number, batch: readonly CountedPerson[]): Promise<void> {
    const marks = marksOf(seq, batch);
    if (marks.length === 0) return;
    const fields = { mark: 'counted', due: 'countDue' };
    await this.run('markCounted', 'always', () => writeMarks(this.model.collection, fields, marks));
  }

  /** Removes those who were deleted and are counted as gone. */
  dropForgotten(campaignId: Types.ObjectId | string): Promise<number> {
    return this.removeMany('forgotten', { campaignId });
  }
}

const mostBeingCalled = 10_000;
