import type { AgentViolationKind } from './agent-ledger.ts';
import type { ClientMessage, Initiation } from './client-messages.ts';
import type { ConversationRecord } from './conversation-record.ts';
import type { Talk } from './conversation-talk.ts';
import { clientError, type ServerMessage } from './server-messages.ts';
import type { ToolRunner } from './tool-runner.ts';

export interface InboxParts {
  record: ConversationRecord;
  pings: { answered(eventId: number): boolean };
  tools: ToolRunner;
  /** Tool calls of an MCP server that wait for the client's approval. */
  mcpCalls: Set<string>;
  context: string[];
  /** Takes audio that belongs to a load test; true when it did. */
  echo(audio: Buffer): boolean;
  /** There once the session was accepted. */
  talk(): Talk | undefined;
  initiate(initiation: Initiation): void;
  /** The caller gave a sign of life. */
  noteInput(): void;
  send(message: ServerMessage): void;
  violation(kind: AgentViolationKind, detail: string): void;
  /** A violation that ends the conversation. */
  breach(kind: AgentViolationKind, detail: string): void;
}

/** What each message of a client does, once its form is right. */
export function createInbox(parts: InboxParts): (message: ClientMessage) => void {
  const { record, pings, tools, mcpCalls, context, talk, noteInput, send, violation, breach } = parts;
  const hear = (audio: Buffer) => {
    if (parts.echo(audio)) talk()?.noteActivity();
    else talk()?.hear(audio);
  };
  return message => {
    if (message.type === 'conversation_initiation_client_data') {
      if (record.initiation) return breach('ws-initiated-twice', 'the initiation came a second time');
      return parts.initiate(message);
    }
    if (!record.initiation) {
      return breach('ws-not-initiated', 'the first message has to be conversation_initiation_client_data');
    }
    const entered = record.acceptedAt !== undefined; // a waiting caller is not listened to
    switch (message.type) {
      case undefined:
        noteInput();
        if (entered) hear(Buffer.from(message.user_audio_chunk, 'base64'));
        return;
      case 'pong':
        if (!pings.answered(message.event_id)) {
          breach('pong-unknown', `no ping with the id ${message.event_id} waits for an answer`);
        }
        return;
      case 'user_message':
        noteInput();
        if (entered && message.text) talk()?.read(message.text, message.source_medium ?? 'text');
        return;
      case 'multimodal_message': {
        noteInput();
        const files = (message.files?.length ?? 0) + (message.file ? 1 : 0);
        if (files) send(clientError('value_error', 'no file with such an id was uploaded to this conversation'));
        if (entered && message.text?.text) talk()?.read(message.text.text, message.text.source_medium ?? 'text');
        return;
      }
      case 'user_activity':
        noteInput();
        return talk()?.noteActivity();
      case 'contextual_update':
        context.push(message.text);
        talk()?.told(message.text);
        return;
      case 'client_tool_result':
        return tools.answer(message);
      case 'mcp_tool_approval_result':
        if (!mcpCalls.delete(message.tool_call_id)) {
          violation('tool-result-unknown', `no call ${message.tool_call_id} waits for an approval`);
        }
        return;
      case 'feedback':
        record.feedback.likes += message.score === 'like' ? 1 : 0;
        record.feedback.dislikes += message.score === 'dislike' ? 1 : 0;
        return;
    }
  };
}
