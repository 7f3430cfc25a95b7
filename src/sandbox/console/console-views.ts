import type { Static } from 'typebox';
import type { AgentControl, ConversationView } from '../agent/control.ts';
import type { CallView, CarrierControl } from '../carrier/control.ts';
import type { SandboxActivity, SandboxCall, SandboxConversation } from './console-schemas.ts';

/** Of each list, what fits on a page: the answer is asked for every second. */
const shown = { calls: 40, conversations: 40, heard: 6, notes: 6, turns: 6, complaints: 50 } as const;
const longestDetail = 500;

type WordsOf = (clipId: string) => string | undefined;
export interface Twins {
  readonly carrier: CarrierControl | null;
  readonly agent: AgentControl | null;
}

/** A moment on a twin's clock. */
const stamp = (at: number): string => new Date(at).toISOString();
const stampOrNull = (at: number | undefined): string | null => (at === undefined ? null : stamp(at));
const cut = (text: string): string => (text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text);
const newest = <T>(list: readonly T[], count: number): T[] => list.slice(-count).reverse();

const heardOf = (stretches: CallView['heard'], wordsOf: WordsOf) =>
  stretches.slice(-shown.heard).map(({ clipId, complete }) => ({ clipId, words: wordsOf(clipId) ?? null, complete }));

export const showCall = (call: CallView, wordsOf: WordsOf): Static<typeof SandboxCall> => ({
  sid: call.sid,
  from: call.from,
  to: call.to,
  direction: call.direction,
  state: call.state,
  personId: call.person ?? null,
  personName: call.personName ?? null,
  answeredBy: call.answeredBy ?? null,
  createdAt: stamp(call.createdAt),
  answeredAt: stampOrNull(call.answeredAt),
  endedAt: stampOrNull(call.endedAt),
  streaming: call.streamSid !== undefined,
  queuedMs: Math.round(call.queuedMs),
  heard: heardOf(call.heard, wordsOf),
  notes: call.notes.slice(-shown.notes).map(cut),
});

const showConversation = (
  conversation: ConversationView,
  { wordsOf, agentName }: { wordsOf: WordsOf; agentName: string },
): Static<typeof SandboxConversation> => ({
  id: conversation.id,
  agentId: conversation.agentId,
  agentName,
  status: conversation.status,
  person: conversation.person ?? null,
  startedAt: stamp(conversation.startedAt),
  endedAt: stampOrNull(conversation.endedAt),
  terminationReason: conversation.terminationReason || null,
  turns: conversation.turns
    .slice(-shown.turns)
    .map(({ role, message, interrupted }) => ({ role, message, interrupted: interrupted ?? false })),
  heard: heardOf(conversation.heard, wordsOf),
  latencyMs: conversation.latenciesMs.at(-1) ?? null,
});

/** What happens at the twins now, and the complaints they have, newest first. */
export function showActivity({ carrier, agent }: Twins, now: Date): Static<typeof SandboxActivity> {
  const wordsOf: WordsOf = clipId => carrier?.wordsOf(clipId);
  const names = new Map(agent?.agents().map(each => [each.agent_id, each.name]));
  const violations = [
    ...newest(carrier?.violations ?? [], shown.complaints).map(({ at, kind, detail, callSid }) => ({
      side: 'carrier' as const,
      at,
      kind,
      detail: cut(detail),
      about: callSid ?? null,
    })),
    ...newest(agent?.violations ?? [], shown.complaints).map(({ at, kind, detail, conversationId }) => ({
      side: 'agent' as const,
      at,
      kind,
      detail: cut(detail),
      about: conversationId ?? null,
    })),
  ];
  return {
    at: now.toISOString(),
    carrier: carrier && {
      ongoing: carrier.ongoing,
      calls: carrier.calls(shown.calls).map(call => showCall(call, wordsOf)),
      faults: [...carrier.faults()],
      next: carrier.cast().next.map(({ to = null, ...person }) => ({ ...person, to })),
      debugger: newest(carrier.debugger, shown.complaints).map(({ callSid = null, ...entry }) => ({
        ...entry,
        detail: cut(entry.detail),
        callSid,
      })),
    },
    agent: agent && {
      ongoing: agent.ongoing,
      conversations: agent
        .conversations(shown.conversations)
        .map(each => showConversation(each, { wordsOf, agentName: names.get(each.agentId) ?? each.agentId })),
      faults: [...agent.faults()],
    },
    violations: violations.sort((a, b) => b.at.localeCompare(a.at)).slice(0, shown.complaints),
    violationCount: (carrier?.violations.length ?? 0) + (agent?.violations.length ?? 0),
  };
}
