import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wavFile } from '../../src/sandbox/carrier/wav-file.ts';

export interface CarrierCopy {
  readonly sid: string;
  readonly callSid: string;
  status: string;
  channels: 1 | 2;
  duration: number;
  startTime: string;
  file: Buffer;
}

export interface RecordingCarrier {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly copies: Map<string, CarrierCopy>;
  /** What was asked, as method and path below the account. */
  readonly requests: string[];
  /** How the next requests for sound are answered; truly when nothing is left here. */
  readonly media: ((response: ServerResponse, copy: CarrierCopy) => void)[];
  /** Status of every answer while it is set. */
  down: number | null;
  add(callSid: string, fields?: Partial<CarrierCopy>): CarrierCopy;
}

type Teardown = { teardown(fn: () => unknown): void };

/** Two channels of a tone, so many seconds of it. */
export function tone(seconds: number, channels: 1 | 2 = 2): Buffer {
  const side = Buffer.from({ length: seconds * 8_000 } as never).map((_, at) => at % 251);
  return wavFile(Array.from({ length: channels }, () => side));
}

/** The part of the carrier's API that keeps recordings, for answers that the twin would never give. */
export async function startRecordingCarrier(t: Teardown): Promise<RecordingCarrier> {
  const accountSid = `AC${'5a'.repeat(16)}`;
  const authToken = '7b'.repeat(16);
  const copies = new Map<string, CarrierCopy>();
  const requests: string[] = [];
  const media: RecordingCarrier['media'] = [];
  const account = `/2010-04-01/Accounts/${accountSid}`;
  const site: { down: number | null } = { down: null };

  const facts = (copy: CarrierCopy) => ({
    sid: copy.sid,
    call_sid: copy.callSid,
    status: copy.status,
    channels: copy.channels,
    duration: String(copy.duration),
    start_time: copy.startTime,
    error_code: null,
  });
  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const missing = (response: ServerResponse) => json(response, 404, { code: 20404, message: 'not found', status: 404 });

  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://carrier');
    const path = url.pathname.replace(account, '');
    requests.push(`${request.method} ${path}`);
    if (site.down !== null) return void json(response, site.down, { code: site.down, message: 'away' });
    if (path === '/Recordings.json') {
      const found = [...copies.values()].filter(
        each => each.status !== 'deleted' && each.callSid === url.searchParams.get('CallSid'),
      );
      return void json(response, 200, { recordings: found.map(facts), next_page_uri: null });
    }
    const [, sid = '', kind = ''] = /^\/Recordings\/(RE[0-9a-f]{32})\.(json|wav)$/.exec(path) ?? [];
    const copy = copies.get(sid);
    if (kind === '') return void json(response, 200, { incoming_phone_numbers: [], outgoing_caller_ids: [] });
    if (!copy) return void missing(response);
    if (request.method === 'DELETE') {
      copy.status = 'deleted';
      return void response.writeHead(204).end();
    }
    if (kind === 'json') return void json(response, 200, facts(copy));
    const scripted = media.shift();
    if (scripted) return scripted(response, copy);
    if (copy.status !== 'completed') return void missing(response);
    if (Number(url.searchParams.get('RequestedChannels')) > copy.channels)
      return void json(response, 400, { code: 20001, message: 'no such channels' });
    response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': copy.file.length }).end(copy.file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accountSid,
    authToken,
    copies,
    requests,
    media,
    get down() {
      return site.down;
    },
    set down(status) {
      site.down = status;
    },
    add(callSid, fields = {}) {
      const copy: CarrierCopy = {
        sid: `RE${randomBytes(16).toString('hex')}`,
        callSid,
        status: 'completed',
        channels: 2,
        duration: 2,
        startTime: new Date(Math.floor(Date.now() / 1_000) * 1_000).toUTCString(),
        file: tone(2, fields.channels ?? 2),
        ...fields,
      };
      copies.set(copy.sid, copy);
      return copy;
    },
  };
}
