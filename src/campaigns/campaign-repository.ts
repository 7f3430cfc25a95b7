import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { asId, asScalar } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type Campaign, type CampaignCause, campaignSchema, type OutboxEntry } from './campaign-document.ts';
import { type CampaignMove, type CampaignState, campaignAfter, campaignStates, openStates } from './campaign-state.ts';
import { type CampaignView, campaignView } from './campaign-view.ts';

const queries = {
  active: namedQuery({}, () => ({ state: { $in: ['starting', 'running', 'pausing', 'resuming'] } })),
  open: namedQuery({}, () => ({ state: { $in: [...openStates] } })),
  held: namedQuery({}, () => ({ state: { $in: ['pausing', 'paused', 'error'] }, cause: { $ne: null } })),
  standingStill: namedQuery({}, () => ({ state: { $in: ['pausing', 'paused', 'error'] } })),
  inState: namedQuery({ state: 'string' }, ({ state }) => ({ state }), { sort: { createdAt: -1, _id: -1 } }),
  ofAgent: namedQuery({ agentId: 'id' }, ({ agentId }) => ({ agentId }), { sort: { createdAt: -1, _id: -1 } }),
  byOrigin: namedQuery({ origin: 'string' }, ({ origin }) => ({ origin })),
  newest: namedQuery({}, () => ({}), { sort: { createdAt: -1, _id: -1 } }),
  toNote: namedQuery({}, () => ({ noteDue: true })),
  endingCalls: namedQuery({}, () => ({ endCalls: true })),
  unchangedSince: namedQuery({ id: 'id', version: 'number' }, ({ id, version }) => ({ _id: id, version })),
  mayComplete: namedQuery({ id: 'id', adds: 'number', now: 'date' }, ({ id, adds, now }) => ({
    _id: id,
    state: 'running',
    adds,
    addingUntil: { $lte: now },
  })),
};

export interface Move {
  /** Left as it is when not given. */
  readonly cause?: CampaignCause | null;
  /** For its log, in the same write. */
  readonly entry: (from: CampaignState, to: CampaignState) => OutboxEntry;
  readonly set?: Readonly<Record<string, unknown>>;
}

const mostTries = 8;

