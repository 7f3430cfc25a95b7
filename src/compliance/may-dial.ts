import { contentClasses, type DialFacts } from './dial-facts.ts';
import { dayMs } from './local-time.ts';
import { ruleTable } from './rule-table.ts';
import type { CallKind, Finding, Rule } from './rules/rule.ts';
import { type Evidence, policyVersion, type RuleResult, type Verdict } from './verdict.ts';

export type { DialFacts } from './dial-facts.ts';
export { policyVersion, type RefusalCode, type RuleResult, refusalCodes, type Verdict } from './verdict.ts';

/** The names of all rules, in order. */
export const ruleOrder: readonly string[] = [...new Set(ruleTable.map(each => each.rule))];

/** How far ahead an allowed time is looked for, counted from the last pause that caps or a start date ask for. */
const horizonMs = 60 * dayMs;
/** Leaps after which a time on which all agree is taken not to exist. */
const mostLeaps = 150;

/** Whether a number may be dialled now, and why; the one gate that every call of ours passes. */
export function mayDial(facts: DialFacts, at: Date): Verdict {
  const now = at.getTime();
  const rules = rulesFor(facts);
  const results = rules.map(each => judged(each, facts, now));
  const first = results.findIndex(each => refuses(each.result));
  const stop = results[first];
  const { to, from, contentClass, vouchedBy } = facts;
  return {
    allowed: stop === undefined,
    code: stop?.result.code ?? null,
    rule: stop?.result.rule ?? null,
    message: stop?.result.message ?? null,
    permanent: stop?.permanent ?? false,
    dueAt: stop && !stop.permanent && rules[first]?.opens ? dueAfter(rules, results, facts, now) : null,
    at: at.toISOString(),
    policyVersion,
    subject: {
      to: to?.ok ? to.e164 : null,
      from: from ?? null,
      contentClass: contentClass ?? null,
      vouchedBy: vouchedBy ? `${vouchedBy.kind}:${vouchedBy.id}` : null,
    },
    rules: results.map(({ result }) => result),
  };
}

/**
 * The first moment from `from` on at which every rule that only needs waiting says yes, as far as these facts tell; null when there
 * is none in sight, or a fact is missing. Rules that waiting does not help are not asked.
 */
export function nextAllowed(facts: DialFacts, from: Date): Date | null {
  const moment = nextMoment(rulesFor(facts), facts, from.getTime());
  return moment === null ? null : new Date(moment);
}

const kinds: readonly CallKind[] = [...contentClasses, 'vouched'];
const rulesByKind = new Map<string, readonly Rule[]>(
  kinds.map(kind => [kind, ruleTable.filter(({ classes }) => !classes || classes.includes(kind))]),
);

/** The rules that hold for a call. One whose class cannot be told, or is none, is held to all. */
const rulesFor = ({ contentClass }: DialFacts): readonly Rule[] =>
  rulesByKind.get(contentClass === null ? 'vouched' : (contentClass ?? '')) ?? ruleTable;

interface Judged {
  readonly result: RuleResult;
  readonly permanent: boolean;
}

const refuses = ({ result }: RuleResult): boolean => result === 'refused' || result === 'unknown';

/** Null as well when, behind the rule that needs waiting, another one refuses that does not. */
function dueAfter(rules: readonly Rule[], judgements: readonly Judged[], facts: DialFacts, now: number): string | null {
  const hopeless = judgements.some(
    (each, index) =>
      refuses(each.result) && (each.permanent || !rules[index]!.opens || each.result.result === 'unknown'),
  );
  const moment = hopeless ? null : nextMoment(rules, facts, now);
  return moment === null ? null : new Date(moment).toISOString();
}

/** Every rule in turn leaps to its next opening, until a whole round agrees on one moment. */
function nextMoment(rules: readonly Rule[], facts: DialFacts, from: number): number | null {
  const waiting = rules.filter(each => each.opens);
  if (waiting.some(each => each.needs.some(name => facts[name] === undefined))) return null;
  let moment = from;
  let agreed = 0;
  for (let turn = 0, leaps = 0; agreed < waiting.length && leaps < mostLeaps; turn++) {
    const next = waiting[turn % waiting.length]!.opens!(facts as never, moment, moment + horizonMs);
    if (next === null) return null;
    if (next === moment) agreed++;
    else {
      agreed = 1;
      leaps++;
      moment = next;
    }
  }
  return agreed >= waiting.length ? moment : null;
}

function judged({ rule, code, needs, judge, permanent }: Rule, facts: DialFacts, at: number): Judged {
  const unknown = (message: string, evidence: Evidence): Judged => ({
    result: { rule, result: 'unknown', code: 'VERDICT_INCOMPLETE', message, evidence },
    permanent: false,
  });
  const missing = needs.filter(name => facts[name] === undefined);
  if (missing.length > 0)
    return unknown(`What the rule ${rule} needs could not be found out, so nobody is called; try again.`, { missing });
  let finding: Finding;
  try {
    finding = judge(facts as never, at);
  } catch (error) {
    // A schedule that was never checked, or a mistake of ours: either way nobody is called because of it.
    const problem = error instanceof Error ? error.message : String(error);
    return unknown(`The rule ${rule} could not be judged, so nobody is called: ${problem}.`, { problem });
  }
  const { result, message = null, evidence = {} } = finding;
  const own = finding.code ?? code;
  return {
    result: { rule, result, code: result === 'refused' ? own : null, message, evidence },
    permanent: result === 'refused' && (finding.permanent ?? permanent),
  };
}
