import { connect, type NetConnectOpts } from 'node:net';
import { type Document, deserialize, serialize } from 'bson';
import { MessageReader } from './framing.ts';
import { opMsgReply, parseOpMsg } from './op-msg.ts';

/**
 * Sends one command over a connection of its own. Undefined when the other side ends the connection without an answer
 * or nobody is there; throws when it stays silent for `patienceMs`.
 */
export function askOnce(to: NetConnectOpts, command: Document, patienceMs: number): Promise<Document | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(to);
    const reader = new MessageReader();
    const settle = (answer: Document | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patienceMs, () => {
      socket.destroy();
      reject(new Error('The process that owns the data folder does not answer'));
    });
    socket.once('error', () => settle(undefined));
    socket.once('close', () => settle(undefined));
    socket.on('data', chunk => {
      try {
        const message = reader.push(chunk)[0];
        if (message) settle(deserialize(parseOpMsg(message).body));
      } catch (error) {
        socket.destroy();
        reject(error as Error);
      }
    });
    for (const part of opMsgReply(serialize(command), 1, 0)) socket.write(part);
  });
}
