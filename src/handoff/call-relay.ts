import { randomUUID } from 'node:crypto';
import type { CallView } from '../calls/calls.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { RedisLink } from '../store/redis.ts';
import type { CallHolder } from './call-holder.ts';
import type { CallListener, CallSide, HeldLine, LetGo, Listening } from './handoff.types.ts';
import { createRelayAsks, errorOf } from './relay-asks.ts';
import {
  audioMessage,
  type RelayMessage,
  type RelayOrder,
  type RelayWord,
  readMessage,
  wordMessage,
} from './relay-protocol.ts';

export interface CallRelayOptions {
  readonly redis: RedisLink;
  readonly processId: string;
  /** What is done here for other processes. */
  readonly here: CallHolder;
  readonly logger: Logger;
  readonly rules?: Partial<RelayRules>;
}

export interface RelayRules {
  /** Until the process that holds a call says that it has the order. */
  readonly seenMs: number;
  /** Until the order is carried out. */
  readonly doneMs: number;
  readonly beatMs: number;
  /** Without a word for so long the other side of a line is gone. */
  readonly goneMs: number;
}

const relayRules: RelayRules = { seenMs: 2_000, doneMs: 15_000, beatMs: 1_000, goneMs: 4_000 };

/**
 * Pieces of audio of one line that Redis has not taken; beyond it they are dropped, and the numbers of the pieces show it. Both sides
 * of a call make 100 a second and a line ends after {@link RelayRules.goneMs}: no halt that a line survives costs it a word, also
 * when all that has waited for a busy process is read in one turn of its loop.
 */
const mostUnsent = 400;

/** Commands and voices between the processes of an installation. */
export interface CallRelay {
  to(processId: string): CallHolder;
  close(): Promise<void>;
}

/** A line that this process asked for. */
interface Outgoing {
  readonly to: string;
  readonly listener: CallListener;
  heardAt: number;
}
/** A line that another process asked for. */
interface Incoming {
  readonly from: string;
  readonly handle: Listening | HeldLine;
  heardAt: number;
}

/**
 * One Redis channel for each process: orders, answers, what listeners hear and what microphones say. A line lives as long as both
 * ends say that it does, so a process that dies, or a Redis that goes, ends what hung on it within seconds.
 */