export class CampaignRepository extends BaseRepository<Campaign, typeof queries, CampaignView> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'campaigns',
      schema: campaignSchema,
      queries,
      stateField: 'state',
      filters: { state: { type: 'string', values: campaignStates }, agentId: { type: 'id' } },
      omittedFromLists: ['outbox'],
    });
  }

  toApi(campaign: Stored<Campaign>): CampaignView {
    return campaignView(campaign);
  }

  running(): Promise<Stored<Campaign>[]> {
    return this.find('inState', { state: 'running' }, { limit: mostCampaigns });
  }

  /** Campaigns that dial, or are on their way there or from there. */
  active(): Promise<Stored<Campaign>[]> {
    return this.find('active', {}, { limit: mostCampaigns });
  }

  /** How many have begun and do not dial until somebody resumes them. */
  standingStill(): Promise<number> {
    return this.count('standingStill', {});
  }

  /** Campaigns that have not ended. */
  open(): Promise<Stored<Campaign>[]> {
    return this.find('open', {}, { limit: mostCampaigns });
  }

  /** Campaigns that stand still for another reason than a person's wish; as many as one page holds. */
  held(): Promise<Stored<Campaign>[]> {
    return this.find('held', {});
  }

  ofAgent(agentId: Id): Promise<Stored<Campaign>[]> {
    return this.find('ofAgent', { agentId });
  }

  byOrigin(origin: string): Promise<Stored<Campaign> | null> {
    return this.first('byOrigin', { origin });
  }

  async hasAny(): Promise<boolean> {
    return (await this.find('newest', {}, { limit: 1 })).length > 0;
  }

  /** Campaigns whose last changes are not in their log. */
  toNote(): Promise<Stored<Campaign>[]> {
    return this.find('toNote', {});
  }

  /** Campaigns whose live calls are to be ended. */
  endingCalls(): Promise<Stored<Campaign>[]> {
    return this.find('endingCalls', {});
  }

  /**
   * Makes a move in one conditional write; null when the campaign is in no state that allows it. Of two at once, one wins, and the
   * other is judged by the state it finds then.
   */
  async move(id: Id, move: CampaignMove, { cause, entry, set }: Move): Promise<Stored<Campaign> | null> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const campaign = await this.findById(id);
      const to = campaign && campaignAfter(campaign.state, move);
      if (!to) return null;
      const $set = { ...(cause === undefined ? {} : { cause }), ...set, noteDue: true };
      const $push = { outbox: entry(campaign.state, to) };
      const moved = await this.moveState(campaign._id, campaign.state, to, { $set, $push });
      if (moved) return moved;
    }
    return null;
  }

  /** Completes it when nobody began to add people since it was read; null otherwise. */
  complete({ _id, adds }: Stored<Campaign>, now: Date, entry: OutboxEntry): Promise<Stored<Campaign> | null> {
    const $set = { state: 'completed', cause: null, endedAt: now, noteDue: true };
    return this.change('mayComplete', { id: _id, adds: adds ?? 0, now }, { $set, $push: { outbox: entry } });
  }

  /** Changes its settings as long as nobody else did since it was read; null when somebody has. */
  edit(
    { _id, version }: Stored<Campaign>,
    set: Partial<Campaign>,
    entry: OutboxEntry,
  ): Promise<Stored<Campaign> | null> {
    const $set = { ...set, noteDue: true };
    return this.change('unchangedSince', { id: _id, version }, { $set, $push: { outbox: entry } });
  }

  /** Marks it deleted as long as nobody changed it since it was read; null when somebody has. */
  delete({ _id, version }: Stored<Campaign>, entry: OutboxEntry): Promise<Stored<Campaign> | null> {
    const $set = { deletedAt: entry.at, noteDue: true };
    return this.change('unchangedSince', { id: _id, version }, { $set, $push: { outbox: entry } });
  }

  /** Somebody adds people: until then it does not complete. False when it has ended. The version stays. */
  async beginAdding(id: Id, until: Date): Promise<boolean> {
    const filter = {
      _id: asScalar('id', id, 'id'),
      state: { $in: [...openStates] },
      deletedAt: null,
    };
    return this.run('beginAdding', 'if-not-done', async () => {
      const update = { $set: { addingUntil: asScalar('until', until, 'date') }, $inc: { adds: 1 } };
      return (await this.model.collection.updateOne(filter, update)).matchedCount > 0;
    });
  }

  /** Whoever said so until then has added everybody; others who add keep it from completing. */
  async doneAdding(id: Id, until: Date): Promise<void> {
    const filter = { _id: asScalar('id', id, 'id'), addingUntil: asScalar('until', until, 'date') };
    await this.run('doneAdding', 'always', async () => {
      await this.model.collection.updateOne(filter, { $set: { addingUntil: new Date(0) } });
    });
  }

  /** Its live calls were ended. */
  async callsEnded(id: Id): Promise<void> {
    await this.run('callsEnded', 'always', async () => {
      await this.model.collection.updateOne({ _id: asScalar('id', id, 'id') }, { $set: { endCalls: false } });
    });
  }

  /** Takes what was brought into the log out of the outbox; false when something was added meanwhile. */
  async emptyOutbox({ _id, version }: Stored<Campaign>): Promise<boolean> {
    const $set = { outbox: [], noteDue: false };
    return this.run('emptyOutbox', 'always', async () => {
      const result = await this.model.collection.updateOne({ _id, version }, { $set });
      return result.matchedCount > 0;
    });
  }

  /** Gives out so many numbers of the campaign's log, and answers the last; 0 when there is no such campaign. The version stays. */
  async takeSeqs(id: Id, count: number): Promise<number> {
    const _id = asId('id', id);
    if (!_id || !Number.isSafeInteger(count) || count < 1) return 0;
    return this.run('takeSeqs', 'if-not-done', async () => {
      const found = await this.model.collection.findOneAndUpdate(
        { _id },
        { $inc: { eventSeq: count } },
        { returnDocument: 'after', projection: { eventSeq: 1 } },
      );
      return (found?.['eventSeq'] as number | undefined) ?? 0;
    });
  }
}

const mostCampaigns = 1_000;
