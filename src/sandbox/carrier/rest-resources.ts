import { restStatus } from './call-state.ts';
import { formatted } from './phone-number-rules.ts';
import { rfc2822 } from './twilio-dates.ts';
import { billedSeconds, type TwinCall, type TwinRecording } from './twin-call.ts';

export const apiVersion = '2010-04-01';
export const accountPath = (accountSid: string) => `/${apiVersion}/Accounts/${accountSid}`;

const pricePerMinute = 0.014;
const recordingPerMinute = 0.0025;
/** Prices appear some time after the call, as they do at Twilio. */
const priceDelayMs = 10_000;
const date = (ms: number | undefined) => (ms === undefined ? null : rfc2822(ms));

/** A call as the REST API shows it: every scalar a string or null. */
export function callResource(call: TwinCall, accountSid: string, now: number) {
  const uri = `${accountPath(accountSid)}/Calls/${call.sid}`;
  const seconds = call.state === 'completed' ? billedSeconds(call) : undefined;
  const priced = seconds !== undefined && now - call.endedAt! >= priceDelayMs;
  return {
    sid: call.sid,
    date_created: date(call.createdAt),
    date_updated: date(call.updatedAt),
    parent_call_sid: call.parentSid ?? null,
    account_sid: accountSid,
    to: call.to,
    to_formatted: formatted(call.to),
    from: call.from,
    from_formatted: formatted(call.from),
    phone_number_sid: call.phoneNumberSid ?? null,
    status: restStatus(call.state),
    start_time: date(call.answeredAt),
    end_time: date(call.endedAt),
    duration: seconds === undefined ? null : String(seconds),
    price: priced ? (-(Math.ceil(seconds / 60) * pricePerMinute)).toFixed(5) : null,
    price_unit: 'USD',
    direction: call.direction,
    answered_by: call.answeredBy ?? null,
    api_version: apiVersion,
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: String(Math.round(call.queueTimeMs)),
    trunk_sid: null,
    uri: `${uri}.json`,
    subresource_uris: Object.fromEntries(
      Object.entries(callSubresources).map(([name, path]) => [name, `${uri}/${path}.json`]),
    ),
  };
}

const callSubresources = {
  notifications: 'Notifications',
  recordings: 'Recordings',
  streams: 'Streams',
  events: 'Events',
  siprec: 'Siprec',
  transcriptions: 'Transcriptions',
  payments: 'Payments',
  user_defined_messages: 'UserDefinedMessages',
  user_defined_message_subscriptions: 'UserDefinedMessageSubscriptions',
};

/** The answer to a fresh create: Twilio has not dated the call yet. */
export const createdCallResource = (call: TwinCall, accountSid: string) => ({
  ...callResource(call, accountSid, call.createdAt),
  date_created: null,
  date_updated: null,
});

/** A recording; below its call it also tells its track, below the account where its media lies. */
export function recordingResource(
  recording: TwinRecording,
  accountSid: string,
  shape: { below: 'call' } | { below: 'account'; baseUrl: string },
  now: number,
) {
  const seconds = recording.durationSeconds;
  const priced = seconds !== undefined && now - recording.updatedAt >= priceDelayMs;
  const account = accountPath(accountSid);
  const path = shape.below === 'call' ? `${account}/Calls/${recording.callSid}` : account;
  const self = `${path}/Recordings/${recording.sid}`;
  const subresources = `${account}/Recordings/${recording.sid}`;
  return {
    account_sid: accountSid,
    api_version: apiVersion,
    call_sid: recording.callSid,
    conference_sid: null,
    date_created: date(recording.createdAt),
    date_updated: date(recording.updatedAt),
    start_time: date(recording.startedAt),
    duration: seconds === undefined ? null : String(seconds),
    sid: recording.sid,
    price: priced ? (-(Math.ceil(seconds / 60) * recordingPerMinute)).toFixed(5) : null,
    price_unit: 'USD',
    status: recording.state,
    channels: recording.channels,
    source: recording.source,
    error_code: null,
    uri: `${self}.json`,
    encryption_details: null,
    ...(shape.below === 'call'
      ? { track: recording.track }
      : {
          subresource_uris: {
            add_on_results: `${subresources}/AddOnResults.json`,
            transcriptions: `${subresources}/Transcriptions.json`,
          },
          media_url: `${shape.baseUrl}${subresources}`,
        }),
  };
}
