import type { Metrics } from '../ops/metrics.ts';
import {
  type AmdOrder,
  type Carrier,
  type CarrierCall,
  CarrierError,
  type DialOrder,
  type NumberAddresses,
} from './carrier-contract.ts';
import { createTwilioClient, type Parameters } from './twilio-client.ts';
import { carrierRiddle } from './twilio-errors.ts';
import {
  asObject,
  callOf,
  decimalOf,
  isSid,
  type Json,
  numberOf,
  optionalText,
  placedCallOf,
  recordingOf,
  sidOf,
  textOf,
  UnreadableField,
} from './twilio-values.ts';

export interface TwilioCarrierOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiBaseUrl: string;
  readonly metrics: Metrics;
  readonly timeoutMs?: number;
}

export interface TwilioCarrier extends Carrier {
  close(): Promise<void>;
}

/** States in the order in which a call passes through them: asked in this order, one that moves meanwhile is met at least once. */
const liveStates = ['queued', 'ringing', 'in-progress'] as const;
const most = { found: 200, live: 20_000, numbers: 5_000 } as const;
/** The carrier takes no longer document with a request. */
const longestTwiml = 4_000;

/**
 * Twilio as our carrier. Requests go through undici and not through the official client, whose HTTP agent is its own: it has no
 * way to tell a request that never left from one whose answer was lost, and that difference decides whether a number may be dialled again.
 */
