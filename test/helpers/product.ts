import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import type { Environment } from '../../src/config.ts';
import type { Scenario } from '../../src/sandbox/scenarios/scenario.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { startTestAgent, type TestAgent } from './agent-twin.ts';
import { type Answer, startApp, type TestApp, type TestAppOptions } from './app.ts';
import { startTestCarrier, type TestCarrier } from './carrier.ts';
import { testServerUri } from './store.ts';

export interface ProductOptions {
  readonly env?: Environment;
  /** How much faster than life the twins are. */
  readonly scale?: number;
  readonly scenario: string | Scenario;
  /** Where the carrier's requests go; without it to this process. */
  readonly origin?: () => string;
  readonly now?: () => Date;
}

/** The whole product, with nothing replaced, between two twins that are parted from it. */
export interface TestProduct extends TestApp {
  readonly carrier: TestCarrier;
  readonly agent: TestAgent;
  readonly env: Environment;
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Calls whoever answers as this person; resolves with our id and the carrier's. */
  dial(personId: string, order?: Record<string, unknown>): Promise<{ id: string; sid: string }>;
  /** The call as the API shows it once it is like this. */
  until(id: string, fits: (call: Answer['body']) => unknown, what: string): Promise<Answer['body']>;
  /** Resolves when something that was said on the call was heard and written down. */
  talking(id: string): Promise<void>;
  events(id: string): Promise<{ type: string; source: string; data: Record<string, unknown> }[]>;
  /** The types of the call's events once this one is among them: the last of them are written a moment after the end. */
  typesUpTo(id: string, type: string): Promise<string[]>;
  turns(id: string): Promise<{ role: string; text: string; heardText?: string; interrupted: boolean }[]>;
}

const publicOrigin = 'https://calls.example.com';
const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented
const callee = '+13125550142';

export async function startProduct(t: Test, options: ProductOptions): Promise<TestProduct> {
  const { scale = 10 } = options;
  const deliver: Record<string, string> = {};
  const carrier = await startTestCarrier(t, { scale, scenario: options.scenario, deliver });
  const agent = await startTestAgent(t, {
    scale,
    ...(typeof options.scenario === 'string' ? { scenario: options.scenario } : {}),
  });
  const env: Environment = {
    MONGODB_URI: inDatabase(await testServerUri(), `product_${randomBytes(6).toString('hex')}`),
    API_KEY,
    SERVER_URL: publicOrigin,
    COMPANY_NAME: 'Northwind Dental',
    TWILIO_ACCOUNT_SID: carrier.accountSid,
    TWILIO_AUTH_TOKEN: carrier.authToken,
    TWILIO_PHONE_NUMBER: carrier.phoneNumber,
    TWILIO_API_BASE_URL: carrier.baseUrl,
    TWILIO_CPS: '100',
    ELEVENLABS_API_KEY: agent.apiKey,
    ELEVENLABS_API_BASE_URL: agent.baseUrl,
    ELEVENLABS_AGENT_ID: agent.agentId,
    RATE_LIMIT_PER_MINUTE: '100000',
    ...options.env,
  };
  const product = await startProcess(t, { carrier, agent, env, ...(options.now ? { now: options.now } : {}) });
  Object.defineProperty(deliver, publicOrigin, { enumerable: true, get: options.origin ?? (() => product.url) });
  return product;
}

/** Another process of the same installation. */
export const startBeside = (
  t: Test,
  { carrier, agent, env }: TestProduct,
  more: Environment = {},
): Promise<TestProduct> => startProcess(t, { carrier, agent, env: { ...env, ...more } });

async function startProcess(
  t: Test,
  {
    carrier,
    agent,
    env,
    now,
  }: Pick<TestProduct, 'carrier' | 'agent' | 'env'> & { now?: NonNullable<TestAppOptions['now']> },
): Promise<TestProduct> {
  const test = await startApp(t, { env, ...(now ? { now } : {}) });
  const api: TestProduct['api'] = (method, path, body) =>
    test.call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  const product: TestProduct = {
    ...test,
    carrier,
    agent,
    env,
    api,
    async dial(personId, order = {}) {
      carrier.control.answerNext(personId);
      const { status, body } = await api('POST', '/api/calls', { to: callee, amd: { mode: 'off' }, ...order });
      if (status !== 201) throw new Error(`a call could not be placed: ${JSON.stringify(body)}`);
      return body.call;
    },
    async until(id, fits, what) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const { body } = await api('GET', `/api/calls/${id}`);
        if (fits(body.call)) return body.call;
        if (Date.now() > deadline) throw new Error(`the call never was ${what}: ${JSON.stringify(body)}`);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    },
    async talking(id) {
      const deadline = Date.now() + 20_000;
      while ((await product.turns(id)).length === 0) {
        if (Date.now() > deadline) throw new Error('nothing was said on the call');
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    },
    events: async id => (await api('GET', `/api/calls/${id}/events?limit=200`)).body.items,
    async typesUpTo(id, type) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const types = (await product.events(id)).map(event => event.type);
        if (types.includes(type)) return types;
        if (Date.now() > deadline) throw new Error(`never came: ${type} after ${types.join()}`);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    },
    turns: async id => (await api('GET', `/api/calls/${id}/transcript`)).body.turns,
  };
  return product;
}
