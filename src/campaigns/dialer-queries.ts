import { namedQuery } from '../store/query-table.ts';

export const highestPriority = 9;

/** What the dialer asks of the queue. Each part of it is one range of an index, so that nobody who waits for later is read. */
export const dialerQueries = {
  claimable: namedQuery({ id: 'id', now: 'date' }, ({ id, now }) => ({
    _id: id,
    state: 'waiting',
    dueAt: { $lte: now },
  })),
  unclaimed: namedQuery({ id: 'id', now: 'date' }, ({ id, now }) => ({
    _id: id,
    state: 'waiting',
    dueAt: { $lte: now },
    'lease.until': { $lte: now },
  })),
  booked: namedQuery(
    { campaignId: 'id', now: 'date' },
    ({ campaignId, now }) => ({
      campaignId,
      state: 'waiting',
      bookedFor: { $gt: new Date(0), $lte: now },
      dueAt: { $lte: now },
    }),
    { sort: { bookedFor: 1 } },
  ),
  overdue: namedQuery(
    { campaignId: 'id', since: 'date' },
    ({ campaignId, since }) => ({ campaignId, state: 'waiting', dueAt: { $lte: since } }),
    { sort: { dueAt: 1 } },
  ),
  dueWithPriority: namedQuery(
    { campaignId: 'id', priority: 'number', now: 'date' },
    ({ campaignId, priority, now }) => ({ campaignId, state: 'waiting', priority, dueAt: { $lte: now } }),
    { sort: { dueAt: 1 } },
  ),
  nextPriority: namedQuery(
    { campaignId: 'id', below: 'number' },
    ({ campaignId, below }) => ({ campaignId, state: 'waiting', priority: { $lt: below } }),
    { sort: { priority: -1, dueAt: 1 } },
  ),
  waiting: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId, state: 'waiting' }), {
    sort: { dueAt: 1 },
  }),
  dueAfter: namedQuery(
    { campaignId: 'id', now: 'date' },
    ({ campaignId, now }) => ({ campaignId, state: 'waiting', dueAt: { $gt: now } }),
    { sort: { dueAt: 1 } },
  ),
  claimedAs: namedQuery({ callIds: ['id'], owner: 'string' }, ({ callIds, owner }) => ({
    callId: { $in: callIds },
    state: 'dialing',
    'lease.owner': owner,
  })),
  heldFor: namedQuery({ callIds: ['id'], owner: 'string', now: 'date' }, ({ callIds, owner, now }) => ({
    callId: { $in: callIds },
    state: 'dialing',
    'lease.owner': owner,
    'lease.until': { $gt: now },
  })),
  dialingFor: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId, state: 'dialing' })),
  calledBy: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId, state: { $in: ['dialing', 'in-call'] } })),
  calledByAny: namedQuery({ callIds: ['id'] }, ({ callIds }) => ({
    callId: { $in: callIds },
    state: { $in: ['dialing', 'in-call'] },
  })),
  leftBehind: namedQuery({ state: 'string', now: 'date' }, ({ state, now }) => ({
    state,
    'lease.until': { $lte: now },
  })),
  bookable: namedQuery({ campaignId: 'id', contactId: 'id' }, ({ campaignId, contactId }) => ({
    campaignId,
    contactId,
    state: { $in: ['waiting', 'done'] },
  })),
  booking: namedQuery({ campaignId: 'id', contactId: 'id' }, ({ campaignId, contactId }) => ({
    campaignId,
    contactId,
    state: { $in: ['waiting', 'done'] },
    bookedFor: { $gt: new Date(0) },
  })),
  beingCalled: namedQuery({ campaignId: 'id', contactId: 'id' }, ({ campaignId, contactId }) => ({
    campaignId,
    contactId,
    state: { $in: ['dialing', 'in-call'] },
  })),
};

/** A part of those who are due: booked callbacks go first, then whoever has waited too long, then by priority. */
export type QueuePart =
  | { readonly part: 'booked'; readonly campaignId: string; readonly now: Date }
  | { readonly part: 'overdue'; readonly campaignId: string; readonly since: Date }
  | { readonly part: 'priority'; readonly campaignId: string; readonly priority: number; readonly now: Date };

export interface Candidate {
  readonly id: string;
  readonly dueAt: Date;
}

const names = { booked: 'booked', overdue: 'overdue', priority: 'dueWithPriority' } as const;

/** The query behind a part, with its arguments. */
export function queuePart({ part, ...args }: QueuePart) {
  return { name: names[part], args };
}
