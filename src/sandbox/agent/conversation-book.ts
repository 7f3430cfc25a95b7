import type { LiveConversation } from './conversation.ts';
import type { ConversationRecord } from './conversation-record.ts';

export interface ConversationBook {
  add(record: ConversationRecord, live: LiveConversation): void;
  get(id: string): ConversationRecord | undefined;
  delete(id: string): boolean;
  newestFirst(): ConversationRecord[];
  readonly live: Map<string, LiveConversation>;
  /** To be called when something about a conversation changed. */
  changed(record: ConversationRecord): void;
  onChange(listener: (record: ConversationRecord) => void): () => void;
}

const kept = 5_000;
/** Sound is kept of fewer: it takes megabytes where words take kilobytes. */
const keptRecordings = 200;

/** All conversations since the twin was started; the oldest finished ones are forgotten. */
export function createConversationBook(): ConversationBook {
  const records = new Map<string, ConversationRecord>();
  const live = new Map<string, LiveConversation>();
  const listeners = new Set<(record: ConversationRecord) => void>();
  return {
    live,
    add(record, conversation) {
      records.set(record.id, record);
      live.set(record.id, conversation);
      if (records.size > keptRecordings) {
        const old = [...records.values()].at(-keptRecordings - 1);
        if (old && !live.has(old.id)) old.recording = undefined;
      }
      if (records.size > kept) {
        const oldest = [...records.keys()].find(id => !live.has(id));
        if (oldest) records.delete(oldest);
      }
    },
    get: id => records.get(id),
    delete: id => records.delete(id),
    newestFirst: () => [...records.values()].reverse(),
    changed(record) {
      for (const listener of [...listeners]) listener(record);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
