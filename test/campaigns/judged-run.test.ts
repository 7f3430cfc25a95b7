import { test } from 'tap';
import { dryRunOf } from '../../src/campaigns/dry-run-source.ts';
import { judgeRun } from '../../src/campaigns/judge.ts';
import { judgeRecordOf } from '../../src/campaigns/judge-source.ts';
import { passesJudge } from '../helpers/judge.ts';
import { startDialSite } from './dial-site.ts';

test('a run in the sandbox passes the judge, and dials exactly whom the dry run said', async t => {
  const { app, campaign, addPeople, dialled, until, campaigns } = await startDialSite(t);
  const made = await campaign({ state: 'paused', pace: { callsPerSecond: 20, maxConcurrent: 50 } });
  const id = made._id.toHexString();
  const phones = await addPeople(made._id, 12, { priority: 1 });
  const urgent = await addPeople(made._id, 6, { priority: 9 });
  const all = [...phones, ...urgent];

  const dry = await dryRunOf(
    id,
    { days: 1, seed: 1, assumptions: [{ outcome: 'conversation', share: 1, seconds: 30 }] },
    app.dryRuns,
  );
  t.equal(dry.dials.length, 18);
  await campaigns.changeById(id, { $set: { state: 'running', startedAt: new Date() } });
  app.dialer.wake(id);
  await until(() => all.every(phone => dialled(phone).length > 0), 'everybody was dialled');
  await campaigns.changeById(id, { $set: { state: 'paused' } });

  const record = await judgeRecordOf(id, app.campaignAdmin.judge);
  const real: string[] = [];
  const seen = async () => {
    real.length = 0;
    for await (const { contactId } of record.dials()) real.push(contactId);
    return real.length >= 18;
  };
  await until(seen, 'every dial is in the log');
  t.same([...real].sort(), dry.dials.map(({ contactId }) => contactId).sort(), 'the same people');
  const spanOf = (times: readonly number[]) => Math.max(...times) - Math.min(...times);
  t.equal(Math.round(spanOf(dry.dials.map(({ at }) => at))), 850, 'at the pace of 20 a second');

  const calls = app.sandbox.carrier!.control.calls().filter(({ to }) => all.includes(to));
  const carrierCalls = calls.map(({ sid }) => ({ sid, at: Date.now() }));
  const judgement = await passesJudge(t, app, id, { carrierCalls });
  t.match(judgement, { calls: 18, numbers: 18, people: 18 });
  const forged = await judgeRun({ ...record, carrierCalls: [...carrierCalls, { sid: 'CAnobodys', at: Date.now() }] });
  t.equal(forged.verdict, 'fail', 'a call that the carrier has and nobody wrote down');
});
