import type { Config } from '../config.ts';
import type { Logging } from '../ops/logger.ts';
import type { Store } from '../store/open-store.ts';
import type { RemoteServer } from './admin-remote.ts';
import type { AuditEntry } from './audit-trail.ts';

export interface AdminFlags {
  readonly stdin: boolean;
  readonly reason: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  /** How often `monitor` looks; without it until somebody ends it. */
  readonly count: number | undefined;
}

/** What every command is given. */
export interface AdminContext {
  readonly flags: AdminFlags;
  readonly now: () => Date;
  /** The server that `--url` names; null when the work is done on the store. */
  readonly remote: RemoteServer | null;
  /** Opens the store as the server would (the embedded one is joined when a server runs it), and closes it whatever happens. */
  onStore<R>(work: (store: Store, config: Config, logging: Logging) => Promise<R>): Promise<R>;
  audit(store: Store, entry: Pick<AuditEntry, 'action' | 'target' | 'before' | 'after'>): Promise<void>;
  print(text: string): void;
  /** The report for programs with `--json`, else as sentences. */
  tell(report: unknown, words: string): void;
}

export interface AdminCommand {
  /** How it is written, and what it does. */
  readonly usage: readonly [form: string, ...about: string[]];
  readonly args: readonly [least: number, most: number];
  /** Flags it understands; any other is refused, as it would be passed by silently. */
  readonly flags: readonly (keyof AdminFlags | 'url')[];
  run(args: readonly string[], context: AdminContext): Promise<void>;
}

export type AdminCommands = Readonly<Record<string, AdminCommand>>;

/** Who did it, in audit logs and settings. */
export const operator = { kind: 'operator', id: 'cli', label: 'npm run admin' } as const;
