import type { NumberDirectory } from '../agents/agents.types.ts';
import { countriesWithRules } from '../compliance/destinations.ts';
import type { Caps, DialFacts, KnownContact } from '../compliance/dial-facts.ts';
import { mayDial, type Verdict } from '../compliance/may-dial.ts';
import { normalisePhone } from '../compliance/phone.ts';
import type { Contacts, KnownContact as Person } from '../contacts/contacts.types.ts';
import type { Suppressions } from '../contacts/suppressions.types.ts';
import { AppError } from '../errors.ts';
import type { KillSwitch } from '../ops/kill-switch.ts';
import type { Logger } from '../ops/logger.ts';
import { answered } from '../store/gathered.ts';
import type { CallRepository } from './call-repository.ts';
import type { Asker, CampaignDialFacts } from './calls.types.ts';
import { createCallerIdLoad, createPastAttempts } from './past-attempts.ts';

/** Whom somebody wants called, and as whom. */
export interface DialSubject {
  readonly to: string;
  /** Null when there is no number to call from. */
  readonly from: string | null;
  readonly contentClass: string | null;
  /** Who declared an emergency and why; null for other calls. */
  readonly emergency: DialFacts['emergency'];
  readonly asker: Asker | null;
  /** The attempt itself, which is no second call to its number. */
  readonly attemptId?: string;
  /** What a campaign says of its call; a single call has none. */
  readonly campaign?: CampaignDialFacts;
}

export interface DialGateOptions {
  readonly killSwitch: Pick<KillSwitch, 'state'>;
  readonly suppressions: Pick<Suppressions, 'of' | 'hashOf'>;
  readonly numbers: Pick<NumberDirectory, 'mayCallFrom'>;
  readonly calls: Pick<CallRepository, 'activeToAny' | 'attemptsToAny' | 'placedFrom'>;
  readonly contacts: Pick<Contacts, 'byPhone'>;
  readonly caps: Caps;
  readonly registrations: NonNullable<DialFacts['registrations']>;
  readonly defaultCountry: string;
  readonly allowedCountries: readonly string[] | undefined;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Gathers the facts and asks `mayDial`; a fact that cannot be had stays unknown, and then nobody is called. */
export type DialGate = (subject: DialSubject) => Promise<Verdict>;

export function createDialGate(options: DialGateOptions): DialGate {
  const { killSwitch, suppressions, numbers, calls, contacts, logger, now } = options;
  const liveTo = answered(async (numbers: string[]) => {
    const live = await calls.activeToAny([...new Set(numbers)]);
    return numbers.map(number => live.get(number) ?? []);
  });
  const callsFrom = createCallerIdLoad(calls);
  const attemptsTo = createPastAttempts({ calls, hashOf: phone => suppressions.hashOf(phone) });

  const known = async <F>(fact: string, question: Promise<F>): Promise<F | undefined> => {
    try {
      return await question;
    } catch (error) {
      logger.error({ err: error, fact }, 'what a rule needs before dialling could not be found out');
      return undefined;
    }
  };

  /** What only calls with a class are asked. A single call has no campaign, and the law alone says when. */
  async function factsOfClass(number: string | undefined, from: string | null, attemptId: string | undefined) {
    const [contact, attempts, callsFromToday] = await Promise.all([
      number === undefined ? undefined : known('contact', contacts.byPhone(number)),
      number === undefined ? undefined : known('attempts', attemptsTo(number, now(), attemptId)),
      from === null ? null : known('callsFromToday', callsFrom(from, now())),
    ]);
    return { contact: contact && contactFact(contact), attempts, callsFromToday };
  }

  return async ({ to: text, from, contentClass, emergency, asker, attemptId, campaign = single }) => {
    const to = normalisePhone(text, options.defaultCountry);
    const number = to.ok ? to.e164 : undefined;
    const [stop, suppression, fromIsOurs, live, ofClass] = await Promise.all([
      known('killSwitch', killSwitch.state()),
      number === undefined ? undefined : known('suppression', suppressions.of(number)),
      from === null ? false : known('fromIsOurs', numbers.mayCallFrom(from)),
      number === undefined ? undefined : known('liveCall', liveTo(number)),
      contentClass === null ? unasked : factsOfClass(number, from, attemptId),
    ]);
    const facts: DialFacts = {
      killSwitch: stop && { on: stop.on, ...(stop.since ? { since: stop.since } : {}) },
      to,
      suppression: suppression && { id: suppression.id, since: suppression.createdAt, source: suppression.source },
      countries: options.allowedCountries ?? countriesWithRules,
      from,
      fromIsOurs,
      liveCall: live && (live.find(id => id !== attemptId) ?? null),
      contentClass,
      vouchedBy: contentClass === null && asker ? { kind: asker.kind, id: asker.id } : null,
      emergency,
      ...ofClass,
      caps: options.caps,
      registrations: options.registrations,
      // No source that must be bought can be configured yet; the rules say so with a warning.
      nationalRegistry: 'off',
      reassignment: 'off',
      litigators: 'off',
      attestation: null,
      ...campaign,
    };
    return mayDial(facts, now());
  };
}

/** A call of no campaign: only the law says when. */
const single: CampaignDialFacts = {
  disclosure: null,
  recording: null,
  abandonment: null,
  campaign: null,
  schedule: null,
  bookedFor: null,
  talkMinutes: 0,
};

/** Calls without a class are not asked about these. */
const unasked = { contact: null, attempts: [], callsFromToday: null };

const contactFact = ({ timeZone, consent, consents = [], consentWithdrawn }: Person): KnownContact => ({
  timeZone,
  consent: consent && proofOf(consent),
  otherConsents: consents.slice(1).map(proofOf),
  revokedAt: consentWithdrawn?.at.toISOString() ?? null,
});

const proofOf = ({ kind, at, source }: NonNullable<Person['consent']>) => ({ kind, at: at.toISOString(), source });

/** A refusal as clients meet it: the code of the first rule that refused, its words, and the whole verdict. */
export function refusedBy(verdict: Verdict): AppError {
  const code = verdict.code ?? 'VERDICT_INCOMPLETE';
  const field = { INVALID_NUMBER: 'to', EMERGENCY_OR_SPECIAL_NUMBER: 'to', CALLER_ID_NOT_OWNED: 'from' }[
    code as string
  ];
  return new AppError(code, verdict.message ?? 'This number may not be called.', {
    details: { ...(field ? { field, problem: verdict.message } : {}), verdict },
  });
}
