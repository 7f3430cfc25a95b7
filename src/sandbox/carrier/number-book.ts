import { formatted } from './phone-number-rules.ts';
import { FormReader } from './request-form.ts';
import { accountPath, apiVersion } from './rest-resources.ts';
import { rfc2822 } from './twilio-dates.ts';
import { stableSid } from './twilio-sid.ts';

type Method = 'GET' | 'POST';

/** A number the account owns, with the addresses that are asked when somebody calls it. */
export interface OwnNumber {
  sid: string;
  phone: string;
  friendlyName: string;
  voiceUrl: string;
  voiceMethod: Method;
  voiceFallbackUrl: string;
  voiceFallbackMethod: Method;
  statusCallback: string;
  statusCallbackMethod: Method;
  createdAt: number;
  updatedAt: number;
}

export interface NumberBook {
  has(phone: string): boolean;
  byPhone(phone: string): OwnNumber | undefined;
  bySid(sid: string): OwnNumber | undefined;
  list(): OwnNumber[];
}

export function createNumberBook(numbers: readonly { phone: string; label: string }[], now: number): NumberBook {
  const byPhone = new Map<string, OwnNumber>();
  for (const { phone, label } of numbers) {
    if (byPhone.has(phone)) continue;
    byPhone.set(phone, {
      sid: stableSid('PN', phone),
      phone,
      friendlyName: label,
      voiceUrl: '',
      voiceMethod: 'POST',
      voiceFallbackUrl: '',
      voiceFallbackMethod: 'POST',
      statusCallback: '',
      statusCallbackMethod: 'POST',
      createdAt: now,
      updatedAt: now,
    });
  }
  return {
    has: phone => byPhone.has(phone),
    byPhone: phone => byPhone.get(phone),
    bySid: sid => [...byPhone.values()].find(number => number.sid === sid),
    list: () => [...byPhone.values()],
  };
}

const known = new Set(
  `FriendlyName VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod StatusCallback StatusCallbackMethod ApiVersion
  VoiceCallerIdLookup VoiceReceiveMode VoiceApplicationSid AccountSid SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod
  SmsApplicationSid TrunkSid EmergencyStatus EmergencyAddressSid AddressSid IdentitySid BundleSid`.split(/\s+/),
);

/** Applies the form of `POST IncomingPhoneNumbers/{sid}.json`; an address that is sent empty is cleared. */
export function updateNumber(number: OwnNumber, form: URLSearchParams, now: number): { unknown: string[] } {
  const read = new FormReader(form);
  const voice = read.hook('VoiceUrl', 'VoiceMethod', 21205);
  const fallback = read.hook('VoiceFallbackUrl', 'VoiceFallbackMethod', 21205);
  const status = read.hook('StatusCallback', 'StatusCallbackMethod', 21609);
  if (form.has('FriendlyName')) number.friendlyName = form.get('FriendlyName')!.slice(0, 64);
  if (form.has('VoiceUrl')) number.voiceUrl = voice?.url ?? '';
  if (form.has('VoiceMethod')) number.voiceMethod = read.choice('VoiceMethod', 'POST', ['GET', 'POST'], 21209);
  if (form.has('VoiceFallbackUrl')) number.voiceFallbackUrl = fallback?.url ?? '';
  if (form.has('VoiceFallbackMethod')) {
    number.voiceFallbackMethod = read.choice('VoiceFallbackMethod', 'POST', ['GET', 'POST'], 21209);
  }
  if (form.has('StatusCallback')) number.statusCallback = status?.url ?? '';
  if (form.has('StatusCallbackMethod')) {
    number.statusCallbackMethod = read.choice('StatusCallbackMethod', 'POST', ['GET', 'POST'], 21209);
  }
  number.updatedAt = now;
  return { unknown: [...new Set(form.keys())].filter(name => !known.has(name)) };
}

/** A number as the REST API shows it. */
export function numberResource(number: OwnNumber, accountSid: string) {
  return {
    sid: number.sid,
    account_sid: accountSid,
    friendly_name: number.friendlyName,
    phone_number: number.phone,
    voice_url: number.voiceUrl,
    voice_method: number.voiceMethod,
    voice_fallback_url: number.voiceFallbackUrl,
    voice_fallback_method: number.voiceFallbackMethod,
    status_callback: number.statusCallback,
    status_callback_method: number.statusCallbackMethod,
    voice_caller_id_lookup: false,
    voice_application_sid: '',
    voice_receive_mode: 'voice',
    trunk_sid: null,
    sms_url: '',
    sms_method: 'POST',
    sms_fallback_url: '',
    sms_fallback_method: 'POST',
    sms_application_sid: '',
    address_sid: null,
    address_requirements: 'none',
    identity_sid: null,
    bundle_sid: null,
    emergency_status: 'Inactive',
    emergency_address_sid: null,
    emergency_address_status: 'unregistered',
    capabilities: { voice: true, sms: false, mms: false, fax: false },
    beta: false,
    origin: 'twilio',
    status: 'in-use',
    api_version: apiVersion,
    date_created: rfc2822(number.createdAt),
    date_updated: rfc2822(number.updatedAt),
    uri: `${accountPath(accountSid)}/IncomingPhoneNumbers/${number.sid}.json`,
    subresource_uris: {},
  };
}

/** A number as a verified caller id. */
export const callerIdResource = (number: OwnNumber, accountSid: string) => ({
  sid: number.sid,
  account_sid: accountSid,
  friendly_name: formatted(number.phone),
  phone_number: number.phone,
  date_created: rfc2822(number.createdAt),
  date_updated: rfc2822(number.updatedAt),
  uri: `${accountPath(accountSid)}/OutgoingCallerIds/${number.sid}.json`,
});
