import type { FastifyInstance } from 'fastify';
import { judgementWords } from '../../src/campaigns/campaign-commands-cli.ts';
import { judgeRun } from '../../src/campaigns/judge.ts';
import type { Judgement } from '../../src/campaigns/judge-facts.ts';
import { judgeRecordOf } from '../../src/campaigns/judge-source.ts';

export interface JudgeTerms {
  /** The carrier's own list of what it was asked to dial: then nothing may be there that nobody wrote down. */
  readonly carrierCalls?: readonly { readonly sid: string; readonly at: number }[];
}

/** Judges a run that was made in this application, and fails the test with every breach. */
export async function passesJudge(
  t: { equal(found: unknown, wanted: unknown, message: string): unknown },
  app: FastifyInstance,
  campaignId: string,
  terms: JudgeTerms = {},
): Promise<Judgement> {
  const record = await judgeRecordOf(campaignId, app.campaignAdmin.judge);
  const judgement = await judgeRun({ ...record, ...terms });
  t.equal(judgement.verdict, 'pass', judgementWords(judgement));
  return judgement;
}
