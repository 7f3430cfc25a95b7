import { namedQuery } from '../store/query-table.ts';
import { dialerQueries } from './dialer-queries.ts';

/** What is asked of the queue beside what the dialer asks. */
export const campaignContactQueries = {
  ...dialerQueries,
  ofContact: namedQuery({ contactId: 'id' }, ({ contactId }) => ({ contactId })),
  waitingAmong: namedQuery({ contactIds: ['id'] }, ({ contactIds }) => ({
    contactId: { $in: contactIds },
    state: 'waiting',
  })),
  member: namedQuery({ campaignId: 'id', contactId: 'id' }, ({ campaignId, contactId }) => ({ campaignId, contactId })),
  members: namedQuery({ campaignId: 'id', contactIds: ['id'] }, ({ campaignId, contactIds }) => ({
    campaignId,
    contactId: { $in: contactIds },
  })),
  membersInState: namedQuery({ campaignId: 'id', contactIds: ['id'], state: 'string' }, query => ({
    campaignId: query.campaignId,
    contactId: { $in: query.contactIds },
    state: query.state,
  })),
  /** Nobody is being called, so nobody's call is lost by changing it. */
  atRest: namedQuery({ campaignId: 'id', id: 'id' }, ({ campaignId, id }) => ({
    _id: id,
    campaignId,
    state: { $in: ['waiting', 'done', 'blocked'] },
  })),
  contactAtRest: namedQuery({ contactId: 'id' }, ({ contactId }) => ({
    contactId,
    state: { $in: ['waiting', 'done', 'blocked', 'removed'] },
  })),
  inState: namedQuery({ campaignId: 'id', state: 'string' }, ({ campaignId, state }) => ({ campaignId, state }), {
    sort: { dueAt: 1 },
  }),
  left: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({
    campaignId,
    state: { $in: ['dialing', 'in-call', 'waiting'] },
  })),
  ofCampaign: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId })),
  lastDue: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId, state: 'waiting' }), {
    sort: { campaignId: -1, state: -1, dueAt: -1 },
  }),
  toCount: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId, countDue: true }), {
    sort: { campaignId: 1, _id: 1 },
  }),
  toCountAfter: namedQuery(
    { campaignId: 'id' },
    ({ campaignId }) => ({ campaignId: { $gt: campaignId }, countDue: true }),
    { sort: { campaignId: 1, _id: 1 } },
  ),
  forgotten: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId, forget: true, countDue: false })),
  among: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
};
