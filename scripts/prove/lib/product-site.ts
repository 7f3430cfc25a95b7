import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type AgentTwin, startAgentTwin } from '../../../src/sandbox/agent/agent-twin.ts';
import { type CarrierTwin, startCarrierTwin } from '../../../src/sandbox/carrier/carrier-twin.ts';
import { createTwinClock } from '../../../src/sandbox/clock.ts';
import { loadScenario, type Scenario } from '../../../src/sandbox/scenarios/scenario.ts';
import { root } from '../../lib/project.mjs';
import { startServer } from '../../lib/running-server.mjs';
import { type Switch, startSwitch } from './switch.ts';

export const publicOrigin = 'https://calls.example.com';
const API_KEY = 'an-invented-key-of-a-proof'; // allow-secret: invented

/** One running process of the product. */
export interface Product {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  output(): string;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  readonly closed: Promise<{ code: number | null; signal: string | null }>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into field by field
type Json = any;

/** Several processes of the built product on one store, with far ends and a balancer that outlive them. */
export interface ProductSite {
  readonly carrier: CarrierTwin;
  readonly agent: AgentTwin;
  readonly router: Switch;
  readonly scenario: Scenario;
  /** What lets a program do everything. */
  readonly apiKey: string;
  /** The folder that all processes share. */
  readonly dataDir: string;
  start(name: string, env?: Record<string, string>, nodeOptions?: readonly string[]): Promise<Product>;
  /** A request to one process. */
  ask(product: Product, method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }>;
  /** Stops or continues the store's process where it stands: for the product it is away, and then back. */
  freezeStore(frozen: boolean): void;
  /** `kill -9` of the store's process. */
  killStore(): Promise<void>;
  /** Brings it back on its files, at its address. */
  restartStore(): Promise<void>;
  /** What the carrier and the agent complained about. */
  complaints(): string[];
  close(): Promise<void>;
}

export interface SiteOptions {
  /** How much faster than life people, agents and the network are. */
  readonly scale?: number;
  readonly scenario?: Scenario;
  readonly env?: Record<string, string>;
  readonly callsPerSecond?: number;
  readonly recognise?: boolean;
}

/** People who pick up at once: nothing here is about ringing. */
export function promptPeople(): Scenario {
  const scenario = loadScenario();
  return { ...scenario, people: scenario.people.map(person => ({ ...person, ringsMs: 1_000 })) };
}

export async function startProductSite(options: SiteOptions = {}): Promise<ProductSite> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-proof-'));
  const scenario = options.scenario ?? promptPeople();
  const clock = createTwinClock(options.scale ?? 1);
  const storeDir = join(folder, 'store');
  let store = await serveStore(storeDir);
  const router = await startSwitch();
  const carrier = await startCarrierTwin({
    authToken: randomBytes(16).toString('hex'),
    deliver: { [publicOrigin]: router.url },
    scenario,
    clock,
    callsPerSecond: options.callsPerSecond ?? 10,
    recognise: options.recognise ?? true,
  });
  const agent = await startAgentTwin({ apiKey: `sk_${randomBytes(12).toString('hex')}`, scenario, clock });
  const products = new Set<Product>();

  const env = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    MONGODB_URI: store.uri.replace('/?', '/parley?'),
    // One host's processes share the folder, so that what a dead one left is found by the others.
    DATA_DIR: join(folder, 'data'),
    JWT_SECRET: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    API_KEY,
    ADMIN_EMAIL: 'admin@parley.example',
    ADMIN_PASSWORD: randomBytes(12).toString('hex'),
    SERVER_URL: publicOrigin,
    COMPANY_NAME: scenario.businesses?.[0]?.name ?? 'Northwind Dental',
    TWILIO_ACCOUNT_SID: carrier.accountSid,
    TWILIO_AUTH_TOKEN: carrier.authToken,
    TWILIO_PHONE_NUMBER: carrier.phoneNumber,
    TWILIO_API_BASE_URL: carrier.baseUrl,
    TWILIO_CPS: String(options.callsPerSecond ?? 10),
    ELEVENLABS_API_KEY: agent.apiKey,
    ELEVENLABS_API_BASE_URL: agent.baseUrl,
    ELEVENLABS_AGENT_ID: agent.agentId,
    RATE_LIMIT_PER_MINUTE: '100000',
    // Proofs share their machine with others; the guard against overload is not what they are about.
    OVERLOAD_DELAY_MS: '60000',
    ...options.env,
  };

  return {
    carrier,
    agent,
    router,
    scenario,
    apiKey: API_KEY,
    dataDir: env.DATA_DIR,
    async start(name, more = {}, nodeOptions = []) {
      const server = await startServer(process.execPath, [...nodeOptions, 'dist/server.js'], {
        env: { ...env, ...more },
      });
      const product: Product = {
        name,
        address: server.address,
        pid: server.pid as number,
        output: server.output,
        closed: server.closed as Product['closed'],
        async kill() {
          server.endGroup('SIGKILL');
          await server.closed;
        },
        async stop() {
          process.kill(server.pid as number, 'SIGTERM');
          return (await server.closed).code as number | null;
        },
      };
      products.add(product);
      void product.closed.then(() => products.delete(product));
      return product;
    },
    async ask({ address }, method, path, body) {
      const response = await fetch(new URL(path, address), {
        method,
        headers: {
          authorization: `Bearer ${API_KEY}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    freezeStore: frozen => void store.child.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    async killStore() {
      store.child.kill('SIGKILL');
      await store.closed;
    },
    async restartStore() {
      store = await serveStore(storeDir, Number(new URL(store.uri).port));
    },
    complaints: () => [...carrier.violations, ...agent.violations].map(({ kind, detail }) => `${kind}: ${detail}`),
    async close() {
      await Promise.all([...products].map(product => product.kill()));
      await Promise.all([carrier.close(), agent.close(), router.close()]);
      store.child.kill('SIGCONT');
      store.child.kill('SIGKILL');
      await store.closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `npm run store:serve`, which outlives every process of the product. */
async function serveStore(
  dir: string,
  port = 0,
): Promise<{ uri: string; child: ChildProcess; closed: Promise<unknown> }> {
  const child = spawn(
    'env',
    ['-u', 'NODE_OPTIONS', process.execPath, 'dist/store/serve-cli.js', '--port', String(port), '--dir', dir],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  const closed = new Promise(resolve => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('mongodb://')) return { uri: line.trim(), child, closed };
  }
  throw new Error('the store could not be served');
}

/** Waits until something holds, or tells what never came. */
export async function eventually<T>(
  look: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
