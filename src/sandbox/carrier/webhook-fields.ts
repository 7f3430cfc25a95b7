import type { CallState } from './call-state.ts';
import { rfc2822 } from './twilio-dates.ts';
import { billedSeconds, type TwinCall } from './twin-call.ts';
import type { Fields } from './webhook-sender.ts';

/** What every request about a call carries. */
export function voiceFields(call: TwinCall, accountSid: string, state: CallState = call.state): Fields {
  const fields: Fields = [
    ['AccountSid', accountSid],
    ['ApiVersion', '2010-04-01'],
    ['CallSid', call.sid],
    ['CallStatus', state],
    ['Called', call.to],
    ['Caller', call.from],
    ['Direction', call.direction],
    ['From', call.from],
    ['To', call.to],
    ...place('From', call.from),
    ...place('To', call.to),
    ...place('Caller', call.from),
    ...place('Called', call.to),
  ];
  if (call.parentSid) fields.push(['ParentCallSid', call.parentSid]);
  if (call.direction === 'inbound')
    fields.push(['StirVerstat', 'TN-Validation-Passed-A'], ['CallToken', `twin-${call.sid}`]);
  return fields;
}

/** Twilio guesses where a number lives; what it does not know comes as an empty value. */
const place = (who: string, number: string): Fields => [
  [`${who}Country`, number.startsWith('+1') ? 'US' : ''],
  [`${who}State`, ''],
  [`${who}City`, ''],
  [`${who}Zip`, ''],
];

/** The fields of one status callback; `state` is the one that is being told, which may lie behind the call's own. */
export function statusFields(
  call: TwinCall,
  accountSid: string,
  told: { state: CallState; sequence: number; at: number },
): Fields {
  const fields = voiceFields(call, accountSid, told.state);
  fields.push(
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', String(told.sequence)],
    ['Timestamp', rfc2822(told.at)],
  );
  if (told.state === 'ringing' || told.state === 'in-progress') fields.push(['StirStatus', 'B']);
  if (call.answeredBy) fields.push(['AnsweredBy', call.answeredBy]);
  if (
    call.endedAt !== undefined &&
    told.state !== 'in-progress' &&
    told.state !== 'ringing' &&
    told.state !== 'initiated'
  ) {
    const seconds = billedSeconds(call) ?? 0;
    fields.push(['CallDuration', String(seconds)]);
    if (told.state === 'completed') fields.push(['Duration', String(Math.ceil(seconds / 60))]);
    if (call.sipResponseCode !== undefined) fields.push(['SipResponseCode', String(call.sipResponseCode)]);
  }
  return fields;
}
