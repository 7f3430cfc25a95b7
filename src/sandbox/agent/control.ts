import type { AgentCore } from './agent-core.ts';
import type { AgentDocument } from './agent-document.ts';
import { type AgentFault, faultProblem } from './agent-faults.ts';
import type { AgentViolation, AgentViolationKind } from './agent-ledger.ts';
import { configureAgent, findAgent } from './agents.routes.ts';
import type { LiveConversation } from './conversation.ts';
import type { ConversationRecord, ConversationStatus, RecordedTurn } from './conversation-record.ts';
import type { Delivery } from './post-call-webhook.ts';

/** A conversation as the sandbox console shows it: more than the REST API tells. */
export interface ConversationView {
  id: string;
  agentId: string;
  status: ConversationStatus;
  /** Whom the agent takes the caller for. */
  person: string | undefined;
  startedAt: number;
  acceptedAt: number | undefined;
  endedAt: number | undefined;
  terminationReason: string;
  error: ConversationRecord['error'];
  turns: readonly RecordedTurn[];
  /** The clips that arrived bit by bit, in order. */
  heard: readonly { clipId: string; from: number; to: number; complete: boolean }[];
  /** How long the client took to answer pings, in real milliseconds. */
  latenciesMs: readonly number[];
  context: readonly string[];
}

/** What can be done to the agents and their conversations at run time. */
export interface AgentControl {
  /** The newest conversations first. */
  conversations(limit?: number): ConversationView[];
  /** How many conversations have not ended. */
  readonly ongoing: number;
  conversation(id: string): ConversationView | undefined;
  agents(): readonly AgentDocument[];
  /** Changes a part of an agent's configuration, in the vendor's form. */
  configure(agentId: string, patch: Record<string, unknown>): AgentDocument;
  /** Sends any message of the vendor's list into a running conversation. */
  inject(conversationId: string, message: Parameters<LiveConversation['inject']>[0]): void;
  /** Ends a running conversation with a close code, or with an error of the vendor's list. */
  end(conversationId: string, how: Parameters<LiveConversation['end']>[0]): void;
  addFault(fault: AgentFault): void;
  clearFaults(): void;
  faults(): readonly AgentFault[];
  readonly violations: readonly AgentViolation[];
  takeViolations(kind?: AgentViolationKind): AgentViolation[];
  readonly deliveries: readonly Delivery[];
  onConversation(listener: (conversation: ConversationView) => void): () => void;
  /** Resolves when the conversation (any one, without an id) looks as wanted. */
  until(fits: (conversation: ConversationView) => boolean, id?: string): Promise<ConversationView>;
  /** Resolves when no conversation is going on or being processed and every webhook is delivered or given up. */
  idle(): Promise<void>;
}

/** Something the console asked for that does not exist. */
export class AgentControlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AgentControlError';
  }
}

export function createAgentControl(core: AgentCore): AgentControl {
  const { book, faults, ledger } = core;
  const lastSeen = new WeakMap<ConversationRecord, LiveConversation>();
  const view = (record: ConversationRecord): ConversationView => {
    const live = book.live.get(record.id) ?? lastSeen.get(record);
    if (live) lastSeen.set(record, live);
    return {
      id: record.id,
      agentId: record.agent.agent_id,
      status: record.status,
      person: live?.person,
      startedAt: record.startedAt,
      acceptedAt: record.acceptedAt,
      endedAt: record.endedAt,
      terminationReason: record.terminationReason,
      error: record.error,
      turns: record.turns.map(turn => ({ ...turn })),
      heard: (live?.stretches ?? []).map(({ clipId, from, to, complete }) => ({ clipId, from, to, complete })),
      latenciesMs: [...(live?.latenciesMs ?? [])],
      context: [...(live?.context ?? [])],
    };
  };
  const running = (id: string): LiveConversation => {
    const found = book.live.get(id);
    if (!found) throw new AgentControlError(`no conversation with the id ${id} is going on`);
    return found;
  };
  const isOver = (record: ConversationRecord) => record.status === 'done' || record.status === 'failed';
  book.onChange(record => {
    const live = book.live.get(record.id);
    if (live) lastSeen.set(record, live);
  });

  return {
    conversations: (limit = 500) => book.newestFirst().slice(0, limit).map(view),
    get ongoing() {
      return book.live.size;
    },
    conversation(id) {
      const record = book.get(id);
      return record && view(record);
    },
    agents: () => [...core.agents.values()].map(each => each.document),
    configure: (agentId, patch) => configureAgent(findAgent(core, agentId), patch, core.clock.now()),
    inject: (id, message) => running(id).inject(message),
    end: (id, how) => running(id).end(how),
    addFault(fault) {
      const problem = faultProblem(fault);
      if (problem) throw new AgentControlError(problem);
      faults.add(fault);
    },
    clearFaults: () => faults.clear(),
    faults: () => faults.list(),
    violations: ledger.violations,
    takeViolations: kind => ledger.takeViolations(kind),
    deliveries: core.webhook.deliveries,
    onConversation: listener => book.onChange(record => listener(view(record))),
    until(fits, id) {
      return new Promise(resolve => {
        const look = (record: ConversationRecord) => {
          if (id !== undefined && record.id !== id) return false;
          const seen = view(record);
          if (fits(seen)) resolve(seen);
          return fits(seen);
        };
        if (book.newestFirst().some(look)) return;
        const stop = book.onChange(record => {
          if (look(record)) stop();
        });
      });
    },
    async idle() {
      while (book.newestFirst().some(record => !isOver(record))) {
        await new Promise<void>(resolve => {
          const stop = book.onChange(() => {
            stop();
            resolve();
          });
        });
      }
      await core.webhook.settled();
    },
  };
}
