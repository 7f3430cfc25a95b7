import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { AuditEntry, AuditLog } from './audit-trail.ts';

export interface ApiAuditEntry {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actor: { kind: string; id: string; label: string };
  readonly target: { type: string; id: string } | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly ip: string;
  readonly requestId: string;
}

const text = { type: String, default: '', immutable: true } as const;

const schema = defineSchema(
  {
    at: { type: Date, required: true, immutable: true },
    action: { type: String, required: true, immutable: true },
    actor: { kind: text, id: text, label: text },
    target: { type: new Schema({ type: text, id: text }, { _id: false }), default: null, immutable: true },
    before: { type: Schema.Types.Mixed, default: null, immutable: true },
    after: { type: Schema.Types.Mixed, default: null, immutable: true },
    ip: text,
    requestId: text,
  },
  {
    indexes: [
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { action: 1, createdAt: -1, _id: -1 } },
      { keys: { 'actor.id': 1, createdAt: -1, _id: -1 } },
      { keys: { 'target.id': 1, createdAt: -1, _id: -1 } },
    ],
  },
);

/** Who changed what. Entries are added and read, by nobody changed. */
export class AuditRepository
  extends BaseRepository<AuditEntry, Record<never, never>, ApiAuditEntry>
  implements AuditLog
{
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'auditLog',
      schema,
      apiFields: ['id', 'at', 'action', 'actor', 'target', 'before', 'after', 'ip', 'requestId'],
      filters: {
        action: { type: 'string' },
        actorId: { type: 'string', path: 'actor.id' },
        targetId: { type: 'string', path: 'target.id' },
      },
    });
  }

  toApi(entry: Stored<AuditEntry>): ApiAuditEntry {
    return {
      id: entry._id.toHexString(),
      at: entry.at.toISOString(),
      action: entry.action,
      actor: { ...entry.actor },
      target: entry.target ? { ...entry.target } : null,
      before: entry.before ?? null,
      after: entry.after ?? null,
      ip: entry.ip,
      requestId: entry.requestId,
    };
  }

  async append(entry: AuditEntry): Promise<void> {
    await this.create(entry);
  }
}
