import type { ContentClass, DialFacts } from '../dial-facts.ts';
import type { Phone, RefusedPhone } from '../phone.ts';
import type { Evidence, RefusalCode } from '../verdict.ts';

/** What a rule found. */
export interface Finding {
  readonly result: 'passed' | 'warned' | 'refused';
  readonly message?: string;
  readonly evidence?: Evidence;
  /** Where it is another than the rule's own. */
  readonly code?: RefusalCode;
  readonly permanent?: boolean;
}

export type Known<K extends keyof DialFacts> = DialFacts & {
  readonly [F in K]-?: Exclude<DialFacts[F], undefined>;
};

/** A class, or a single call without one, for which whoever asks vouches. */
export type CallKind = ContentClass | 'vouched';

/** One rule of the table; it knows neither its place in the order nor the others. */
export interface Rule {
  readonly rule: string;
  /** With which it refuses. */
  readonly code: RefusalCode;
  /** Whether a refusal lasts until somebody changes what is known of the number or the person. */
  readonly permanent: boolean;
  /** Facts without which it cannot say yes. */
  readonly needs: readonly (keyof DialFacts)[];
  /** Calls it is asked for; undefined for every call. */
  readonly classes: readonly CallKind[] | undefined;
  readonly judge: (facts: never, at: number) => Finding;
  /** For a rule that only needs waiting: the first moment from `at` on at which it alone would pass, null when none before `until`. */
  readonly opens?: (facts: never, at: number, until: number) => number | null;
}

interface RuleOptions {
  readonly permanent?: boolean;
  readonly classes?: readonly CallKind[];
}

export const everyClass: readonly ContentClass[] = ['telemarketing', 'informational', 'emergency'];
/** Classes whose people must have agreed to be called. */
export const withConsent: readonly ContentClass[] = ['telemarketing', 'informational'];

export const passed = (evidence: Evidence = {}): Finding => ({ result: 'passed', evidence });
export const warned = (message: string, evidence: Evidence = {}): Finding => ({ result: 'warned', message, evidence });
export const refused = (
  message: string,
  evidence: Evidence = {},
  more: Pick<Finding, 'code' | 'permanent'> = {},
): Finding => ({ result: 'refused', message, evidence, ...more });

/** A rule that is only asked when all facts it needs are known. */
export const rule = <const K extends keyof DialFacts>(
  name: string,
  code: RefusalCode,
  needs: readonly K[],
  judge: (facts: Known<K>, at: number) => Finding,
  { permanent = false, classes }: RuleOptions = {},
): Rule => ({ rule: name, code, permanent, needs, classes, judge: judge as (facts: never, at: number) => Finding });

/** A rule that waiting satisfies: `opens` alone decides, `explain` tells a refusal for people. */
export const waitingRule = <const K extends keyof DialFacts>(
  name: string,
  code: RefusalCode,
  needs: readonly K[],
  {
    classes,
    opens,
    explain,
    evidence,
  }: {
    readonly classes: readonly CallKind[];
    readonly opens: (facts: Known<K>, at: number, until: number) => number | null;
    readonly explain: (facts: Known<K>, at: number) => Omit<Finding, 'result'> & { readonly message: string };
    readonly evidence?: (facts: Known<K>, at: number) => Evidence;
  },
): Rule => ({
  rule: name,
  code,
  permanent: false,
  needs,
  classes,
  judge: ((facts: Known<K>, at: number) => {
    const open = opens(facts, at, at) === at;
    const proof = evidence?.(facts, at) ?? {};
    if (open) return passed(proof);
    const { evidence: more, ...finding } = explain(facts, at);
    return { result: 'refused', ...finding, evidence: { ...proof, ...more } };
  }) as (facts: never, at: number) => Finding,
  opens: opens as (facts: never, at: number, until: number) => number | null,
});

/** What a rule about numbers says of one that is none; an earlier rule has refused it already. */
export const unwritten = (to: Phone | RefusedPhone): Finding | undefined =>
  to.ok ? undefined : refused(`The number to call ${to.message}.`);

/** A moment that was written down; NaN for what is no time, which compares false with everything. */
export const momentOf = (text: string): number => Date.parse(text);
