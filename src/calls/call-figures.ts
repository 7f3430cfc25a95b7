import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallFacts, CallFigures, CountableCall } from './calls.types.ts';
import { converted, type PriceTable } from './cost-protocol.ts';

/** The first of all ids. */
const beforeAll = '000000000000000000000000';
/** So many live calls are looked through when some of them are counted. */
const mostActive = 20_000;
const batchSize = 500;

/** Hands calls to those who count them. */
export function createCallFigures(calls: CallRepository, table: Pick<PriceTable, 'currency' | 'rates'>): CallFigures {
  const countable = (call: Stored<Call>): CountableCall => ({
    id: call._id.toHexString(),
    version: call.version,
    due: call.figuresDue === true,
    facts: factsOf(call, table),
    counted: call.figures?.counted ?? null,
  });
  return {
    due: async limit => (await calls.toCount(limit)).map(countable),
    settle: (seq, counts) => calls.settleFigures(seq, counts),
    async after(id, limit) {
      const found = await calls.behind(id ?? beforeAll, limit);
      return {
        calls: found.filter(({ outcome }) => outcome !== null).map(countable),
        last: found.at(-1)?._id.toHexString() ?? null,
      };
    },
    async *ofCampaign(campaignId) {
      let batch: CountableCall[] = [];
      for await (const call of calls.concludedOf(campaignId)) {
        batch.push(countable(call));
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
    async recount(ids) {
      for (let at = 0; at < ids.length; at += batchSize) await calls.recount(ids.slice(at, at + batchSize));
    },
    async active({ campaignId, agentId }) {
      if (campaignId === undefined && agentId === undefined) return calls.countActive();
      const live = await calls.active(mostActive);
      const isSame = (id: Call['agentId'], wanted: string | undefined) =>
        wanted === undefined || id?.toHexString() === wanted;
      return live.filter(call => isSame(call.campaignId, campaignId) && isSame(call.agentId, agentId)).length;
    },
  };
}

const numberOr = <T>(value: unknown, otherwise: T): number | T =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise;

function factsOf(call: Stored<Call>, table: Pick<PriceTable, 'currency' | 'rates'>): CallFacts {
  const { cost, latency, analysis } = call;
  const micros = cost ? converted(cost.micros, cost.currency, table) : 0;
  const turns = latency?.['turnsMs'];
  return {
    createdAt: call.createdAt,
    direction: call.direction,
    outcome: call.outcome ?? 'none',
    result: call.result,
    answered: call.answeredAt !== null && call.answeredAt !== undefined,
    seconds: numberOr(call.durationSeconds, 0),
    costMicros: micros ?? 0,
    costIncomplete: micros === null || (cost?.missing.length ?? 0) > 0,
    success: analysis?.success ?? null,
    campaignId: call.campaignId?.toHexString() ?? null,
    agentId: call.agentId?.toHexString() ?? null,
    variant: call.variant ?? null,
    firstWordMs: numberOr(latency?.['firstWordMs'], null),
    turnsMs: Array.isArray(turns) ? turns.filter(ms => numberOr(ms, null) !== null) : [],
  };
}
