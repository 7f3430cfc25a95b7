import { Types } from 'mongoose';
import root, { test } from 'tap';
import { CampaignContactRepository } from '../../src/campaigns/campaign-contact-repository.ts';
import { countersOf, variantCounters } from '../../src/campaigns/campaign-counts.ts';
import { createCampaignTally } from '../../src/campaigns/campaign-tally.ts';
import { CampaignTallyRepository } from '../../src/campaigns/campaign-tally-repository.ts';
import { startTestStore } from '../helpers/store.ts';
import { phone } from './campaign-desk.ts';
import { dying, Killed } from './dying.ts';

let shared: ReturnType<typeof openStore> | undefined;
/** One store for all; whoever is done leaves nobody to count. */
const open = () => {
  shared ??= openStore();
  return shared;
};

async function openStore() {
  const store = await startTestStore(root);
  const people = new CampaignContactRepository(store);
  const tallies = new CampaignTallyRepository(store);
  await Promise.all([people.ensureIndexes(), tallies.ensureIndexes()]);
  return { people, tallies };
}

/** A campaign of its own. */
function campaignIn({ people, tallies }: Awaited<ReturnType<typeof openStore>>) {
  const campaignId = new Types.ObjectId();
  let time = Date.now();
  const now = () => new Date(time);
  const tally = (owner: string, parts = { people, tallies }) =>
    createCampaignTally({ ...parts, owner, now, batchSize: 4, holdMs: 1_000 });
  const join = async (count: number, variant: string | null = null) => {
    const ids = Array.from({ length: count }, () => new Types.ObjectId());
    const offset = Number(`0x${ids[0]!.toHexString().slice(-4)}`) % 1000;
    await people.join(
      campaignId,
      ids.map((contactId, index) => ({ contactId, phone: phone(offset + index), priority: 0, variant })),
    );
    return ids;
  };
  const settle = async (contactId: Types.ObjectId, state: string, outcome: string) => {
    const { _id, outcomes } = (await people.member(campaignId, contactId))!;
    const $set = { state, lastOutcome: outcome, outcomes: [...outcomes, outcome], countDue: true };
    await people.changeById(_id, { $set });
  };
  const later = (ms: number) => {
    time += ms;
  };
  const counts = async () => (await tallies.of(campaignId))?.counts ?? {};
  return {
    people,
    tallies,
    campaignId: campaignId.toHexString(),
    tally,
    join,
    settle,
    counts,
    later,
  };
}

const nobody = { total: 0, waiting: 0, dialing: 0, inCall: 0, done: 0, blocked: 0, byOutcome: {} };

test('people count where they stand, their attempts by outcome, and each variant for itself', async t => {
  const { tally, join, settle, counts, campaignId, people } = campaignIn(await open());
  const [first, second, third] = await join(3, 'A');
  await join(2, 'B');
  const counting = tally('one');
  t.same(await counting.round(), [campaignId]);
  t.same(countersOf(await counts()), { ...nobody, total: 5, waiting: 5 });
  await settle(first!, 'waiting', 'busy');
  await settle(first!, 'done', 'conversation');
  await settle(second!, 'blocked', 'invalid-number');
  const { _id } = (await people.member(campaignId, third!))!;
  await people.takeOut(campaignId, _id);
  await counting.round();
  const byOutcome = { busy: 1, conversation: 1, 'invalid-number': 1 };
  t.same(countersOf(await counts()), { ...nobody, total: 4, waiting: 2, done: 1, blocked: 1, byOutcome });
  t.same(variantCounters(await counts()), {
    A: { ...nobody, total: 2, done: 1, blocked: 1, byOutcome },
    B: { ...nobody, total: 2, waiting: 2 },
  });
  t.same(await counting.round(), [], 'nothing is left to count');
  t.same(await counting.differences(campaignId), {});
});

test('a process that dies anywhere while it counts, or wakes up late, counts nobody twice and loses nobody', async t => {
  const store = await open();
  let reached = 0;
  for (let step = 1; step <= 24; step += 3) {
    const { people, tallies, tally, join, settle, counts, campaignId, later } = campaignIn(store);
    const ids = await join(6);
    await tally('before').round();
    for (const id of ids.slice(0, 5)) await settle(id, 'done', 'busy');
    const clock = { left: step };
    const dead = tally('dead', { people: dying(clock, people), tallies: dying(clock, tallies) });
    const killed = await dead.round().then(
      () => false,
      (error: unknown) => error instanceof Killed,
    );
    if (killed) reached += 1;
    await settle(ids[5]!, 'waiting', 'no-answer');
    later(2_000);
    await tally('next').round();
    const expected = { ...nobody, total: 6, waiting: 1, done: 5, byOutcome: { busy: 5, 'no-answer': 1 } };
    t.same(countersOf(await counts()), expected, `killed before step ${step}`);
    t.same(await tally('last').differences(campaignId), {});
    if (!killed) break;
  }
  t.ok(reached >= 3, `${reached} places to die`);
});

test('many who count at once count each person once', async t => {
  const { tally, join, settle, counts, later } = campaignIn(await open());
  const ids = await join(20);
  await Promise.all(['a', 'b', 'c'].map(owner => tally(owner).round()));
  await Promise.all(ids.map(id => settle(id, 'done', 'busy')));
  await Promise.all(['a', 'b', 'c'].map(owner => tally(owner).round()));
  later(2_000);
  await tally('d').round();
  t.same(countersOf(await counts()), { ...nobody, total: 20, done: 20, byOutcome: { busy: 20 } });
});

test('counters that are wrong are found, and set right on demand', async t => {
  const { tally, tallies, join, counts, campaignId } = campaignIn(await open());
  await join(3);
  const counting = tally('one');
  await counting.round();
  await tallies.replace((await tallies.of(campaignId))!, { total: 4, state: { waiting: 3, done: 1 } });
  const wrong = { total: { is: 4, should: 3 }, 'state.done': { is: 1, should: 0 } };
  t.same(await counting.differences(campaignId), wrong);
  t.same(await counting.differences(campaignId, true), wrong);
  t.same(await counting.differences(campaignId), {});
  t.equal(countersOf(await counts()).total, 3);
});
