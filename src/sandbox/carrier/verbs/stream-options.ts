import type { LiveCall } from '../live-call.ts';
import { type MediaStream, type MediaStreamOptions, openMediaStream, StreamRefused } from '../media-stream.ts';
import { iso8601 } from '../twilio-dates.ts';
import { newSid } from '../twilio-sid.ts';
import type { TwimlElement } from '../twiml-document.ts';
import type { Fields } from '../webhook-sender.ts';

export interface StreamRequest {
  url: string;
  name?: string;
  tracks: MediaStreamOptions['tracks'];
  bidirectional: boolean;
  customParameters: Record<string, string>;
  statusCallback?: { url: string; method: 'GET' | 'POST' };
}

/** Reads a `<Stream>` element; its address may be relative to the document. */
export function streamRequest(element: TwimlElement, base: string | undefined, bidirectional: boolean): StreamRequest {
  const { url = '', name, track = 'inbound_track', statusCallback, statusCallbackMethod } = element.attributes;
  // Only a relative address takes its scheme from the document's own.
  const relative = !URL.canParse(url) && base !== undefined && URL.canParse(url, base);
  const absolute = relative ? new URL(url, base).href.replace(/^http/i, 'ws') : url;
  return {
    url: absolute,
    ...(name ? { name } : {}),
    tracks: track === 'both_tracks' ? ['inbound', 'outbound'] : track === 'outbound_track' ? ['outbound'] : ['inbound'],
    bidirectional,
    customParameters: Object.fromEntries(
      element.children.map(({ attributes }) => [attributes['name'] ?? '', attributes['value'] ?? '']),
    ),
    ...(statusCallback
      ? { statusCallback: { url: statusCallback, method: statusCallbackMethod === 'GET' ? 'GET' : 'POST' } }
      : {}),
  };
}

/** Opens a stream for a call and tells its status callback; undefined when the connection was refused. */
export async function startStream(
  live: LiveCall,
  request: StreamRequest,
  onAudio?: (audio: Buffer) => void,
): Promise<MediaStream | undefined> {
  const { core, call } = live;
  const streamSid = newSid('MZ');
  const tell = (event: 'stream-started' | 'stream-stopped' | 'stream-error', error?: string) => {
    if (!request.statusCallback) return;
    const fields: Fields = [
      ['AccountSid', core.accountSid],
      ['CallSid', call.sid],
      ['StreamSid', streamSid],
      ['StreamName', request.name ?? streamSid],
      ['StreamEvent', event],
      ['Timestamp', iso8601(core.clock.now())],
    ];
    if (error) fields.push(['StreamError', error]);
    void core.webhooks.send({ purpose: 'stream', hook: request.statusCallback, fields, callSid: call.sid, event });
  };
  try {
    const stream = await openMediaStream({
      url: request.url,
      identity: { accountSid: core.accountSid, callSid: call.sid, streamSid },
      tracks: request.tracks,
      bidirectional: request.bidirectional,
      customParameters: request.customParameters,
      authToken: core.authToken,
      deliver: core.deliver(),
      clock: core.clock,
      ledger: core.ledger,
      faults: core.faults.forStream(call),
      ...(onAudio ? { onAudio } : {}),
    });
    tell('stream-started');
    const closed = core.background.track(stream.closed);
    void closed.then(({ code, detail }) => {
      if (code !== undefined) core.ledger.alert(code, detail ?? '', call.sid);
      const failed = code !== undefined && code !== 31921;
      tell(failed ? 'stream-error' : 'stream-stopped', failed ? `${code} ${detail}` : undefined);
    });
    return stream;
  } catch (error) {
    if (!(error instanceof StreamRefused)) throw error;
    if (error.code === 31922 || error.code === 31923) core.ledger.violation('stream-url', error.message, call.sid);
    core.ledger.alert(error.code, error.message, call.sid);
    tell('stream-error', `${error.code} ${error.message}`);
    return undefined;
  }
}