export function createTwilioCarrier({ apiBaseUrl, ...options }: TwilioCarrierOptions): TwilioCarrier {
  const client = createTwilioClient({ baseUrl: apiBaseUrl, ...options });

  return {
    async dial(order) {
      const answer = await client.post('dial', '/Calls.json', dialParameters(order));
      return read(() => placedCallOf(answer), true);
    },
    async call(sid) {
      if (!isSid(sid, 'CA')) return null;
      try {
        const answer = await client.get('call', `/Calls/${sid}.json`);
        return read(() => callOf(answer));
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },
    async find({ to, from }) {
      const query: Parameters = { To: to, ...(from === undefined ? {} : { From: from }), PageSize: '100' };
      return (await client.list('find', '/Calls.json', 'calls', query, most.found)).map(each =>
        read(() => callOf(each)),
      );
    },
    async live() {
      const bySid = new Map<string, CarrierCall>();
      for (const status of liveStates) {
        const query: Parameters = { Status: status, PageSize: '500' };
        for (const each of await client.list('live', '/Calls.json', 'calls', query, most.live)) {
          const call = read(() => callOf(each));
          bySid.set(call.sid, call);
        }
      }
      return [...bySid.values()];
    },
    async hangUp(sid) {
      // Ending it twice is ending it once, so this request may be repeated although it changes something.
      const end = () =>
        client.post('hang-up', `/Calls/${checkedSid(sid)}.json`, { Status: 'completed' }, { repeatable: true });
      await end().catch((error: unknown) => {
        if (!hasEnded(error)) throw error;
      });
    },
    async redirect(sid, twiml, { timeLimitSeconds } = {}) {
      if (twiml.length > longestTwiml) {
        throw new CarrierError(
          'CARRIER_ORDER_REFUSED',
          `A document sent to a live call has at most ${longestTwiml} characters.`,
          {
            fault: 'order',
          },
        );
      }
      const limit = timeLimitSeconds === undefined ? {} : { TimeLimit: String(timeLimitSeconds) };
      const change = { Twiml: twiml, ...limit };
      await client.post('redirect', `/Calls/${checkedSid(sid)}.json`, change).catch((error: unknown) => {
        throw isUnknown(error) ? notLive(error) : error;
      });
    },
    async limit(sid, seconds) {
      const change = { TimeLimit: String(seconds) };
      // The same limit set twice is set once.
      await client.post('limit', `/Calls/${checkedSid(sid)}.json`, change, { repeatable: true }).catch(error => {
        if (!hasEnded(error)) throw error;
      });
    },
    async startRecording(sid, callback) {
      const answer = await client.post('start-recording', `/Calls/${checkedSid(sid)}/Recordings.json`, {
        RecordingChannels: 'dual',
        RecordingTrack: 'both',
        // Cutting out silence would part the recording from its transcript.
        Trim: 'do-not-trim',
        RecordingStatusCallback: callback,
        RecordingStatusCallbackMethod: 'POST',
        RecordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'],
      });
      return { sid: read(() => sidOf(answer, 'RE')) };
    },
    async recording(sid) {
      if (!isSid(sid, 'RE')) return null;
      try {
        const answer = await client.get('recording', `/Recordings/${sid}.json`, { IncludeSoftDeleted: 'true' });
        return read(() => recordingOf(answer));
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },
    async recordingsOf(callSid) {
      const query: Parameters = { CallSid: checkedSid(callSid), PageSize: '50' };
      const found = await client.list('recordings', '/Recordings.json', 'recordings', query, most.found);
      return found.map(each => read(() => recordingOf(each)));
    },
    async recordingMedia(sid, { channels, signal }) {
      const path = `/Recordings/${checkedSid(sid, 'RE')}.wav`;
      const wish = (wanted: 1 | 2): Parameters => ({ RequestedChannels: String(wanted) });
      try {
        const { headers, body } = await client
          .download('recording-media', path, wish(channels), signal)
          .catch(error => {
            // What was stored with one channel cannot be had with two.
            if (channels === 2 && error instanceof CarrierError && error.httpStatus === 400)
              return client.download('recording-media', path, wish(1), signal);
            throw error;
          });
        const length = Number([headers['content-length']].flat()[0] ?? Number.NaN);
        const type = [headers['content-type']].flat()[0] ?? '';
        return {
          contentType: type.split(';')[0]!.trim().toLowerCase(),
          bytes: Number.isSafeInteger(length) ? length : null,
          body,
        };
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },
    async deleteRecording(sid) {
      try {
        await client.remove('delete-recording', `/Recordings/${checkedSid(sid, 'RE')}.json`);
        return true;
      } catch (error) {
        if (isUnknown(error)) return false;
        throw error;
      }
    },
    async numbers() {
      const query: Parameters = { PageSize: '200' };
      const found = await client.list(
        'numbers',
        '/IncomingPhoneNumbers.json',
        'incoming_phone_numbers',
        query,
        most.numbers,
      );
      return found.map(each => read(() => numberOf(each)));
    },
    async connectNumber(sid, addresses) {
      const path = `/IncomingPhoneNumbers/${checkedSid(sid, 'PN')}.json`;
      const answer = await client.post('connect-number', path, numberParameters(addresses), { repeatable: true });
      return read(() => numberOf(answer));
    },
    async verifiedCallerIds() {
      const query: Parameters = { PageSize: '200' };
      const found = await client.list(
        'caller-ids',
        '/OutgoingCallerIds.json',
        'outgoing_caller_ids',
        query,
        most.numbers,
      );
      return found.map(each =>
        read(() => {
          const source = asObject(each, 'the caller id');
          return { phone: textOf(source, 'phone_number'), label: optionalText(source, 'friendly_name') ?? '' };
        }),
      );
    },
    async account() {
      const answer = await client.get('account', '.json');
      return read(() => ({
        sid: sidOf(answer, 'AC'),
        name: optionalText(answer, 'friendly_name') ?? '',
        status: textOf(answer, 'status'),
        type: optionalText(answer, 'type') ?? '',
      }));
    },
    async balance() {
      const answer = await client.get('balance', '/Balance.json');
      return read(() => ({ amount: amountOf(answer), currency: textOf(answer, 'currency') }));
    },
    close: () => client.close(),
  };
}

function amountOf(answer: Json): string {
  const amount = decimalOf(answer, 'balance');
  if (amount === null) throw new UnreadableField('balance is not an amount');
  return amount;
}

function dialParameters(order: DialOrder): Parameters {
  return {
    To: order.to,
    From: order.from,
    Url: order.url,
    Method: 'POST',
    FallbackUrl: order.fallbackUrl,
    FallbackMethod: 'POST',
    StatusCallback: order.statusCallback,
    StatusCallbackMethod: 'POST',
    StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    Timeout: String(order.ringSeconds),
    TimeLimit: String(order.timeLimitSeconds),
    ...(order.amd ? amdParameters(order.amd) : {}),
  };
}

const amdParameters = (amd: AmdOrder): Parameters => ({
  MachineDetection: amd.wait === 'end' ? 'DetectMessageEnd' : 'Enable',
  AsyncAmd: 'true',
  AsyncAmdStatusCallback: amd.callback,
  AsyncAmdStatusCallbackMethod: 'POST',
  MachineDetectionTimeout: String(amd.timeoutSeconds),
  MachineDetectionSpeechThreshold: String(amd.speechThresholdMs),
  MachineDetectionSpeechEndThreshold: String(amd.speechEndThresholdMs),
  MachineDetectionSilenceTimeout: String(amd.silenceTimeoutMs),
});

const numberParameters = ({ voiceUrl, fallbackUrl, statusCallback }: NumberAddresses): Parameters => ({
  VoiceUrl: voiceUrl,
  VoiceMethod: 'POST',
  VoiceFallbackUrl: fallbackUrl,
  VoiceFallbackMethod: 'POST',
  StatusCallback: statusCallback,
  StatusCallbackMethod: 'POST',
  // The carrier asks an application or a trunk first, so while one is set these addresses would mean nothing.
  VoiceApplicationSid: '',
  TrunkSid: '',
});

/** Reads an answer that said yes; what cannot be read is the carrier's fault, and says so. */
function read<T>(reading: () => T, dialled = false): T {
  try {
    return reading();
  } catch (error) {
    if (error instanceof UnreadableField) throw carrierRiddle(error.message, 200, dialled);
    throw error;
  }
}

/** Ids go into paths, so nothing else may. */
function checkedSid(sid: string, prefix = 'CA'): string {
  if (isSid(sid, prefix)) return sid;
  throw new CarrierError('CARRIER_NOT_FOUND', 'This is not an id of the carrier.', { fault: 'order' });
}

const isUnknown = (error: unknown): boolean => error instanceof CarrierError && error.code === 'CARRIER_NOT_FOUND';
const hasEnded = (error: unknown): boolean =>
  isUnknown(error) || (error instanceof CarrierError && error.code === 'CARRIER_CALL_NOT_LIVE');

const notLive = (cause: unknown): CarrierError =>
  new CarrierError('CARRIER_CALL_NOT_LIVE', 'At the carrier this call is not going on, so it cannot be changed.', {
    fault: 'order',
    httpStatus: 404,
    cause,
  });
