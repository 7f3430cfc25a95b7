import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';

/** A WebSocket that can also send short ASCII texts the cheap way. */
export interface FrameWriter {
  readonly socket: WebSocket;
  /** Sends one text message of ASCII characters, at most 65,535 of them. */
  sendAscii(text: string): void;
}

/**
 * Through the library every message is masked, copied and written in two parts. On a plain connection of our own a message goes
 * out in one part with an empty mask, which is what hundreds of calls with fifty frames a second are made of. (A mask protects
 * proxies from what web pages send; between a twin and a server on its machine there is neither.)
 */
export function openFrameWriter(url: string, options: ClientOptions): FrameWriter {
  let raw: Socket | undefined;
  const createConnection = (wanted: TcpNetConnectOpts): Socket => {
    raw = connect({ port: wanted.port, ...(wanted.host ? { host: wanted.host } : {}), noDelay: true });
    return raw;
  };
  const plain = url.startsWith('ws:');
  const socket = new WebSocket(url, { ...options, ...(plain ? { createConnection: createConnection as never } : {}) });
  return {
    socket,
    sendAscii(text) {
      if (raw === undefined) socket.send(text);
      else if (socket.readyState === WebSocket.OPEN) raw.write(asciiFrame(text));
    },
  };
}

const finalText = 0x81;
const masked = 0x80;
const twoByteLength = 126;

/** A whole frame, as a client sends it. */
export function asciiFrame(text: string): Buffer {
  const short = text.length < twoByteLength;
  const head = short ? 6 : 8;
  const frame = Buffer.allocUnsafe(head + text.length);
  frame[0] = finalText;
  frame[1] = masked | (short ? text.length : twoByteLength);
  if (!short) frame.writeUInt16BE(text.length, 2);
  frame.writeUInt32BE(0, head - 4);
  frame.write(text, head, 'latin1');
  return frame;
}
