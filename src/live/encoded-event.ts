import type { Socket } from 'socket.io';
import * as webSockets from 'ws';

/** An event that was made into bytes once, for however many it is meant. */
export interface EncodedEvent {
  readonly bytes: number;
  /** As it goes to one client, whatever its transport. */
  sendTo(socket: Socket): void;
}

/** The marks of an event without binary parts in the protocols of Socket.IO and, around it, of Engine.IO. */
const [eventMark, messageMark] = ['2', '4'];

interface Sender {
  frame(data: Buffer, options: Readonly<Record<string, unknown>>): readonly Buffer[];
}
// It is exported, and its types are not.
const { frame: frameOf } = (webSockets as unknown as { readonly Sender: Sender }).Sender;
const unmaskedText = { readOnly: false, mask: false, rsv1: false, opcode: 1, fin: true };

/** The way past Socket.IO's encoder, which its own broadcasts take. */
interface EncodedWay {
  writeToEngine(packets: readonly string[], options: Readonly<Record<string, unknown>>): void;
}

/** `payload` is JSON text; that it holds nothing binary is the caller's word. */
export function encodedEvent(name: string, payload: string): EncodedEvent {
  const packet = `${eventMark}[${JSON.stringify(name)},${payload}]`;
  const data = Buffer.from(messageMark + packet);
  const options = { preEncoded: true, wsPreEncodedFrame: frameOf(data, unmaskedText) };
  return {
    bytes: data.byteLength,
    sendTo: ({ client }) => (client as unknown as EncodedWay).writeToEngine([packet], options),
  };
}
