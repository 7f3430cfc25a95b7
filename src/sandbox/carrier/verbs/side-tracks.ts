import type { LiveCall } from '../live-call.ts';
import { parseRecordingOrder } from '../recording-order.ts';
import { FormReader } from '../request-form.ts';
import type { Next } from '../run-document.ts';
import type { TwimlElement } from '../twiml-document.ts';
import type { VerbContext } from './run-verb.ts';
import { type StreamRequest, startStream, streamRequest } from './stream-options.ts';

/** Start: a recording or a one-way stream that runs beside the call. The document goes on at once. */
export async function runStart(context: VerbContext): Promise<Next> {
  const { live, verb } = context;
  for (const noun of verb.children) {
    if (noun.name === 'Stream') await startFork(live, streamRequest(noun, context.base, false));
    else if (live.line) live.core.recordings.start({ sid: live.call.sid, line: live.line }, recordingOrder(noun));
  }
  return { kind: 'continue' };
}

/** Stop: ends a one-way stream by its name. */
export async function runStop({ live, verb }: VerbContext): Promise<Next> {
  for (const noun of verb.children) live.forks.get(noun.attributes['name'] ?? '')?.stop();
  return { kind: 'continue' };
}

/** Opens a one-way stream and copies the call's audio into it until it ends. Gives its SID, or undefined when it was refused. */
export async function startFork(
  live: LiveCall,
  request: StreamRequest,
): Promise<{ sid: string; name: string } | undefined> {
  const stream = await startStream(live, request);
  if (!stream || !live.line) return undefined;
  const name = request.name ?? stream.streamSid;
  live.forks.set(name, stream);
  const untap = live.line.tap((said, heard) => {
    if (request.tracks.includes('inbound')) stream.sendAudio('inbound', said);
    if (request.tracks.includes('outbound'))
      stream.sendAudio('outbound', { base64: heard ? heard.toString('base64') : silence });
  });
  void stream.closed.then(() => {
    untap();
    live.forks.delete(name);
  });
  return { sid: stream.streamSid, name };
}

const silence = Buffer.alloc(160, 0xff).toString('base64');

/** The attributes of `<Recording>` are the REST parameters in another spelling. */
function recordingOrder(element: TwimlElement) {
  const form = new URLSearchParams();
  const names = {
    channels: 'RecordingChannels',
    track: 'RecordingTrack',
    trim: 'Trim',
    recordingStatusCallback: 'RecordingStatusCallback',
    recordingStatusCallbackMethod: 'RecordingStatusCallbackMethod',
    recordingStatusCallbackEvent: 'RecordingStatusCallbackEvent',
  };
  for (const [attribute, parameter] of Object.entries(names)) {
    const value = element.attributes[attribute];
    if (value !== undefined) form.append(parameter, value);
  }
  return parseRecordingOrder(new FormReader(form), 'StartCallRecordingTwiML', 'do-not-trim');
}
