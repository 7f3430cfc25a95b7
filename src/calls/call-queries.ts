import { namedQuery } from '../store/query-table.ts';
import { never, newestFirst } from './call-document.ts';

/** Everything that is asked of calls, with the state each question depends on; the verbs of the repository use these alone. */
export const callQueries = {
  byId: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id })),
  bySid: namedQuery({ sid: 'string' }, ({ sid }) => ({ sid })),
  byConversation: namedQuery({ conversationId: 'string' }, ({ conversationId }) => ({ conversationId })),
  active: namedQuery({}, () => ({ endedAt: null }), { sort: newestFirst }),
  activeTo: namedQuery({ to: 'string' }, ({ to }) => ({ to, endedAt: null })),
  attemptsTo: namedQuery({ to: 'string', since: 'date' }, ({ to, since }) => ({ to, createdAt: { $gt: since } }), {
    sort: newestFirst,
  }),
  writtenBetween: namedQuery(
    { from: 'date', until: 'date' },
    ({ from, until }) => ({ createdAt: { $gte: from, $lte: until } }),
    { sort: { createdAt: 1, _id: 1 } },
  ),
  toAny: namedQuery({ numbers: ['string'], since: 'date' }, ({ numbers, since }) => ({
    to: { $in: numbers },
    createdAt: { $gt: since },
  })),
  placedFrom: namedQuery(
    { from: 'string', since: 'date' },
    ({ from, since }) => ({ from, createdAt: { $gt: since } }),
    {
      sort: newestFirst,
    },
  ),
  activeToAny: namedQuery({ numbers: ['string'] }, ({ numbers }) => ({ to: { $in: numbers }, endedAt: null })),
  withoutSid: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null })),
  withContact: namedQuery({ contactId: 'id' }, ({ contactId }) => ({ contactId })),
  newestWith: namedQuery({ contactId: 'id' }, ({ contactId }) => ({ contactId }), { sort: newestFirst }),
  withContacts: namedQuery({ contactIds: ['id'] }, ({ contactIds }) => ({ contactId: { $in: contactIds } })),
  byIdempotencyKey: namedQuery({ idempotencyKey: 'string' }, ({ idempotencyKey }) => ({ idempotencyKey })),
  claimedWithoutSid: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, state: 'claimed' })),
  undialled: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, endedAt: null })),
  undialledYet: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, endedAt: null, dialledAt: null })),
  mayBeDialled: namedQuery({ id: 'id' }, ({ id }) => ({
    _id: id,
    sid: null,
    endedAt: null,
    terminationSource: null,
  })),
  unannounced: namedQuery(
    { before: 'date' },
    ({ before }) => ({ unannounced: true, endedAt: { $gt: new Date(0), $lt: before } }),
    { sort: { endedAt: 1 } },
  ),
  among: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
  ofCampaign: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId }), { sort: newestFirst }),
  ofCampaignSince: namedQuery(
    { campaignId: 'id', outcome: 'string', since: 'date' },
    ({ campaignId, outcome, since }) => ({ campaignId, outcome, createdAt: { $gt: since } }),
  ),
  endedAmong: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids }, endedAt: { $ne: null } })),
  erasedAmong: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids }, erasedAt: { $gt: new Date(0) } })),
  notConcluded: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, outcome: null })),
  notErased: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, erasedAt: null })),
  concluded: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, outcome: { $ne: null }, erasedAt: null })),
  erasable: namedQuery({ id: 'id', version: 'number' }, ({ id, version }) => ({
    _id: id,
    version,
    outcome: { $ne: null },
    erasedAt: null,
  })),
  // A callback may overtake the answer that names the call: then it names it.
  news: namedQuery(
    { id: 'id', sid: 'string', states: ['string'], sequence: 'number' },
    ({ id, sid, states, sequence }) => ({
      _id: id,
      sid: { $in: [null, sid] },
      state: { $in: states },
      lastSequence: { $lt: sequence },
    }),
  ),
  newsBySid: namedQuery({ sid: 'string', states: ['string'], sequence: 'number' }, ({ sid, states, sequence }) => ({
    sid,
    state: { $in: states },
    lastSequence: { $lt: sequence },
  })),
  unanswered: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({
    _id: id,
    sid: { $in: [null, sid] },
    answeredAt: null,
    endedAt: null,
  })),
  nameless: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, endedAt: null })),
  live: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, endedAt: null })),
  named: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({ _id: id, sid: { $in: [null, sid] } })),
  endingWith: namedQuery({ id: 'id', sid: 'string', reason: 'string' }, ({ id, sid, reason }) => ({
    _id: id,
    sid,
    terminationReason: reason,
  })),
  liveWith: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({
    _id: id,
    sid: { $in: [null, sid] },
    endedAt: null,
  })),
  redeemable: namedQuery({ id: 'id', sid: 'string', token: 'string', now: 'date' }, ({ id, sid, token, now }) => ({
    _id: id,
    sid,
    streamToken: token,
    streamTokenUntil: { $gt: now },
    endedAt: null,
  })),
  resumable: namedQuery({ id: 'id', sid: 'string', most: 'number' }, ({ id, sid, most }) => ({
    _id: id,
    sid,
    endedAt: null,
    terminationSource: null,
    resumes: { $lt: most },
  })),
  transferable: namedQuery({ id: 'id' }, ({ id }) => ({
    _id: id,
    endedAt: null,
    terminationSource: null,
    'transfer.state': { $nin: ['dialling', 'joined'] },
  })),
  transferIn: namedQuery({ id: 'id', states: ['string'] }, ({ id, states }) => ({
    _id: id,
    'transfer.state': { $in: states },
  })),
  notEnding: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, terminationSource: null })),
  withoutVerdict: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({
    _id: id,
    sid: { $in: [null, sid] },
    amd: null,
  })),
  withPendingVerdict: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, 'amd.state': 'pending' })),
  pendingVerdicts: namedQuery({ processId: 'string' }, ({ processId }) => ({ processId, 'amd.state': 'pending' })),
  withoutFirstTurn: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, firstTurn: null })),
  withOpenFirstTurn: namedQuery({ id: 'id' }, ({ id }) => ({
    _id: id,
    firstTurn: { $ne: null },
    'firstTurn.saidAtMs': null,
  })),
  recordingIn: namedQuery({ id: 'id', states: ['string'] }, ({ id, states }) => ({
    _id: id,
    recording: { $in: states },
  })),
  recordingOf: namedQuery({ id: 'id', sid: 'string', states: ['string'] }, ({ id, sid, states }) => ({
    _id: id,
    sid,
    recording: { $in: states },
  })),
  reportDue: namedQuery({ now: 'date' }, ({ now }) => ({ reportDueAt: { $gt: never, $lte: now } }), {
    sort: { reportDueAt: 1 },
  }),
  priceDue: namedQuery({ now: 'date' }, ({ now }) => ({ priceDueAt: { $gt: never, $lte: now } }), {
    sort: { priceDueAt: 1 },
  }),
  asOf: namedQuery({ id: 'id', version: 'number' }, ({ id, version }) => ({ _id: id, version })),
  toCount: namedQuery({}, () => ({ figuresDue: true })),
  concludedAmong: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids }, outcome: { $ne: null } })),
  afterId: namedQuery({ id: 'id' }, ({ id }) => ({ _id: { $gt: id } }), { sort: { _id: 1 } }),
  withoutOutcome: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, endedAt: { $ne: null }, outcome: null })),
  inDoubt: namedQuery({ before: 'date' }, ({ before }) => ({ sid: null, endedAt: null, createdAt: { $lt: before } }), {
    sort: { createdAt: 1 },
  }),
  quiet: namedQuery({ before: 'date' }, ({ before }) => ({ endedAt: null, updatedAt: { $lt: before } }), {
    sort: { updatedAt: 1 },
  }),
  unfinished: namedQuery(
    { before: 'date' },
    ({ before }) => ({ outcome: null, endedAt: { $gt: new Date(0), $lt: before } }),
    { sort: { endedAt: 1 } },
  ),
};
