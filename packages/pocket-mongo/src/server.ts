import { createServer, type Server, type Socket } from 'node:net';
import type { ClientConnection, ServerState } from './commands/command.ts';
import { dispatch, readCommand } from './commands/dispatch.ts';
import { CommandError } from './errors.ts';
import { MessageReader, opcodes, WireError, type WireMessage } from './wire/framing.ts';
import { opMsgReply, parseOpMsg } from './wire/op-msg.ts';
import { opReply, parseOpQuery } from './wire/op-query.ts';

/** More unanswered requests than this on one connection, and it is read no further until some are answered. */
const maxQueued = 64;

export interface ServerEvents {
  /** A client sent bytes that are no MongoDB message; only its connection was ended. */
  hostile(error: WireError): void;
  /** A defect of this server, which the client sees as an internal error. */
  internal(error: unknown, commandName: string): void;
}

/** Answers MongoDB's wire protocol on any number of listeners. */
export class WireServer {
  readonly #state: ServerState;
  readonly #events: ServerEvents;
  readonly #connections = new Map<Connection, Promise<void>>();
  #nextConnectionId = 1;
  #replyId = 1;

  constructor(state: ServerState, events: ServerEvents) {
    this.#state = state;
    this.#events = events;
  }

  /** A listener whose connections this server answers; the caller decides where it listens. */
  listener(): Server {
    return createServer(socket => this.accept(socket));
  }

  accept(socket: Socket): void {
    const connection = new Connection(socket, this.#nextConnectionId++);
    const { counters } = this.#state;
    counters.connectionsNow++;
    counters.connectionsTotal++;
    socket.on('error', () => socket.destroy()); // a reset is as good as a close
    const done = this.#serve(connection).finally(() => {
      socket.destroySoon(); // what was answered still goes out
      counters.connectionsNow--;
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#state.cursors.closeAll();
      else this.#state.cursors.connectionClosed(connection.id, Date.now());
    });
    this.#connections.set(connection, done);
  }

  /** Ends all connections after the requests already being worked on are answered, or after `patienceMs`. */
  async close(patienceMs = 5_000): Promise<void> {
    for (const connection of this.#connections.keys()) connection.stop();
    const impatient = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.destroy();
    }, patienceMs);
    await Promise.all(this.#connections.values());
    clearTimeout(impatient);
  }

  /** Requests of one connection run in order; connections are independent of each other. */
  async #serve(connection: Connection): Promise<void> {
    for (;;) {
      const message = await connection.next();
      if (!message) return;
      try {
        const answer = await this.#answer(message, connection);
        if (answer === 'close') return;
        if (answer && !(await connection.write(answer))) return;
      } catch (error) {
        if (error instanceof WireError) this.#events.hostile(error);
        else this.#events.internal(error, '');
        return;
      }
    }
  }

  async #answer(message: WireMessage | WireError, connection: ClientConnection) {
    if (message instanceof WireError) throw message;
    const internal = this.#events.internal;
    if (message.opcode === opcodes.message) {
      const request = parseOpMsg(message);
      const read = () => readCommand(request.body, request.sequences);
      const outcome = await dispatch(this.#state, connection, read, internal);
      if (outcome === 'close') return outcome;
      return request.moreToCome ? undefined : opMsgReply(outcome.reply, this.#nextReplyId(), request.requestId);
    }
    if (message.opcode === opcodes.query) {
      const query = parseOpQuery(message);
      const read = () => legacyCommand(query.namespace, readCommand(query.body, new Map()));
      const outcome = await dispatch(this.#state, connection, read, internal);
      return outcome === 'close' ? outcome : opReply(outcome.reply, this.#nextReplyId(), query.requestId);
    }
    throw new WireError(`Messages of kind ${message.opcode} are not understood`);
  }

  #nextReplyId(): number {
    this.#replyId = (this.#replyId + 1) & 0x7fffffff;
    return this.#replyId;
  }
}

/** Only the handshake still comes in the legacy form. */
function legacyCommand(namespace: string, body: Record<string, unknown>): Record<string, unknown> {
  const command = '$query' in body ? (body['$query'] as Record<string, unknown>) : body;
  const name = Object.keys(command)[0] ?? '';
  if (!namespace.endsWith('.$cmd') || !['hello', 'ismaster', 'isMaster'].includes(name)) {
    throw new CommandError('UnsupportedOpQueryCommand', `The command '${name}' must come as OP_MSG`);
  }
  return { ...command, $db: namespace.slice(0, -'.$cmd'.length) };
}

/** A socket as a queue of messages, with the flow control that keeps a flooding client from filling memory. */
class Connection implements ClientConnection {
  readonly id: number;
  appName: string | undefined;
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  readonly #queue: (WireMessage | WireError)[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, id: number) {
    this.id = id;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', chunk => this.#receive(chunk));
    socket.on('close', () => this.stop());
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      this.#queue.push(...this.#reader.push(chunk));
    } catch (error) {
      this.#queue.push(error as WireError);
      this.#socket.pause();
    }
    if (this.#queue.length > maxQueued) this.#socket.pause();
    this.#wake?.();
  }

  /** The next message, or undefined when the connection is over. */
  async next(): Promise<WireMessage | WireError | undefined> {
    while (!this.#ended && this.#queue.length === 0) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    if (this.#ended) return undefined;
    const message = this.#queue.shift();
    if (this.#queue.length === 0 && !(message instanceof WireError)) this.#socket.resume();
    return message;
  }

  /** Sends an answer and waits until the client takes it; false when the connection is gone. */
  async write(chunks: readonly Uint8Array[]): Promise<boolean> {
    const socket = this.#socket;
    if (socket.destroyed) return false;
    // One write of few bytes is cheaper than one of several pieces.
    const flowing = socket.write(Buffer.concat(chunks));
    if (!flowing && !socket.destroyed) {
      await new Promise<void>(resolve => {
        const settle = () => {
          socket.off('drain', settle);
          socket.off('close', settle);
          resolve();
        };
        socket.on('drain', settle);
        socket.on('close', settle);
      });
    }
    return !socket.destroyed;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Takes no further requests; the one being worked on is still answered. */
  stop(): void {
    this.#ended = true;
    this.#wake?.();
  }
}
