/** How to reach the carrier, whichever it is: the real vendor from the configuration, or the sandbox. */
export interface CarrierAccess {
  readonly accountSid: string;
  readonly authToken: string;
  /** Without a closing slash. */
  readonly apiBaseUrl: string;
  /** The number calls come from by default. */
  readonly phoneNumber: string | undefined;
  readonly sandbox: boolean;
}

/** How to reach the voice agents' vendor, whichever it is. */
export interface AgentAccess {
  readonly apiKey: string;
  /** Without a closing slash. */
  readonly apiBaseUrl: string;
  /** The agent of the first start. */
  readonly agentId: string | undefined;
  /** For whom that agent speaks; vendors do not tell. */
  readonly business: string | undefined;
  /** Checks post-call webhooks; without one they cannot be taken. */
  readonly webhookSecret: string | undefined;
  readonly sandbox: boolean;
}

/** Whom the product talks to. Ask here and not the configuration, which does not know the sandbox's addresses. */
export interface FarEnds {
  readonly carrier: CarrierAccess;
  readonly agent: AgentAccess;
}

declare module 'fastify' {
  interface FastifyInstance {
    farEnds: FarEnds;
  }
}
