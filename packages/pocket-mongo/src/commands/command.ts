import type { Document } from '../bson/types.ts';
import type { StoreStats } from '../messages.ts';
import type { Store } from '../storage/store.ts';
import type { Cursors } from './cursors.ts';
import type { FailPoints } from './fail-points.ts';

/** What the server knows of the other end of a connection. */
export interface ClientConnection {
  readonly id: number;
  appName: string | undefined;
}

/** What all commands of one server share. */
export interface ServerState {
  readonly store: Store;
  readonly cursors: Cursors;
  readonly failPoints: FailPoints;
  readonly startedAt: Date;
  readonly counters: { commands: number; connectionsNow: number; connectionsTotal: number };
  /** Server parameters that clients may set. */
  readonly parameters: Map<string, unknown>;
  stats(): StoreStats;
}

/** One command on its way through the server. */
export interface CommandContext {
  readonly server: ServerState;
  readonly connection: ClientConnection;
  readonly database: string;
  /** The name the client used, which may be an alias. */
  readonly name: string;
  readonly command: Document;
  /** The moment `maxTimeMS` ends, as of `performance.now()`. */
  readonly deadline: number | undefined;
  readonly now: Date;
}

/** An answer that is encoded already, as cursors make it. */
export type CommandReply = Document | Uint8Array;

export interface CommandDefinition {
  /** The fields a client may send; any other is refused by name instead of being ignored. */
  readonly fields: readonly string[];
  /** Changes data: refused while the journal cannot be written, answered once the change is on disk. */
  readonly writes?: boolean;
  /** Needs memory, and is refused while too little is left; what changes only what is there goes on for longer. */
  readonly grows?: 'much' | 'little';
  /** Runs against the database `admin` only. */
  readonly adminOnly?: boolean;
  run(context: CommandContext): CommandReply | Promise<CommandReply>;
}
