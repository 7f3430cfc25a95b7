import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import type { CallSite } from './call-site.ts';

type Message = Record<string, unknown>;

export interface StrangerOptions {
  /** Whether it says `start` with a token that is good. */
  admitted?: boolean;
  /** Its call; a new one without it. */
  sid?: string;
}

/** A media socket that is driven by hand, for everything that no carrier would do. */
export async function stranger(site: CallSite, { admitted = false, sid = newSid('CA') }: StrangerOptions = {}) {
  const socket = new WebSocket(site.url, { perMessageDeflate: false });
  const streamSid = newSid('MZ');
  const messages: Message[] = [];
  const looks = new Set<() => void>();
  let sequence = 0;
  socket.on('error', () => {});
  socket.on('message', data => {
    messages.push(JSON.parse(String(data)) as Message);
    for (const look of looks) look();
  });
  const closed = new Promise<{ code: number }>(resolve => void socket.once('close', code => resolve({ code })));
  await new Promise(resolve => socket.once('open', resolve));

  const hand = {
    socket,
    sid,
    streamSid,
    closed,
    /** Sends anything. */
    raw: (data: string | Buffer) => socket.send(data),
    /** Sends a message in the carrier's form, with the next number. */
    send(event: string, fields: Message = {}) {
      sequence += 1;
      hand.raw(JSON.stringify({ event, sequenceNumber: String(sequence), streamSid, ...fields }));
    },
    start(token: string | undefined, fields: Message = {}) {
      const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
      const customParameters = token === undefined ? {} : { token };
      hand.send('start', { start: { streamSid, callSid: sid, mediaFormat, customParameters, ...fields } });
    },
    media(payload = silence, fields: Message = {}) {
      hand.send('media', { media: { track: 'inbound', chunk: '1', timestamp: '20', payload }, ...fields });
    },
    /** All audio that came, once it is so much. */
    audio: (bytes: number): Promise<Buffer> =>
      new Promise(resolve => {
        const look = () => {
          const payloads = messages.flatMap(each => (each['media'] as { payload: string } | undefined)?.payload ?? []);
          const all = Buffer.concat(payloads.map(payload => Buffer.from(payload, 'base64')));
          if (all.length < bytes) return;
          looks.delete(look);
          resolve(all);
        };
        looks.add(look);
        look();
      }),
    /** The next message of this kind that comes, or came already. */
    next: (event: string): Promise<Message> =>
      new Promise(resolve => {
        const look = () => {
          const found = messages.find(each => each['event'] === event);
          if (!found) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
      }),
  };
  if (admitted) hand.start(site.desk.tokenFor(sid));
  return hand;
}

export const silence = Buffer.alloc(160, 0xff).toString('base64');

const newSid = (kind: string) => kind + randomBytes(16).toString('hex');
