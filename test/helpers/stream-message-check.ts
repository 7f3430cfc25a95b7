import { Ajv } from 'ajv';
import type { AnyJson } from './trivial-product.ts';

const text = { type: 'string' };
const digits = { type: 'string', pattern: '^\\d+$' };
const sid = (prefix: string) => ({ type: 'string', pattern: `^${prefix}[0-9a-f]{32}$` });
/** All of these fields and no other. */
const object = (properties: Record<string, object>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const message = (event: string, properties: Record<string, object>) =>
  object({ event: { const: event }, sequenceNumber: digits, streamSid: sid('MZ'), ...properties });

/** The messages of a media stream as Twilio documents them: every field is there, every number is written as a string. */
const schemas: Record<string, object> = {
  connected: object({ event: { const: 'connected' }, protocol: { const: 'Call' }, version: { const: '1.0.0' } }),
  start: message('start', {
    start: object({
      ...{ accountSid: sid('AC'), streamSid: sid('MZ'), callSid: sid('CA') },
      tracks: { type: 'array', items: { enum: ['inbound', 'outbound'] }, minItems: 1, maxItems: 2, uniqueItems: true },
      mediaFormat: object({
        ...{ encoding: { const: 'audio/x-mulaw' }, sampleRate: { const: 8000 }, channels: { const: 1 } },
      }),
      customParameters: { type: 'object', additionalProperties: text },
    }),
  }),
  media: message('media', {
    media: object({
      ...{ track: { enum: ['inbound', 'outbound'] }, chunk: digits, timestamp: digits },
      payload: { type: 'string', pattern: '^[A-Za-z0-9+/]{214}==$' }, // 160 bytes
    }),
  }),
  dtmf: message('dtmf', {
    dtmf: object({ track: { const: 'inbound_track' }, digit: { pattern: '^[0-9A-D*#]$', ...text } }),
  }),
  mark: message('mark', { mark: object({ name: text }) }),
  stop: message('stop', { stop: object({ accountSid: sid('AC'), callSid: sid('CA') }) }),
};
const ajv = new Ajv({ strict: false });
const fits = new Map(Object.entries(schemas).map(([event, schema]) => [event, ajv.compile(schema)]));

/** Checks the messages of one stream one after the other; says what is wrong with the one it was given. */
export function createStreamCheck(): (message: AnyJson) => string | undefined {
  let count = 0;
  let streamSid: string | undefined;
  let stopped = false;
  const chunks: Record<string, number> = {};
  const times: Record<string, number> = {};
  return message => {
    count += 1;
    const { event } = message;
    const validate = fits.get(event);
    if (!validate) return `there is no event ${event}`;
    if (!validate(message)) return `${event}: ${ajv.errorsText(validate.errors)}`;
    if (count <= 2 && event !== ['connected', 'start'][count - 1]) return `message ${count} is ${event}`;
    if (count === 1) return undefined;
    if (count > 2 && (event === 'connected' || event === 'start')) return `${event} came as message ${count}`;
    if (stopped) return `${event} came after stop`;
    stopped = event === 'stop';
    streamSid ??= message['start'].streamSid;
    if (message['streamSid'] !== streamSid) return `${event} is of another stream`;
    if (message['sequenceNumber'] !== String(count - 1))
      return `${event} ${count} has number ${message['sequenceNumber']}`;
    if (event !== 'media') return undefined;
    const { track, chunk, timestamp } = message['media'];
    chunks[track] = (chunks[track] ?? 0) + 1;
    if (chunk !== String(chunks[track])) return `chunk ${chunk} of ${track} came as number ${chunks[track]}`;
    const late = Number(timestamp) <= (times[track] ?? -1);
    times[track] = Number(timestamp);
    return late ? `the time of chunk ${chunk} does not move on` : undefined;
  };
}
