import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import type { CallCost } from '../../src/calls/cost-protocol.ts';
import type { Store } from '../../src/store/open-store.ts';

/** A document of the collection of calls, as far as figures look at it. */
export interface GeneratedCall {
  _id: mongo.ObjectId;
  version: number;
  createdAt: Date;
  direction: 'inbound' | 'outbound';
  outcome: string | null;
  result: string;
  answeredAt: Date | null;
  endedAt: Date | null;
  durationSeconds: number | null;
  cost: CallCost | null;
  analysis: { success: string } | null;
  campaignId: mongo.ObjectId | null;
  agentId: mongo.ObjectId | null;
  latency: { firstWordMs: number | null; turnsMs: number[] } | null;
  figuresDue: boolean;
  [field: string]: unknown;
}

/** Chance that is the same at every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export const campaignIds = Array.from(
  { length: 4 },
  (_, at) => new mongo.ObjectId(`6a${at}f0c2d3e4b5a6978879aab`.padEnd(24, '0')),
);
export const agentIds = Array.from(
  { length: 3 },
  (_, at) => new mongo.ObjectId(`7b${at}f0c2d3e4b5a6978879aab`.padEnd(24, '0')),
);

const answeredOutcomes = ['conversation', 'voicemail', 'message-left', 'opt-out', 'abandoned'];
const otherOutcomes = ['no-answer', 'busy', 'failed', 'canceled', 'invalid-number'];
const successes = ['success', 'failure', 'unknown'];

/** Calls as they stand when they have ended, spread over these days. */
export function generateCalls(count: number, from: Date, days: number, seed = 7): GeneratedCall[] {
  const roll = dice(seed);
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!;
  return Array.from({ length: count }, () => {
    const createdAt = new Date(from.getTime() + roll(days * 86_400) * 1_000 + roll(1_000));
    const answered = roll(10) < 6;
    const durationSeconds = answered ? roll(400) : null;
    const micros = answered ? (Math.floor(durationSeconds! / 60) + 1) * 14_000 + durationSeconds! * 1_333 : 0;
    return {
      _id: new mongo.ObjectId(),
      schemaVersion: 1,
      version: 1,
      sid: `CA${randomBytes(16).toString('hex')}`,
      to: '+12125550142',
      from: '+12125550100',
      state: answered ? 'completed' : 'no-answer',
      createdAt,
      updatedAt: createdAt,
      direction: roll(5) === 0 ? 'inbound' : 'outbound',
      outcome: answered ? pick(answeredOutcomes) : pick(otherOutcomes),
      result: roll(8) === 0 ? pick(['transferred', 'appointment-booked', 'lead']) : 'none',
      answeredAt: answered ? createdAt : null,
      endedAt: new Date(createdAt.getTime() + 60_000),
      durationSeconds,
      cost: { parts: [], micros, currency: 'USD', estimated: true, missing: roll(50) === 0 ? ['CHF'] : [] },
      analysis: answered && roll(2) === 0 ? { success: pick(successes) } : null,
      campaignId: roll(3) === 0 ? null : pick(campaignIds),
      agentId: roll(10) === 0 ? null : pick(agentIds),
      latency: answered
        ? { firstWordMs: 300 + roll(900), turnsMs: Array.from({ length: roll(6) }, () => 200 + roll(3_000)) }
        : null,
      figuresDue: true,
    };
  });
}

export async function insertCalls(store: Pick<Store, 'connection'>, calls: readonly GeneratedCall[]): Promise<void> {
  const collection = store.connection.collection<GeneratedCall>('calls');
  for (let at = 0; at < calls.length; at += 2_000) await collection.insertMany(calls.slice(at, at + 2_000));
}

interface Selection {
  readonly from: Date;
  readonly to: Date;
  readonly campaignId?: string;
  readonly agentId?: string;
}

/** The figures as somebody would count them who has all the time in the world. */
export function naiveFigures(calls: readonly GeneratedCall[], { from, to, campaignId, agentId }: Selection) {
  const counted = calls.filter(
    call =>
      call.outcome !== null &&
      call.createdAt >= from &&
      call.createdAt < to &&
      (!campaignId || call.campaignId?.toHexString() === campaignId) &&
      (!agentId || call.agentId?.toHexString() === agentId),
  );
  const tally = (names: readonly (string | null | undefined)[]) => {
    const counts: Record<string, number> = {};
    for (const name of names) if (name) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const answered = counted.filter(({ answeredAt }) => answeredAt !== null);
  const success = tally(counted.map(({ analysis }) => analysis?.success));
  const seconds = sum(counted.map(({ durationSeconds }) => durationSeconds ?? 0));
  const judged = (success['success'] ?? 0) + (success['failure'] ?? 0);
  const turns = counted.flatMap(({ latency }) => latency?.turnsMs ?? []).sort((one, other) => one - other);
  return {
    figures: {
      calls: counted.length,
      answered: answered.length,
      answerRate: counted.length === 0 ? 0 : Math.round((answered.length / counted.length) * 10_000) / 10_000,
      successRate: judged === 0 ? 0 : Math.round(((success['success'] ?? 0) / judged) * 10_000) / 10_000,
      successful: success['success'] ?? 0,
      unsuccessful: success['failure'] ?? 0,
      averageDurationSeconds: answered.length === 0 ? 0 : Math.round((seconds / answered.length) * 10) / 10,
      totalDurationSeconds: seconds,
      inbound: counted.filter(({ direction }) => direction === 'inbound').length,
      outbound: counted.filter(({ direction }) => direction === 'outbound').length,
      outcomes: tally(counted.map(({ outcome }) => outcome)),
      results: tally(counted.map(({ result }) => (result === 'none' ? null : result))),
    },
    micros: sum(counted.map(({ cost }) => cost?.micros ?? 0)),
    incomplete: counted.filter(({ cost }) => (cost?.missing.length ?? 0) > 0).length,
    turns: turns.length,
    quantile: (share: number) => turns[Math.max(0, Math.ceil(share * turns.length) - 1)] ?? 0,
  };
}
