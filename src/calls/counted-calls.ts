import type { Types } from 'mongoose';
import type { Id } from '../store/base-repository.ts';
import { filterOf } from '../store/query-table.ts';
import { asScalar } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import { CallFinder } from './call-finder.ts';
import { callQueries } from './call-queries.ts';
import type { CallCount } from './calls.types.ts';

/** What the figures need of calls: which are to be counted, and what was counted of them. */
export abstract class CountedCalls extends CallFinder {
  /** Concluded calls that changed since they were counted, with what counts of them. */
  toCount(limit: number): Promise<Stored<Call>[]> {
    return this.run('toCount', 'always', () =>
      this.read(filterOf(callQueries.toCount, {}), { limit, projection: whatCounts }),
    );
  }

  /** Calls behind this one in the order of ids, with what counts of them. */
  behind(id: Id, limit: number): Promise<Stored<Call>[]> {
    const sort = { _id: 1 } as const;
    return this.run('behind', 'always', () =>
      this.read(filterOf(callQueries.afterId, { id }), { limit, sort, projection: whatCounts }),
    );
  }

  /** Every concluded call of a campaign, newest first. */
  async *concludedOf(campaignId: Id): AsyncGenerator<Stored<Call>> {
    for await (const call of this.each('ofCampaign', { campaignId })) if (call.outcome !== null) yield call;
  }

  /** These concluded calls must be counted again. */
  recount(ids: readonly Id[]): Promise<number> {
    return this.changeMany('concludedAmong', { ids }, { $set: { figuresDue: true } });
  }

  /**
   * Notes what batch `seq` counted of calls. One that changed since it was read keeps its mark, so that the change is counted; one
   * that a later batch counted is left alone. Versions stay: counting says nothing about a call.
   */
  async settleFigures(seq: number, counts: readonly CallCount[]): Promise<void> {
    const known = counts.map(({ id, version, counted }) => ({
      id: asScalar('id', id, 'id'),
      version: asScalar('version', version, 'number'),
      figures: { seq: asScalar('seq', seq, 'number'), counted },
    }));
    for (let from = 0; from < known.length; from += settledAtOnce) {
      const some = known.slice(from, from + settledAtOnce);
      await this.run('settleFigures', 'always', () => this.#settleSome(seq, some));
    }
  }

  async #settleSome(
    seq: number,
    known: readonly { readonly id: Types.ObjectId; readonly version: number; readonly figures: { seq: number } }[],
  ): Promise<void> {
    const { collection } = this.model;
    const { matchedCount } = await collection.bulkWrite(
      known.map(({ id, version, figures }) => ({
        updateOne: { filter: { _id: id, version }, update: { $set: { figures, figuresDue: false } } },
      })),
      { ordered: false },
    );
    if (matchedCount === known.length) return;
    const ids = known.map(({ id }) => id);
    const found = await collection.find({ _id: { $in: ids } }, { projection: { 'figures.seq': 1 } }).toArray();
    const seqOf = new Map(found.map(call => [String(call._id), (call['figures']?.seq as number | undefined) ?? 0]));
    for (const { id, figures } of known) {
      const before = seqOf.get(id.toHexString());
      if (before === undefined || before >= seq) continue;
      const filter = { _id: id, 'figures.seq': before === 0 ? { $in: [0, null] } : before };
      await collection.updateOne(filter, { $set: { figures } });
    }
  }
}

/** Nobody waits for these, and a long command stops the embedded store for everybody who does wait. */
const settledAtOnce = 25;

const whatCounts = Object.fromEntries(
  [
    ...['version', 'createdAt', 'direction', 'outcome', 'result', 'answeredAt', 'durationSeconds', 'cost'],
    ...['analysis.success', 'campaignId', 'agentId', 'variant', 'latency', 'figures', 'figuresDue'],
  ].map(path => [path, 1 as const]),
);
