import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import type { Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type Campaign, type CampaignCause, campaignSchema } from './campaign-document.ts';
import { type CampaignMove, campaignAfter, campaignStates, statesAllowing } from './campaign-state.ts';

const queries = {
  inState: namedQuery({ state: 'string' }, ({ state }) => ({ state }), { sort: { createdAt: -1, _id: -1 } }),
};

export class CampaignRepository extends BaseRepository<Campaign, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'campaigns',
      schema: campaignSchema,
      queries,
      stateField: 'state',
      filters: { state: { type: 'string', values: campaignStates }, agentId: { type: 'id' } },
    });
  }

  toApi(campaign: Stored<Campaign>): Record<string, unknown> {
    const { _id, agentId, lists, variants, cause, createdAt, startedAt, endedAt, ...rest } = campaign;
    const { deletedAt, updatedAt, schemaVersion, version, eventSeq, ...fields } = rest;
    return {
      id: _id.toHexString(),
      ...fields,
      agentId: agentId?.toHexString() ?? null,
      lists: lists.map(list => list.toHexString()),
      variants: variants.map(each => ({ ...each, agentId: each.agentId?.toHexString() ?? null })),
      cause: cause && { ...cause, at: cause.at.toISOString() },
      createdAt: createdAt.toISOString(),
      startedAt: startedAt?.toISOString() ?? null,
      endedAt: endedAt?.toISOString() ?? null,
    };
  }

  running(): Promise<Stored<Campaign>[]> {
    return this.find('inState', { state: 'running' });
  }

  /** Makes a move in one conditional write; null when the campaign is in no state that allows it. Of two at once, one wins. */
  async move(id: Id, move: CampaignMove, cause: CampaignCause | null = null): Promise<Stored<Campaign> | null> {
    for (const from of statesAllowing(move)) {
      const to = campaignAfter(from, move);
      const moved = to && (await this.moveState(id, from, to, { $set: { cause } }));
      if (moved) return moved;
    }
    return null;
  }
}
