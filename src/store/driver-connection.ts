import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { mongo } from 'mongoose';

/** What the class of the driver's connections has that is used here; its types are not published. */
interface DriverConnection {
  /** False where it only looks whether the server is there. */
  readonly monitorCommands: boolean;
  readonly shouldEmitAndLogCommand: boolean;
  readonly socket: Socket;
  readonly error: Error | null;
  onError(error: Error): void;
  writeCommand(command: unknown, options: unknown): Promise<void>;
  command(ns: unknown, command: mongo.Document, options?: unknown, responseType?: unknown): Promise<unknown>;
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

// The driver that mongoose uses, wherever it was installed.
const ofMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
const { Connection } = ofMongoose('mongodb/lib/cmap/connection.js') as {
  Connection: new (socket: Socket, options: unknown) => DriverConnection;
};

/**
 * The driver's connection, whose commands end when it ends. The driver's own waits for `drain` when the socket does not take a command
 * at once, and nothing ends that wait when the socket goes without an error: a command written to a socket that is gone, but has not said
 * so yet, never settles and has no time limit. An operation that meets this hangs, and if it is the heartbeat, the server is never looked
 * at again and every operation fails until the process is restarted. An error of the socket ends the wait, but as one that nobody
 * recognises as the network's.
 */
class EndingConnection extends Connection {
  override async writeCommand(command: unknown, options: unknown): Promise<void> {
    if (this.socket.destroyed) this.onError(new mongo.MongoNetworkError('The connection to the store was closed'));
    if (this.error) throw this.error;
    let ended = () => {};
    const end = new Promise<never>((_resolve, reject) => {
      ended = () => reject(this.error);
    });
    this.once('close', ended);
    try {
      await Promise.race([super.writeCommand(command, options), end]);
    } catch (error) {
      throw this.error ?? error;
    } finally {
      this.off('close', ended);
    }
  }
}

/** For the options of a client: an option of the driver that its types do not tell of. */
export const endingConnections = { connectionType: EndingConnection } as mongo.MongoClientOptions;

export interface CommandObserver {
  /** Told of every command that was answered, or failed, and how long that took. */
  ended(command: mongo.Document, outcome: 'ok' | 'error', ms: number): void;
  /** Whether somebody listens to the driver's own events of commands. */
  isListenedTo(): boolean;
}

/**
 * The same, and connections that tell what each one took. The driver's own events tell that, too,
 * but for them every answer is decoded once more than for whoever asked: they are only made where somebody listens.
 */
export function observedConnections(observer: CommandObserver): mongo.MongoClientOptions {
  class ObservedConnection extends EndingConnection {
    override get shouldEmitAndLogCommand(): boolean {
      return this.monitorCommands && observer.isListenedTo();
    }

    override async command(ns: unknown, command: mongo.Document, options?: unknown, responseType?: unknown) {
      if (!this.monitorCommands) return super.command(ns, command, options, responseType);
      const startedAt = performance.now();
      let outcome: 'ok' | 'error' = 'error';
      try {
        const answer = await super.command(ns, command, options, responseType);
        outcome = 'ok';
        return answer;
      } finally {
        observer.ended(command, outcome, performance.now() - startedAt);
      }
    }
  }
  return { connectionType: ObservedConnection } as mongo.MongoClientOptions;
}
