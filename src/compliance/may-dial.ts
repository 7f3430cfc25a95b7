import { blockedCountry, specialNumber } from './destinations.ts';
import type { Phone, RefusedPhone } from './phone.ts';

/** Counts up whenever a rule or its order changes, so that an old verdict can be read by the rules of its day. */
export const policyVersion = '2026-11-21';

export const refusalCodes = [
  'KILL_SWITCH',
  'INVALID_NUMBER',
  'EMERGENCY_OR_SPECIAL_NUMBER',
  'BLOCKED_DESTINATION',
  'SUPPRESSED',
  'CONTENT_CLASS_NOT_AVAILABLE',
  'NO_CONSENT',
  'CALLER_ID_NOT_OWNED',
  'NUMBER_IN_CALL',
  'UNKNOWN_LOCATION',
  /** Something a rule needs to know could not be found out. */
  'VERDICT_INCOMPLETE',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** Everything the rules look at. What could not be found out stays undefined, and is then never read as "allowed". */
export interface DialFacts {
  readonly killSwitch: { readonly on: boolean; readonly since?: string; readonly reason?: string } | undefined;
  readonly to: Phone | RefusedPhone | undefined;
  /** Null when the number is on no list. */
  readonly suppression: { readonly id: string; readonly since: string; readonly source: string } | null | undefined;
  /** Countries that may be called, as ISO codes. */
  readonly countries: readonly string[] | undefined;
  /** Null when there is no number a call could come from. */
  readonly from: string | null | undefined;
  /** Whether the carrier confirms that `from` is ours. */
  readonly fromIsOurs: boolean | undefined;
  /** The id of a call to the same number that has not ended; null when there is none. */
  readonly liveCall: string | null | undefined;
  /** Null when somebody vouches for this one call instead. */
  readonly contentClass: string | null | undefined;
  /** The user or key that vouches for consent; null when nobody does. */
  readonly vouchedBy: { readonly kind: string; readonly id: string } | null | undefined;
}

type Evidence = Readonly<Record<string, unknown>>;

export interface RuleResult {
  readonly rule: string;
  /** `unknown` refuses like `refused`: its facts are missing. */
  readonly result: 'passed' | 'warned' | 'refused' | 'unknown';
  readonly code: RefusalCode | null;
  /** For a person: what is wrong and what helps; null when it passed. */
  readonly message: string | null;
  readonly evidence: Evidence;
}

/** The answer and its reasons, kept with the call as evidence. */
export interface Verdict {
  readonly allowed: boolean;
  /** Of the first rule that refused. */
  readonly code: RefusalCode | null;
  readonly rule: string | null;
  readonly message: string | null;
  /** Whether waiting will not help. */
  readonly permanent: boolean;
  readonly at: string;
  readonly policyVersion: string;
  readonly subject: {
    readonly to: string | null;
    readonly from: string | null;
    readonly contentClass: string | null;
    readonly vouchedBy: string | null;
  };
  /** Every rule in order, also those behind the first that refused. */
  readonly rules: readonly RuleResult[];
}

type Known<K extends keyof DialFacts> = { readonly [F in K]-?: Exclude<DialFacts[F], undefined> };
type Finding =
  | { readonly result: 'passed'; readonly evidence?: Evidence }
  | {
      readonly result: 'warned' | 'refused';
      readonly message: string;
      readonly evidence?: Evidence;
      code?: RefusalCode;
    };

interface Rule {
  readonly rule: string;
  readonly code: RefusalCode;
  /** A refusal that no waiting and no other request changes. */
  readonly permanent: boolean;
  readonly needs: readonly (keyof DialFacts)[];
  readonly judge: (facts: never) => Finding;
}

const passed = (evidence: Evidence = {}): Finding => ({ result: 'passed', evidence });
const refused = (message: string, evidence: Evidence = {}, code?: RefusalCode): Finding => ({
  result: 'refused',
  message,
  evidence,
  ...(code ? { code } : {}),
});

/** A rule that is only asked when all facts it needs are known. */
const rule = <const K extends keyof DialFacts>(
  name: string,
  code: RefusalCode,
  permanent: boolean,
  needs: readonly K[],
  judge: (facts: Known<K>) => Finding,
): Rule => ({ rule: name, code, permanent, needs, judge: judge as (facts: never) => Finding });

const unwritten = (to: Phone | RefusedPhone): Finding | undefined =>
  to.ok ? undefined : { result: 'refused', message: `The number to call ${to.message}.` };

/**
 * The rules in the order in which they refuse: stop of everything, sanity of the number, opt-outs, consent, caller id, caps, and last
 * what only needs waiting. Suppression stands before consent, so that no consent overrides an opt-out.
 */
const rules: readonly Rule[] = [
  rule('kill-switch', 'KILL_SWITCH', false, ['killSwitch'], ({ killSwitch }) =>
    killSwitch.on
      ? refused('Calling is stopped for the whole installation; it goes on once somebody turns the kill switch off.', {
          on: true,
          ...(killSwitch.since ? { since: killSwitch.since } : {}),
        })
      : passed({ on: false }),
  ),
  rule('number-form', 'INVALID_NUMBER', true, ['to'], ({ to }) => {
    // A short code is well-formed as far as it goes; the next rule says what it is.
    if (to.ok || to.reason === 'special') return passed(to.ok ? { country: to.country ?? null, kind: to.kind } : {});
    return refused(`to ${to.message}; write it with country code, such as +12125550100.`, { problem: to.reason });
  }),
  rule('special-number', 'EMERGENCY_OR_SPECIAL_NUMBER', true, ['to'], ({ to }) => {
    const kind = to.ok ? specialNumber(to) : to.reason === 'special' ? 'emergency or service' : undefined;
    if (kind) return refused(`to is a number of a kind that is never called (${kind}).`, { kind });
    return unwritten(to) ?? passed();
  }),
  rule('blocked-country', 'BLOCKED_DESTINATION', true, ['to', 'countries'], ({ to, countries }) => {
    if (!to.ok) return unwritten(to)!;
    const blocked = blockedCountry(to, countries);
    if (blocked === undefined) return passed({ country: to.country ?? null });
    const message = `Numbers of ${blocked} are not called by this installation; ALLOWED_COUNTRIES says which are.`;
    return refused(message, { country: to.country ?? null, allowed: [...countries] });
  }),
  rule('suppression', 'SUPPRESSED', true, ['suppression'], ({ suppression }) =>
    suppression
      ? refused('This number must not be called: it is on the do-not-call list of this installation.', {
          suppressionId: suppression.id,
          since: suppression.since,
          source: suppression.source,
        })
      : passed({ listed: false }),
  ),
  rule('content-class', 'CONTENT_CLASS_NOT_AVAILABLE', false, ['contentClass'], ({ contentClass }) =>
    contentClass === null
      ? passed({ contentClass: null })
      : refused(
          'A contentClass asks for proof of consent, registries, hours and caps, which this release cannot check yet; ' +
            'leave contentClass out and vouch for consent to this one call yourself.',
          { contentClass },
        ),
  ),
  rule('consent', 'NO_CONSENT', false, ['contentClass', 'vouchedBy'], ({ contentClass, vouchedBy }) => {
    if (contentClass === null && vouchedBy) return passed({ vouchedBy: `${vouchedBy.kind}:${vouchedBy.id}` });
    return refused('Nobody vouches for the consent of whoever is called.', { contentClass });
  }),
  rule('caller-id', 'CALLER_ID_NOT_OWNED', false, ['to', 'from', 'fromIsOurs'], ({ to, from, fromIsOurs }) => {
    if (from === null) {
      return refused('There is no number to call from; give from, a caller id of the agent, or TWILIO_PHONE_NUMBER.');
    }
    if (!fromIsOurs) return refused('from is not a number of ours, nor one the carrier has confirmed.', { from });
    if (to.ok && to.e164 === from) return refused('A number cannot call itself.', { from }, 'INVALID_NUMBER');
    return passed({ from });
  }),
  rule('live-call', 'NUMBER_IN_CALL', false, ['liveCall'], ({ liveCall }) =>
    liveCall === null
      ? passed()
      : refused('A call to this number has not ended yet; wait for it, or end it first.', { callId: liveCall }),
  ),
  rule('location', 'UNKNOWN_LOCATION', false, ['to', 'contentClass'], ({ to, contentClass }) => {
    if (!to.ok) return unwritten(to)!;
    if (to.country !== undefined) return passed({ country: to.country });
    const message =
      'The area code is in no table of ours, so nothing tells where the person is and what hours hold there.';
    const evidence = { areaCode: to.e164.slice(2, 5) };
    return { result: contentClass === null ? 'warned' : 'refused', message, evidence };
  }),
];

/** The names of the rules, in order. */
export const ruleOrder: readonly string[] = rules.map(each => each.rule);

/** Whether a number may be dialled now, and why; the one gate that every call of ours passes. */
export function mayDial(facts: DialFacts, at: Date): Verdict {
  const results = rules.map(each => resultOf(each, facts));
  const first = results.findIndex(({ result }) => result === 'refused' || result === 'unknown');
  const stop = first === -1 ? undefined : results[first]!;
  const { to, from, contentClass, vouchedBy } = facts;
  return {
    allowed: stop === undefined,
    code: stop?.code ?? null,
    rule: stop?.rule ?? null,
    message: stop?.message ?? null,
    permanent: stop?.result === 'refused' && rules[first]!.permanent,
    at: at.toISOString(),
    policyVersion,
    subject: {
      to: to?.ok ? to.e164 : null,
      from: from ?? null,
      contentClass: contentClass ?? null,
      vouchedBy: vouchedBy ? `${vouchedBy.kind}:${vouchedBy.id}` : null,
    },
    rules: results,
  };
}

function resultOf({ rule, code, needs, judge }: Rule, facts: DialFacts): RuleResult {
  const missing = needs.filter(name => facts[name] === undefined);
  if (missing.length > 0) {
    const message = `What the rule ${rule} needs could not be found out, so nobody is called; try again.`;
    return { rule, result: 'unknown', code: 'VERDICT_INCOMPLETE', message, evidence: { missing } };
  }
  const { result, evidence = {}, ...finding } = judge(facts as never);
  const [message, ownCode] = 'message' in finding ? [finding.message, finding.code] : [null, undefined];
  return { rule, result, code: result === 'refused' ? (ownCode ?? code) : null, message, evidence };
}
