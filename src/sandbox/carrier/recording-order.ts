import type { Hook } from './call-order.ts';
import { FormReader } from './request-form.ts';
import { TwilioError } from './twilio-errors.ts';

export type RecordingEvent = 'in-progress' | 'completed' | 'absent';
export type RecordingSource = 'OutboundAPI' | 'StartCallRecordingAPI' | 'StartCallRecordingTwiML';

export interface RecordingOrder {
  channels: 1 | 2;
  track: 'inbound' | 'outbound' | 'both';
  trim: 'trim-silence' | 'do-not-trim';
  source: RecordingSource;
  callback?: Hook & { events: ReadonlySet<RecordingEvent> };
}

const events: readonly RecordingEvent[] = ['in-progress', 'completed', 'absent'];

/** Reads the recording parameters, which a new call and a running call share; the default of `Trim` differs between the two. */
export function parseRecordingOrder(
  read: FormReader,
  source: RecordingSource,
  defaultTrim: RecordingOrder['trim'],
): RecordingOrder {
  const order: RecordingOrder = {
    channels: read.choice('RecordingChannels', 'mono', ['mono', 'dual']) === 'dual' ? 2 : 1,
    track: read.choice('RecordingTrack', 'both', ['inbound', 'outbound', 'both']),
    trim: read.choice('Trim', defaultTrim, ['trim-silence', 'do-not-trim']),
    source,
  };
  const hook = read.hook('RecordingStatusCallback', 'RecordingStatusCallbackMethod', 21609);
  if (hook) {
    const wanted = read.all('RecordingStatusCallbackEvent').flatMap(value => value.split(' ').filter(Boolean));
    const wrong = wanted.filter(event => !events.includes(event as RecordingEvent));
    if (wrong.length) throw new TwilioError(21626, `RecordingStatusCallbackEvent ${wrong.join(' ')}`);
    order.callback = { ...hook, events: new Set(wanted.length ? (wanted as RecordingEvent[]) : ['completed']) };
  }
  return order;
}

const known = new Set(
  'RecordingStatusCallbackEvent RecordingStatusCallback RecordingStatusCallbackMethod Trim RecordingChannels RecordingTrack'.split(
    ' ',
  ),
);

/** The form of `POST Calls/{sid}/Recordings.json`. */
export function parseLiveRecordingOrder(form: URLSearchParams): { order: RecordingOrder; unknown: string[] } {
  return {
    order: parseRecordingOrder(new FormReader(form), 'StartCallRecordingAPI', 'do-not-trim'),
    unknown: [...new Set(form.keys())].filter(name => !known.has(name)),
  };
}
