import { type JudgeRule, judgeRules, type RuleReport, type Violation } from './judge-facts.ts';

/** As many breaches of a rule are named; all are counted. */
export const mostExamples = 100;

/** Where rules write down what they found. */
export interface JudgeNotes {
  /** One more was looked at. */
  checked(rule: JudgeRule): void;
  broken(rule: JudgeRule, at: number, what: { callId?: string; contactId?: string | null }, message: string): void;
  /** The rule could not be asked about something; the same reason is told once, with how often. */
  unsure(rule: JudgeRule, reason: string): void;
  reports(): RuleReport[];
}

interface Entry {
  checked: number;
  violations: number;
  readonly examples: Violation[];
  readonly unsure: Map<string, number>;
}

export function createJudgeNotes(): JudgeNotes {
  const entries = new Map<JudgeRule, Entry>(
    judgeRules.map(rule => [rule, { checked: 0, violations: 0, examples: [], unsure: new Map() }]),
  );
  return {
    checked: rule => {
      entries.get(rule)!.checked += 1;
    },
    broken: (
      rule,
      at,
      { callId = null, contactId = null }: { callId?: string | null; contactId?: string | null },
      message,
    ) => {
      const entry = entries.get(rule)!;
      entry.violations += 1;
      if (entry.examples.length < mostExamples)
        entry.examples.push({ rule, at: new Date(at).toISOString(), callId, contactId, message });
    },
    unsure: (rule, reason) => {
      const { unsure } = entries.get(rule)!;
      unsure.set(reason, (unsure.get(reason) ?? 0) + 1);
    },
    reports: () =>
      [...entries].map(([rule, { checked, violations, examples, unsure }]) => ({
        rule,
        result: violations > 0 ? 'fail' : checked === 0 && unsure.size > 0 ? 'not-judged' : 'pass',
        checked,
        violations,
        examples,
        unsure: [...unsure].map(([reason, times]) => (times === 1 ? reason : `${reason} (${times} times)`)),
      })),
  };
}
