import { createHmac } from 'node:crypto';

export const publicOrigin = 'https://calls.example.com';
export const accountSid = `AC${'5a'.repeat(16)}`;
export const authToken = 'invented-token-of-the-callback-bench'; // allow-secret: invented

/** What the carrier tells of an answered call, in this order. */
export const statuses = ['initiated', 'ringing', 'in-progress', 'completed'] as const;

export interface BenchCall {
  readonly id: string;
  readonly sid: string;
  readonly to: string;
}

/** One status callback as it stands on the wire: the fields that real ones have, signed over the public address. */
export function callbackRequest(call: BenchCall, sequence: number, number: number): string {
  const path = `/call-status-callback?attempt=${call.id}`;
  const fields: Record<string, string> = {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.sid,
    CallStatus: statuses[sequence]!,
    CallbackSource: 'call-progress-events',
    Called: call.to,
    CalledCity: '',
    CalledCountry: 'US',
    CalledState: 'CA',
    CalledZip: '',
    Caller: '+12125550100',
    CallerCity: 'NEW YORK',
    CallerCountry: 'US',
    CallerState: 'NY',
    CallerZip: '10001',
    Direction: 'outbound-api',
    From: '+12125550100',
    FromCity: 'NEW YORK',
    FromCountry: 'US',
    FromState: 'NY',
    FromZip: '10001',
    SequenceNumber: String(sequence),
    Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
    To: call.to,
    ToCity: '',
    ToCountry: 'US',
    ToState: 'CA',
    ToZip: '',
    ...(sequence === 3 ? { CallDuration: '12', Duration: '1', SipResponseCode: '200' } : { StirStatus: 'A' }),
  };
  let signed = `${publicOrigin}${path}`;
  for (const name of Object.keys(fields).sort()) signed += name + fields[name];
  const signature = createHmac('sha1', authToken).update(signed).digest('base64');
  const body = new URLSearchParams(fields).toString();
  return [
    `POST ${path} HTTP/1.1`,
    'Host: calls.example.com',
    'User-Agent: TwilioProxy/1.1',
    'Content-Type: application/x-www-form-urlencoded; charset=UTF-8',
    `X-Twilio-Signature: ${signature}`,
    `I-Twilio-Idempotency-Token: ${String(number).padStart(8, '0')}-bench-callback`,
    'Accept: */*',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}
