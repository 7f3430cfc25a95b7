import { defaultCaps } from '../../src/compliance/caps.ts';
import { countriesWithRules } from '../../src/compliance/destinations.ts';
import type { DialFacts, KnownContact, PastAttempt } from '../../src/compliance/dial-facts.ts';
import { normalisePhone } from '../../src/compliance/phone.ts';

export const to = (text: string, country = 'US') => normalisePhone(text, country);

/** A Friday, 13:00 in New York. */
export const at = new Date('2026-11-20T18:00:00Z');

export const contact: KnownContact = {
  timeZone: null,
  consent: { kind: 'express-written', at: '2026-10-02T17:20:11.000Z', source: 'https://seller.example/quote' },
  revokedAt: null,
};

/** A call that somebody vouches for. */
export const vouched: DialFacts = {
  killSwitch: { on: false },
  to: to('+12125550100'),
  suppression: null,
  countries: countriesWithRules,
  from: '+14155550123',
  fromIsOurs: true,
  liveCall: null,
  contentClass: null,
  vouchedBy: { kind: 'user', id: 'u1' },
  emergency: null,
  contact: null,
  attempts: [],
  caps: defaultCaps,
  registrations: [],
  nationalRegistry: 'off',
  reassignment: 'off',
  litigators: 'off',
  attestation: null,
  callsFromToday: null,
  disclosure: null,
  recording: null,
  abandonment: null,
  campaign: null,
  schedule: null,
  bookedFor: null,
  talkMinutes: 0,
};

/** A sales call for which everything is in order. */
export const classed: DialFacts = {
  ...vouched,
  contentClass: 'telemarketing',
  vouchedBy: null,
  contact,
  nationalRegistry: { listed: false, fileDate: '2026-11-10' },
  reassignment: { answer: 'no', checkedAt: '2026-11-10' },
  litigators: { listed: false, fileDate: '2026-11-10' },
};

export const hours = (count: number): number => count * 3_600_000;
export const days = (count: number): number => hours(24 * count);

/** A call that long before `at`. */
export const attempt = (agoMs: number, fields: Partial<PastAttempt> = {}): PastAttempt => ({
  at: at.getTime() - agoMs,
  endedAt: at.getTime() - agoMs,
  outcome: 'no-answer',
  campaignId: null,
  talkedSeconds: null,
  hungUpByThem: false,
  refused: false,
  ...fields,
});
