import type { ConversationReport, ReportedCost, ReportedTurn } from '../conversation-contract.ts';
import { callIdVariable } from './session-start-protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Everything is bounded: a transcript is as long as people talk, and what stands in it was said by strangers. */
const most = { turns: 10_000, turnLength: 20_000, text: 20_000, short: 2_000, entries: 200, name: 100 } as const;

const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown, longest: number = most.short): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.slice(0, longest) : null;
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;

const words = ['success', 'failure', 'unknown'] as const;
const states: Readonly<Record<string, ConversationReport['state']>> = { done: 'done', failed: 'failed' };

/** Reads the vendor's record of a conversation, from a webhook or its REST; null when it is none. Unknown fields are passed by. */
export function conversationReportOf(value: unknown): ConversationReport | null {
  const record = asFields(value);
  const conversationId = textOf(record['conversation_id'], 200);
  if (conversationId === null) return null;
  const metadata = asFields(record['metadata']);
  const analysis = asFields(record['analysis']);
  const success = words.find(word => word === analysis['call_successful']) ?? null;
  const startedSeconds = numberOf(metadata['accepted_time_unix_secs']) ?? numberOf(metadata['start_time_unix_secs']);
  return {
    conversationId,
    callId: callIdOf(record),
    state: states[String(record['status'])] ?? 'running',
    startedAt: startedSeconds === null ? null : new Date(startedSeconds * 1_000),
    durationSeconds: numberOf(metadata['call_duration_secs']),
    language: textOf(metadata['main_language'], 20),
    title: textOf(analysis['call_summary_title'], 200),
    summary: textOf(analysis['transcript_summary'], most.text),
    success,
    criteria: entriesOf(analysis['evaluation_criteria_results']).map(([id, entry]) => ({
      id,
      result: textOf(entry['result'], 40) ?? 'unknown',
      rationale: textOf(entry['rationale']),
    })),
    collected: entriesOf(analysis['data_collection_results']).map(([id, entry]) => ({
      id,
      value: scalarOf(entry['value']),
      rationale: textOf(entry['rationale']),
    })),
    turns: Array.isArray(record['transcript']) ? record['transcript'].slice(0, most.turns).flatMap(turnOf) : null,
    cost: costOf(metadata),
  };
}

/** Our attempt id among the variables that the session was given. */
function callIdOf(record: Fields): string | null {
  const variables = asFields(asFields(record['conversation_initiation_client_data'])['dynamic_variables']);
  const ours = [variables[callIdVariable], variables['conversation_id']];
  return ours.find((each): each is string => typeof each === 'string' && /^[0-9a-f]{24}$/.test(each)) ?? null;
}

const entriesOf = (value: unknown): [string, Fields][] =>
  Object.entries(asFields(value))
    .slice(0, most.entries)
    .map(([id, entry]) => [id.slice(0, most.name), asFields(entry)]);

/** What has parts is kept as text: its names would become names of fields in the store. */
function scalarOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'string') return value.slice(0, most.short);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : JSON.stringify(value).slice(0, most.short);
}

function turnOf(value: unknown): ReportedTurn[] {
  const turn = asFields(value);
  const role = turn['role'] === 'agent' ? 'agent' : turn['role'] === 'user' ? 'caller' : null;
  const text = textOf(turn['message'], most.turnLength);
  if (role === null || text === null) return [];
  return [
    {
      role,
      text,
      original: textOf(turn['original_message'], most.turnLength),
      atMs: Math.min((numberOf(turn['time_in_call_secs']) ?? 0) * 1_000, 86_400_000),
      interrupted: turn['interrupted'] === true,
    },
  ];
}

/** `cost` counts credits; money is told since July 2026, in US dollars and as a binary fraction, which six digits undo. */
function costOf(metadata: Fields): ReportedCost {
  const amount = numberOf(metadata['cost_fiat']);
  return {
    amount: amount === null ? null : amount.toFixed(6),
    currency: 'USD',
    credits: numberOf(metadata['cost']),
  };
}
