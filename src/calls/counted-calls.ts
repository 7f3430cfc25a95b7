import type { Id } from '../store/base-repository.ts';
import { marksOf, writeMarks } from '../store/counted-marks.ts';
import { filterOf } from '../store/query-table.ts';
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

  /** Notes what batch `seq` counted of calls. */
  async settleFigures(seq: number, counts: readonly CallCount[]): Promise<void> {
    const marks = marksOf(seq, counts);
    for (let from = 0; from < marks.length; from += settledAtOnce) {
      const some = marks.slice(from, from + settledAtOnce);
      const fields = { mark: 'figures', due: 'figuresDue' };
      await this.run('settleFigures', 'always', () => writeMarks(this.model.collection, fields, some));
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
