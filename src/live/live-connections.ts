import type { Server, Socket } from 'socket.io';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import { type CommandName, isCommand } from './command-table.ts';
import { Connection } from './connection.ts';
import { asConnectError, type Handshake } from './handshake.ts';
import type { CommandError, ConnectionEnding } from './live-contract.ts';
import type { LiveMetrics } from './live-metrics.ts';
import type { Snapshots } from './snapshots.ts';
import type { HeldSession, LeftBehind } from './state-recovery.ts';
import { createTurns } from './turns.ts';

export interface LiveConnectionsOptions {
  readonly io: Server;
  readonly handshake: (socket: Socket) => Promise<Handshake>;
  readonly recovered: (pid: string) => HeldSession | undefined;
  readonly snapshots: Snapshots;
  readonly run: (connection: Connection, name: CommandName, args: unknown) => Promise<object>;
  readonly speak: (connection: Connection, ...piece: readonly unknown[]) => void;
  /** Somebody is in these rooms now; resolves once all processes know it. */
  readonly joined: (connection: Connection) => Promise<void>;
  readonly metrics: LiveMetrics;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface LiveConnections {
  readonly all: ReadonlySet<Connection>;
  /** Sends the active calls to one connection, as they are now. */
  snapshot(connection: Connection): Promise<void>;
  /** Says why, and ends it. */
  end(connection: Connection, ending: ConnectionEnding): void;
}

/** A large snapshot takes the system's time on its way, too; so long nobody else's follows it. */
const bytesPerMs = 100_000;
const longestPauseMs = 40;
/** Beyond it the snapshot, which comes anyway, is the cheaper way to be right again. */
const mostMissed = 200;

type Answer = (answer: unknown) => void;

const asCommandError = (error: unknown): CommandError => {
  const known =
    error instanceof AppError ? error : new AppError('INTERNAL', 'Something went wrong on our side; try again.');
  const { code, message, details } = known;
  return { error: { code, message, ...(details === undefined ? {} : { details: details as never }) } };
};

/** Lets connections in, brings their commands to whoever carries them out, and ends them. */
export function createLiveConnections(options: LiveConnectionsOptions): LiveConnections {
  const { io, metrics, logger, snapshots, now } = options;
  const all = new Set<Connection>();
  const letIn = new WeakMap<Socket, Handshake>();
  let following = Promise.resolve();
  const arrivals = createTurns(1);

  io.use(async (socket, next) => {
    try {
      // Many who come at once, as after a restart, are looked at one after the other: the audio of calls goes between them.
      await arrivals.next();
      const handshake = await options.handshake(socket);
      // Whoever goes away before they are let in is never heard of again.
      const early = () => handshake.release();
      socket.conn.once('close', early);
      if (socket.conn.readyState !== 'open') early();
      letIn.set(socket, handshake);
      next();
    } catch (error) {
      if (!(error instanceof AppError)) logger.error({ err: error }, 'a live connection could not be looked at');
      metrics.refused.inc({ code: error instanceof AppError ? error.code : 'INTERNAL' });
      next(asConnectError(error));
    }
  });

  io.on('connection', socket => {
    const handshake = letIn.get(socket)!;
    const connection = new Connection(socket, handshake.principal, handshake);
    all.add(connection);
    socket.on('disconnect', reason => {
      all.delete(connection);
      handshake.release();
      connection.gone();
      metrics.ended.inc({ reason: connection.endedFor ?? reason.replaceAll(' ', '-') });
    });
    socket.onAny((name: string, ...args: unknown[]) => receive(connection, name, args));
    welcome(connection, handshake).catch(error => {
      // Without the calls as they are, nothing that follows is right: the client comes again.
      logger.warn({ err: error }, 'the active calls could not be read for somebody who connected');
      socket.disconnect(true);
    });
  });

  async function welcome(connection: Connection, { since }: Handshake): Promise<void> {
    const { socket, telling } = connection;
    const left: LeftBehind = { who: connection.identity, masked: telling.masked };
    socket.data = left;
    connection.settle();
    const { pid } = socket.handshake.auth as { pid?: unknown };
    const held = socket.recovered && typeof pid === 'string' ? options.recovered(pid) : undefined;
    // What was missed was meant for somebody who may see what they saw: nobody else gets it.
    if (held?.left?.who === left.who && held.left.masked === left.masked && held.missed.length <= mostMissed) {
      for (const [name, ...args] of held.missed) socket.emit(name as string, ...args);
    }
    await options.joined(connection);
    await snapshot(connection, since);
  }

  async function snapshot(connection: Connection, since: ReadonlyMap<string, number> = new Map()): Promise<void> {
    if (!connection.principal.permissions.has('calls:read')) return;
    const { masked } = connection.telling;
    const event = await snapshots.take(masked, since);
    await nextSnapshot(event.bytes);
    // Whoever lost that right, or got it, while they waited is told what they may see now.
    if (connection.telling.masked !== masked) return snapshot(connection);
    event.sendTo(connection.socket);
  }

  /** Large snapshots go out one after the other: a hundred at once, as after a restart, would make audio wait. */
  function nextSnapshot(bytes: number): Promise<void> {
    const pauseMs = Math.min(longestPauseMs, Math.floor(bytes / bytesPerMs));
    const mine = following;
    if (pauseMs > 0) following = mine.then(() => new Promise(resolve => setTimeout(resolve, pauseMs)));
    return mine;
  }

  function receive(connection: Connection, name: string, args: unknown[]): void {
    const answer = typeof args.at(-1) === 'function' ? (args.pop() as Answer) : undefined;
    if (name === 'call:microphone') {
      if (connection.microphone.take(now())) options.speak(connection, ...args);
      return;
    }
    void carryOut(connection, name, args, answer);
  }

  async function carryOut(connection: Connection, name: string, args: unknown[], answer?: Answer): Promise<void> {
    const command = isCommand(name) ? name : 'unknown';
    try {
      if (!connection.commands.take(now()))
        throw new AppError('RATE_LIMITED', 'Too many commands at once; wait a second.');
      if (!isCommand(name)) throw new AppError('UNKNOWN_EVENT', 'There is no command of this name.');
      const result = await options.run(connection, name, args[0]);
      metrics.commands.inc({ command, result: 'ok' });
      answer?.({ ok: true, ...result });
    } catch (error) {
      if (!(error instanceof AppError)) logger.error({ err: error, command }, 'a live command failed');
      const refusal = asCommandError(error);
      metrics.commands.inc({ command, result: refusal.error.code });
      answer?.(refusal);
      if (!connection.patience.take(now())) {
        end(connection, { reason: 'flood', code: 'RATE_LIMITED', message: 'Too many commands that were refused.' });
      }
    }
  }

  function end(connection: Connection, ending: ConnectionEnding): void {
    if (connection.endedFor) return;
    connection.endedFor = ending.reason;
    connection.socket.emit('auth:expired', ending);
    connection.socket.disconnect(true);
  }

  return { all, snapshot: connection => snapshot(connection), end };
}
