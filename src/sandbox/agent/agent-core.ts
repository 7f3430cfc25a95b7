import type { FingerprintIndex } from '../audio/fingerprint.ts';
import type { TwinClock } from '../clock.ts';
import type { Agent, Scenario } from '../scenarios/scenario.ts';
import type { AdmissionDesk } from './admission.ts';
import type { AgentDocument } from './agent-document.ts';
import type { AgentFaultBoard } from './agent-faults.ts';
import type { AgentLedger } from './agent-ledger.ts';
import type { AudioFormat } from './audio-format.ts';
import type { ConversationBook } from './conversation-book.ts';
import type { PostCallWebhook } from './post-call-webhook.ts';
import type { SignedUrls } from './signed-urls.ts';

/** An agent with its present configuration. */
export interface HostedAgent {
  readonly agent: Agent;
  document: AgentDocument;
}

/** What all conversations of one twin share. */
export interface AgentCore {
  readonly apiKey: string;
  readonly clock: TwinClock;
  readonly ledger: AgentLedger;
  readonly faults: AgentFaultBoard;
  readonly scenario: Scenario;
  /** By agent id, in the order in which they are listed. */
  readonly agents: Map<string, HostedAgent>;
  readonly book: ConversationBook;
  readonly admission: AdmissionDesk;
  readonly webhook: PostCallWebhook;
  readonly signedUrls: SignedUrls;
  /** Which clips to recognise in audio that arrives in this format. */
  fingerprints(format: AudioFormat): FingerprintIndex;
  /** How long a ping may stay unanswered, in real time. */
  readonly pongTimeoutMs: number;
  newId(prefix: string): string;
}
