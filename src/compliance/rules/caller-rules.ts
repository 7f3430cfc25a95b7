import { everyClass, passed, type Rule, refused, rule, warned } from './rule.ts';

/** Strongest first: the carrier knows caller and number, the caller alone, or neither. */
const levels = ['A', 'B', 'C'];
/** A number that rings this many people a day is soon taken for a nuisance by carriers. */
const busyCallerId = { warnAt: 50, restAt: 100 };

/** Which number a call may show. */
export const callerRules: readonly Rule[] = [
  rule('caller-id', 'CALLER_ID_NOT_OWNED', ['to', 'from', 'fromIsOurs'], ({ to, from, fromIsOurs }) => {
    if (from === null) {
      return refused('There is no number to call from; give from, a caller id of the agent, or TWILIO_PHONE_NUMBER.');
    }
    if (!fromIsOurs) return refused('from is not a number of ours, nor one the carrier has confirmed.', { from });
    if (to.ok && to.e164 === from) return refused('A number cannot call itself.', { from }, { code: 'INVALID_NUMBER' });
    return passed({ from });
  }),
  rule(
    'attestation',
    'ATTESTATION_TOO_LOW',
    ['attestation'],
    ({ attestation }) => {
      if (attestation === null) return passed({ lowest: null });
      const { lowest, last } = attestation;
      const rank = last === null ? -1 : levels.indexOf(last);
      return rank >= 0 && rank <= levels.indexOf(lowest)
        ? passed({ lowest, last })
        : refused(`Calls from this number are not signed at level ${lowest} or better.`, { lowest, last });
    },
    { classes: everyClass },
  ),
  rule(
    'caller-id-load',
    'CALLER_ID_NOT_OWNED',
    ['callsFromToday'],
    ({ callsFromToday }) => {
      if (callsFromToday === null || callsFromToday < busyCallerId.warnAt) return passed({ callsFromToday });
      const message =
        callsFromToday < busyCallerId.restAt
          ? 'This number has called many people today; spread the calls over more numbers.'
          : 'This number has called so many people today that carriers may mark it as a nuisance; let it rest.';
      return warned(message, { callsFromToday });
    },
    { classes: everyClass },
  ),
];

export const liveCallRule: Rule = rule('live-call', 'NUMBER_IN_CALL', ['liveCall'], ({ liveCall }) =>
  liveCall === null
    ? passed()
    : refused('A call to this number has not ended yet; wait for it, or end it first.', { callId: liveCall }),
);
