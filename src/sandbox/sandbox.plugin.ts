import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { AgentAccess, CarrierAccess } from '../far-ends.ts';
import { agentIdOf } from './agent/agent-document.ts';
import { type AgentTwin, startAgentTwin } from './agent/agent-twin.ts';
import { type CarrierTwin, startCarrierTwin } from './carrier/carrier-twin.ts';
import type { DeliverMap } from './carrier/deliver-map.ts';
import { businessOf, type DemoSet, demoSetOf } from './scenarios/demo-set.ts';
import { loadScenario, type Scenario } from './scenarios/scenario.ts';

/** The far ends that are stood in for; null where the real vendor is used. */
export interface Sandbox {
  readonly carrier: CarrierTwin | null;
  readonly agent: AgentTwin | null;
  /** Whom a demonstration calls; null where the carrier is real. */
  readonly demo: DemoSet | null;
}

declare module 'fastify' {
  interface FastifyInstance {
    sandbox: Sandbox;
  }
}

/**
 * Starts the twins that the configuration asks for, on free loopback ports, and closes them with the application; tells the rest
 * of the product how to reach its far ends, whoever they are.
 */
export const sandboxPlugin = fp(
  async app => {
    const { config } = app.operations;
    // Both sides play the same scenario; it is read once, and not at all where both vendors are real.
    const scenario = config.sandbox.carrier || config.sandbox.agent ? loadScenario() : undefined;
    const carrier = config.sandbox.carrier ? await ownCarrier(app, scenario!) : null;
    const agent = config.sandbox.agent ? await ownAgent(app, scenario!) : null;
    app.decorate('sandbox', { carrier, agent: agent?.twin ?? null, demo: carrier && demoSetOf(scenario!) });
    app.decorate('farEnds', {
      carrier: carrier ? accessTo(carrier) : realCarrier(app),
      agent: agent?.access ?? realAgent(app),
    });
  },
  { name: 'sandbox', dependencies: ['addresses'] },
);

/** Their faults are ours: a twin complains about what the product sent. */
const complainsTo =
  (app: FastifyInstance) =>
  ({ kind, detail }: { kind: string; detail: string }) =>
    app.operations.logging.component('sandbox').warn({ kind, detail }, 'protocol violation');

/** Credentials that nobody was given: whoever can reach the product must not be able to sign for its far ends. */
const madeUp = (bytes: number) => randomBytes(bytes).toString('hex');

async function ownCarrier(app: FastifyInstance, scenario: Scenario): Promise<CarrierTwin> {
  const { config, dependencies } = app.operations;
  const twin = await startCarrierTwin({
    callsPerSecond: config.TWILIO_CPS,
    authToken: config.TWILIO_AUTH_TOKEN ?? madeUp(16),
    ...(config.TWILIO_ACCOUNT_SID ? { accountSid: config.TWILIO_ACCOUNT_SID } : {}),
    ...(config.TWILIO_PHONE_NUMBER ? { phoneNumber: config.TWILIO_PHONE_NUMBER } : {}),
    // What is meant for our public address comes straight to this process, signed for the public one.
    deliver: () => deliveryTo(app),
    scenario,
    onViolation: complainsTo(app),
  });
  app.addHook('onClose', () => twin.close());
  const { accountSid, authToken, baseUrl } = twin;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const check = () => answers(`${baseUrl}/2010-04-01/Accounts/${accountSid}.json`, { authorization });
  dependencies.register({ name: 'carrier', critical: true, check });
  return twin;
}

function deliveryTo(app: FastifyInstance): DeliverMap {
  if (app.server.listening) return { [app.publicAddress.http('/')]: app.localOrigin() };
  // Until then nothing may leave for the world: whoever stands at the public address now is not this process.
  const { SERVER_URL } = app.operations.config;
  return SERVER_URL === undefined ? {} : { [SERVER_URL]: 'http://127.0.0.1:0' };
}

async function ownAgent(app: FastifyInstance, scenario: Scenario): Promise<{ twin: AgentTwin; access: AgentAccess }> {
  const { config, dependencies } = app.operations;
  const webhookSecret = config.ELEVENLABS_WEBHOOK_SECRET ?? `wsec_${madeUp(32)}`;
  const twin = await startAgentTwin({
    apiKey: config.ELEVENLABS_API_KEY ?? `sk_${madeUp(24)}`,
    webhookUrl: () => `${app.localOrigin()}/webhooks/elevenlabs`,
    webhookSecret,
    scenario,
    onViolation: complainsTo(app),
  });
  app.addHook('onClose', () => twin.close());
  const check = () => answers(`${twin.baseUrl}/v1/convai/agents`, { 'xi-api-key': twin.apiKey });
  dependencies.register({ name: 'agent', critical: false, check });
  // With SANDBOX=on a real agent's id may be configured, which the twin has never heard of.
  const agent = scenario.agents.find(each => agentIdOf(each) === config.ELEVENLABS_AGENT_ID) ?? scenario.agents[0]!;
  const access: AgentAccess = {
    apiKey: twin.apiKey,
    apiBaseUrl: twin.baseUrl,
    agentId: agentIdOf(agent),
    business: businessOf(scenario, agent)?.name,
    webhookSecret,
    sandbox: true,
  };
  return { twin, access };
}

const accessTo = ({ accountSid, authToken, baseUrl, phoneNumber }: CarrierTwin): CarrierAccess => ({
  accountSid,
  authToken,
  apiBaseUrl: baseUrl,
  phoneNumber,
  sandbox: true,
});

/** The configuration has checked that a side which is not stood in for has its credentials. */
const realCarrier = ({ operations: { config } }: FastifyInstance): CarrierAccess => ({
  accountSid: config.TWILIO_ACCOUNT_SID!,
  authToken: config.TWILIO_AUTH_TOKEN!,
  apiBaseUrl: config.TWILIO_API_BASE_URL,
  phoneNumber: config.TWILIO_PHONE_NUMBER,
  sandbox: false,
});

const realAgent = ({ operations: { config } }: FastifyInstance): AgentAccess => ({
  apiKey: config.ELEVENLABS_API_KEY!,
  apiBaseUrl: config.ELEVENLABS_API_BASE_URL,
  agentId: config.ELEVENLABS_AGENT_ID,
  business: undefined,
  webhookSecret: config.ELEVENLABS_WEBHOOK_SECRET,
  sandbox: false,
});

async function answers(url: string, headers: Record<string, string>) {
  const startedAt = performance.now();
  // How long an answer may take is for whoever asks to say; this only ends what nobody waits for any more.
  const { ok } = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  if (!ok) return { state: 'down' as const, detail: 'the sandbox refuses its own account' };
  const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
  return { state: 'up' as const, latencyMs, detail: 'the sandbox' };
}
