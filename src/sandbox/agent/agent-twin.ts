import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { linearOfMulaw, mulawOfLinear } from '../../audio/mulaw.ts';
import { createClip } from '../audio/clip-library.ts';
import { createFingerprintIndex, type FingerprintIndex } from '../audio/fingerprint.ts';
import { createTwinClock, type TwinClock } from '../clock.ts';
import { loadScenario, type Scenario } from '../scenarios/scenario.ts';
import { createAdmissionDesk } from './admission.ts';
import type { AgentCore } from './agent-core.ts';
import { agentIdOf, createAgentDocument, type ServerTools } from './agent-document.ts';
import { createAgentFaultBoard } from './agent-faults.ts';
import { type AgentViolation, createAgentLedger } from './agent-ledger.ts';
import { registerAgentRoutes } from './agents.routes.ts';
import { registerAgentControlRoutes } from './control.routes.ts';
import { type AgentControl, createAgentControl } from './control.ts';
import { createConversationBook } from './conversation-book.ts';
import { acceptConversations } from './conversation-upgrade.ts';
import { registerConversationRoutes } from './conversations.routes.ts';
import { createPostCallWebhook } from './post-call-webhook.ts';
import { createAgentRestServer } from './rest-server.ts';
import { createSignedUrls } from './signed-urls.ts';

export interface AgentTwinOptions {
  port?: number;
  host?: string;
  apiKey?: string;
  /** Where finished conversations are reported, asked at every report if it is a function; without it they are only kept. */
  webhookUrl?: string | (() => string);
  webhookSecret?: string;
  /** The vendor repeats failed reports only where this is switched on. */
  webhookRetries?: boolean;
  /** A scenario, or the path of a scenario file; the demo without one. */
  scenario?: Scenario | string;
  clock?: TwinClock;
  /** Where the product answers tools over HTTP; without it the script's tools are client tools. */
  serverTools?: ServerTools;
  /** Conversations the workspace may have at a time; any number without it. */
  concurrency?: number;
  pongTimeoutMs?: number;
  onViolation?: (violation: AgentViolation) => void;
}

export interface AgentTwin {
  /** The address to use in place of `https://api.elevenlabs.io`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The first agent, which needs no variables. */
  readonly agentId: string;
  readonly control: AgentControl;
  readonly violations: readonly AgentViolation[];
  close(): Promise<void>;
}

export const defaultAgentKey: string = `sk_${'5a'.repeat(24)}`;

/** Starts an agent of our own that speaks ElevenLabs' protocols: REST, the conversation socket and the post-call webhook. */
export async function startAgentTwin(options: AgentTwinOptions = {}): Promise<AgentTwin> {
  const scenario = typeof options.scenario === 'object' ? options.scenario : loadScenario(options.scenario);
  if (!scenario.agents.length) throw new Error(`the scenario ${scenario.name} has no agents: list at least one`);
  if (options.webhookUrl && !options.webhookSecret) throw new Error('webhookUrl needs a webhookSecret to sign with');
  const clock = options.clock ?? createTwinClock();
  const now = () => clock.now();
  const faults = createAgentFaultBoard();
  const target = options.webhookUrl
    ? { url: options.webhookUrl, secret: options.webhookSecret!, retries: options.webhookRetries ?? false }
    : undefined;
  const core: AgentCore = {
    apiKey: options.apiKey || defaultAgentKey,
    clock,
    ledger: createAgentLedger(now, options.onViolation),
    faults,
    scenario,
    agents: new Map(
      scenario.agents.map(agent => [
        agentIdOf(agent),
        { agent, document: createAgentDocument(agent, scenario, now(), options.serverTools) },
      ]),
    ),
    book: createConversationBook(),
    admission: createAdmissionDesk(options.concurrency ?? Number.POSITIVE_INFINITY, now),
    webhook: createPostCallWebhook(target, clock, faults),
    signedUrls: createSignedUrls(now),
    fingerprints: fingerprintsOf(scenario),
    pongTimeoutMs: options.pongTimeoutMs ?? 15_000,
    newId: prefix => `${prefix}_${randomBytes(14).toString('hex')}`,
  };
  const app = createAgentRestServer(core);
  let baseUrl = '';
  registerAgentRoutes(app, core);
  registerConversationRoutes(app, core, () => baseUrl.replace(/^http/, 'ws'));
  const control = createAgentControl(core);
  registerAgentControlRoutes(app, control);
  const sockets = acceptConversations(app.server, core);
  await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  baseUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  return {
    baseUrl,
    apiKey: core.apiKey,
    agentId: agentIdOf(scenario.agents[0]!),
    control,
    violations: core.ledger.violations,
    async close() {
      core.webhook.close();
      for (const live of [...core.book.live.values()]) live.drop();
      sockets.close();
      await app.close();
    },
  };
}

/** Linear audio knows one zero where mu-law has two: clips that come that way are looked for in the form they arrive in. */
function fingerprintsOf(scenario: Scenario): AgentCore['fingerprints'] {
  let mulaw: FingerprintIndex | undefined;
  let linear: FingerprintIndex | undefined;
  return format => {
    if (format === 'ulaw_8000') {
      mulaw ??= createFingerprintIndex(scenario.clips.clips);
      return mulaw;
    }
    linear ??= createFingerprintIndex(
      scenario.clips.clips.map(({ id, text, voice, bytes }) =>
        createClip({ id, text, voice }, Buffer.from(bytes.map(byte => mulawOfLinear(linearOfMulaw[byte]!)))),
      ),
    );
    return linear;
  };
}
