import fp from 'fastify-plugin';
import { type AgentTwin, startAgentTwin } from './agent/agent-twin.ts';
import { type CarrierTwin, startCarrierTwin } from './carrier/carrier-twin.ts';
import { loadScenario } from './scenarios/scenario.ts';

/** The far ends that are stood in for; null where the real vendor is used. */
export interface Sandbox {
  readonly carrier: CarrierTwin | null;
  readonly agent: AgentTwin | null;
}

declare module 'fastify' {
  interface FastifyInstance {
    sandbox: Sandbox;
  }
}

/** Starts the twins that the configuration asks for, on free loopback ports, and closes them with the application. */
export const sandboxPlugin = fp(
  async app => {
    const { config, dependencies, logging } = app.operations;
    const log = logging.component('sandbox');
    // Their faults are ours: a twin complains about what the product sent.
    const onViolation = ({ kind, detail }: { kind: string; detail: string }) =>
      log.warn({ kind, detail }, 'protocol violation');
    // Both sides play the same scenario; it is read once, and not at all where both vendors are real.
    const scenario = config.sandbox.carrier || config.sandbox.agent ? loadScenario() : undefined;
    const shared = { onViolation, ...(scenario ? { scenario } : {}) };
    const carrier = config.sandbox.carrier
      ? await startCarrierTwin({
          callsPerSecond: config.TWILIO_CPS,
          ...(config.TWILIO_PHONE_NUMBER ? { phoneNumber: config.TWILIO_PHONE_NUMBER } : {}),
          ...shared,
        })
      : null;
    if (carrier) app.addHook('onClose', () => carrier.close());
    const agent = config.sandbox.agent ? await startAgentTwin(shared) : null;
    if (agent) app.addHook('onClose', () => agent.close());
    app.decorate('sandbox', { carrier, agent });

    const answers = async (url: string, headers: Record<string, string>) => {
      const startedAt = performance.now();
      const { ok } = await fetch(url, { headers, signal: AbortSignal.timeout(1000) });
      return ok
        ? {
            state: 'up' as const,
            latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
            detail: 'the sandbox',
          }
        : { state: 'down' as const, detail: 'the sandbox refuses its own account' };
    };
    if (carrier) {
      const { accountSid, authToken, baseUrl } = carrier;
      const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
      const check = () => answers(`${baseUrl}/2010-04-01/Accounts/${accountSid}.json`, { authorization });
      dependencies.register({ name: 'carrier', critical: true, check });
    }
    if (agent) {
      const check = () => answers(`${agent.baseUrl}/v1/convai/agents`, { 'xi-api-key': agent.apiKey });
      dependencies.register({ name: 'agent', critical: false, check });
    }
  },
  { name: 'sandbox' },
);
