import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import twilio from 'twilio';
import type { Call, NewCall } from '../../src/calls/call-document.ts';
import type { Environment } from '../../src/config.ts';
import type { Stored } from '../../src/store/schema.ts';
import { startApp, type TestApp } from '../helpers/app.ts';
import { type CarrierCopy, type RecordingCarrier, startRecordingCarrier } from '../helpers/recording-carrier.ts';

export const publicOrigin = 'https://calls.example.com';

export interface RecordingSite extends TestApp {
  readonly carrier: RecordingCarrier;
  readonly token: string;
  /** An ended call, answered two seconds before its recording begins. */
  endedCall(fields?: Partial<NewCall>): Promise<Stored<Call>>;
  /** The carrier's callback about a recording. */
  tell(call: Stored<Call>, copy: CarrierCopy, status?: string): Promise<number>;
  /** The call's recordings as the API shows them, once this holds of the first one. */
  // biome-ignore lint/suspicious/noExplicitAny: as the API answers it.
  recordings(call: Stored<Call>, holds?: (recording: any) => boolean): Promise<any[]>;
  eventually(holds: () => Promise<boolean> | boolean, what: string): Promise<void>;
}

/** The application with a carrier that keeps recordings. */
export async function startRecordingSite(t: Test, env: Environment = {}): Promise<RecordingSite> {
  const carrier = await startRecordingCarrier(t);
  const app = await startApp(t, {
    env: {
      SERVER_URL: publicOrigin,
      TWILIO_ACCOUNT_SID: carrier.accountSid,
      TWILIO_AUTH_TOKEN: carrier.authToken,
      TWILIO_PHONE_NUMBER: '+12125550100',
      TWILIO_API_BASE_URL: carrier.url,
      ELEVENLABS_API_KEY: 'sk_invented_for_tests', // allow-secret: invented
      ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
      ...env,
    },
  });
  const { calls } = app.app.callRecords;
  const token = await app.signIn();
  const eventually: RecordingSite['eventually'] = async (holds, what) => {
    const deadline = Date.now() + 10_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  };
  return {
    ...app,
    carrier,
    token,
    eventually,
    endedCall: (fields = {}) =>
      calls.begin({
        direction: 'outbound',
        to: '+13125550142',
        from: '+12125550100',
        sid: `CA${randomBytes(16).toString('hex')}`,
        state: 'completed',
        answeredAt: new Date(Math.floor(Date.now() / 1_000) * 1_000 - 2_000),
        endedAt: new Date(),
        outcome: 'conversation',
        recording: 'recording',
        ...fields,
      }),
    async tell(call, copy, status = 'completed') {
      const path = `/recording-status-callback?attempt=${call._id.toHexString()}`;
      const fields: Record<string, string> = {
        AccountSid: carrier.accountSid,
        CallSid: call.sid!,
        RecordingSid: copy.sid,
        RecordingStatus: status,
        RecordingChannels: String(copy.channels),
        RecordingStartTime: copy.startTime,
        RecordingSource: 'StartCallRecordingAPI',
        RecordingTrack: 'both',
        ...(status === 'completed' ? { RecordingDuration: String(copy.duration) } : {}),
      };
      const response = await fetch(`${app.url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': twilio.getExpectedTwilioSignature(carrier.authToken, publicOrigin + path, fields),
        },
        body: new URLSearchParams(fields),
      });
      await response.arrayBuffer();
      return response.status;
    },
    async recordings(call, holds = () => true) {
      let items: unknown[] = [];
      await eventually(async () => {
        const { body } = await app.call('GET', `/api/calls/${call._id.toHexString()}/recordings`, { token });
        items = body.items;
        return items.length > 0 && holds(items[0]);
      }, 'the recording').catch(error => {
        throw new Error(`${String(error)}: ${JSON.stringify(items)}`);
      });
      return items;
    },
  };
}

export const isStored = ({ state }: { state: string }): boolean => state === 'stored';
