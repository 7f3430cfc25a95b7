import type { ConversationReport } from '../conversation-contract.ts';
import { conversationReportOf } from './conversation-report-protocol.ts';

/** What a webhook of ElevenLabs is about. */
export interface WebhookMessage {
  readonly type: string;
  readonly conversationId: string | null;
  /** The carrier's id, where the vendor placed the call itself. */
  readonly callSid: string | null;
  /** Of a transcription; null when its data cannot be read as one. */
  readonly report: ConversationReport | null;
  /** What is worth an event on the call, for the types that are no transcription. */
  readonly detail: Readonly<Record<string, string | null>>;
}

type Fields = Readonly<Record<string, unknown>>;

const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown, longest = 200): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, longest) : null;

/** The one type whose body is tens of megabytes of sound, of which nothing is kept: recordings come from the carrier. */
export const audioType = 'post_call_audio';

/** Types that need no more than to be known. */
export const transcriptionType = 'post_call_transcription';

/**
 * The type as the beginning of a body tells it, without reading all of it: the vendor writes it first. `unread` where it stands
 * elsewhere.
 */
export function typeOf(body: Buffer): string {
  const found = /^\s*\{\s*"type"\s*:\s*"([A-Za-z][\w.-]{0,59})"/.exec(body.subarray(0, 500).toString('latin1'));
  return found?.[1] ?? 'unread';
}

/** The conversation as the ends of a body tell it: it stands before the sound or after it. */
export function conversationIn(body: Buffer): string | null {
  const ends = [body.subarray(0, 4_096), body.subarray(-4_096)].map(part => part.toString('latin1'));
  for (const end of ends) {
    const found = /"conversation_id"\s*:\s*"([\w-]{1,200})"/.exec(end);
    if (found) return found[1]!;
  }
  return null;
}

/** Reads a webhook's body; null when it is no JSON object with a type. */
export function readWebhook(text: string): WebhookMessage | null {
  let body: Fields;
  try {
    body = asFields(JSON.parse(text));
  } catch {
    return null;
  }
  const type = textOf(body['type'], 60);
  if (type === null) return null;
  const data = asFields(body['data']);
  const native = asFields(asFields(data['metadata'])['body']);
  return {
    type,
    conversationId: textOf(data['conversation_id']),
    callSid: textOf(data['call_sid'], 64) ?? textOf(native['CallSid'], 64) ?? textOf(native['call_sid'], 64),
    report: type === transcriptionType ? conversationReportOf(data) : null,
    detail: {
      ...('failure_reason' in data ? { failureReason: textOf(data['failure_reason']) } : {}),
      ...('answered_by' in data ? { answeredBy: textOf(data['answered_by'], 60) } : {}),
    },
  };
}