export function createCallRelay({ redis, processId, here, logger, rules }: CallRelayOptions): CallRelay {
  const { seenMs, doneMs, beatMs, goneMs } = { ...relayRules, ...rules };
  const channelOf = (process: string) => `parley:handoff:${process}`;
  const outgoing = new Map<string, Outgoing>();
  const incoming = new Map<string, Incoming>();
  const unsent = new Map<string, number>();

  const subscriber = redis.openBlocking('handoff');
  // Subscribed again by the client itself whenever its connection was lost.
  subscriber
    .subscribe(channelOf(processId))
    .catch(err => logger.warn({ err }, 'commands of other processes cannot be taken'));
  subscriber.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
    const read = readMessage(message);
    if (read) take(read);
  });

  const send = (to: string, word: RelayWord): Promise<number> => redis.client.publish(channelOf(to), wordMessage(word));
  const tell = (to: string, word: RelayWord): void => void send(to, word).catch(() => undefined);
  const asks = createRelayAsks({ processId, send, seenMs, doneMs });

  function sendAudio(to: string, line: string, side: CallSide | null, seq: number, mulaw: Buffer): void {
    const waiting = unsent.get(line) ?? 0;
    if (waiting >= mostUnsent) return;
    unsent.set(line, waiting + 1);
    redis.client
      .publish(channelOf(to), audioMessage(line, side, seq, mulaw))
      .catch(() => undefined)
      .finally(() => {
        const left = unsent.get(line)! - 1;
        if (left > 0) unsent.set(line, left);
        else unsent.delete(line);
      });
  }

  // ---- what comes ----

  function take(message: RelayMessage): void {
    const now = performance.now();
    if (message.kind === 'heard') {
      const line = outgoing.get(message.line);
      if (!line) return;
      if (line.heardAt < now) line.heardAt = now;
      line.listener.audio(message.side, message.seq, message.mulaw);
    } else if (message.kind === 'spoken') {
      const line = incoming.get(message.line);
      if (!line || !('speak' in line.handle)) return;
      line.heardAt = now;
      line.handle.speak(message.seq, message.mulaw);
    } else takeWord(message.word, now);
  }

  function takeWord(word: RelayWord, now: number): void {
    switch (word.kind) {
      case 'ask':
        tell(word.from, { kind: 'seen', id: word.id });
        void carryOut(word.order, word.from).then(
          result => tell(word.from, { kind: 'answer', id: word.id, ...(result === undefined ? {} : { result }) }),
          error => tell(word.from, { kind: 'answer', id: word.id, error: errorOf(error) }),
        );
        return;
      case 'seen':
        asks.seen(word.id);
        return;
      case 'answer':
        asks.done(word);
        return;
      case 'stop':
        drop(word.line);
        return;
      case 'stopped':
        letGo(word.line, word.why);
        return;
      case 'alive':
        for (const line of word.lines) {
          const known = word.side === 'asker' ? incoming.get(line) : outgoing.get(line);
          if (known && known.heardAt < now) known.heardAt = now;
        }
    }
  }

  async function carryOut(order: RelayOrder, from: string): Promise<unknown> {
    const { command, call, who } = order;
    if (command === 'whisper') return here.whisper(call, who, order.text);
    if (command === 'handBack') return here.handBack(call, who, order.note);
    if (command === 'transfer') return here.transfer(call, who, order.transfer);
    const { line } = order;
    const listener: CallListener = {
      audio: (side, seq, mulaw) => sendAudio(from, line, side, seq, mulaw),
      stopped: why => {
        incoming.delete(line);
        tell(from, { kind: 'stopped', line, why });
      },
    };
    const handle = await (command === 'listen'
      ? here.listen(call, who, listener)
      : here.takeOver(call, { who, ...listener }));
    incoming.set(line, { from, handle, heardAt: performance.now() });
    return undefined;
  }

  function drop(line: string): void {
    const known = incoming.get(line);
    incoming.delete(line);
    known?.handle.stop();
  }

  function letGo(line: string, why: LetGo): void {
    const known = outgoing.get(line);
    outgoing.delete(line);
    known?.listener.stopped(why);
  }

  // ---- what is asked ----

  async function openLine(
    to: string,
    order: Extract<RelayOrder, { line: string }>,
    listener: CallListener,
  ): Promise<void> {
    const { line } = order;
    // Audio may come before the answer does.
    const opened: Outgoing = { to, listener, heardAt: Number.POSITIVE_INFINITY };
    outgoing.set(line, opened);
    try {
      await asks.ask(to, order);
      opened.heardAt = performance.now();
    } catch (error) {
      outgoing.delete(line);
      // The other side may have done it all the same.
      tell(to, { kind: 'stop', line });
      throw error;
    }
  }

  const closeLine = (to: string, line: string) => {
    if (outgoing.delete(line)) tell(to, { kind: 'stop', line });
  };

  const beat = setInterval(() => {
    const now = performance.now();
    for (const [line, { heardAt, from }] of incoming) {
      if (now - heardAt < goneMs) continue;
      logger.info({ line, process: from }, 'a line from another process is gone');
      drop(line);
    }
    for (const [line, { heardAt }] of outgoing) if (now - heardAt >= goneMs) letGo(line, 'holder-lost');
    tellAlive(outgoing, 'asker', each => each.to);
    tellAlive(incoming, 'holder', each => each.from);
  }, beatMs).unref();

  function tellAlive<L>(lines: Map<string, L>, side: 'asker' | 'holder', peerOf: (line: L) => string): void {
    const byPeer = new Map<string, string[]>();
    for (const [line, known] of lines) {
      const peer = peerOf(known);
      byPeer.set(peer, [...(byPeer.get(peer) ?? []), line]);
    }
    for (const [peer, names] of byPeer) tell(peer, { kind: 'alive', lines: names, side });
  }

  return {
    to: process => ({
      async listen(call, who, listener) {
        const line = randomUUID();
        await openLine(process, { command: 'listen', call, who, line }, listener);
        return { stop: () => closeLine(process, line) };
      },
      async takeOver(call, person) {
        const line = randomUUID();
        await openLine(process, { command: 'takeOver', call, who: person.who, line }, person);
        return {
          speak: (seq, mulaw) => {
            if (outgoing.has(line)) sendAudio(process, line, null, seq, mulaw);
          },
          stop: () => closeLine(process, line),
        };
      },
      async whisper(call, who, text) {
        await asks.ask(process, { command: 'whisper', call, who, text });
      },
      transfer: async (call, who, transfer) =>
        (await asks.ask(process, { command: 'transfer', call, who, transfer })) as CallView,
      async handBack(call, who, note) {
        await asks.ask(process, { command: 'handBack', call, who, ...(note === undefined ? {} : { note }) });
      },
    }),
    async close() {
      clearInterval(beat);
      for (const line of [...incoming.keys()]) drop(line);
      for (const line of [...outgoing.keys()]) letGo(line, 'holder-lost');
      asks.close();
      subscriber.disconnect();
    },
  };
}
