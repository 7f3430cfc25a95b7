import { Pool } from 'undici';
import type { EngineAgent, EngineReservation, VendorAgent, VendorAgentSummary } from '../engine-contract.ts';
import { type Asked, failureOf, unreachable } from './api-errors.ts';
import { callIdVariable } from './session-start-protocol.ts';
import { vendorAgentOf, vendorAgentPage } from './vendor-agent-protocol.ts';

export interface ElevenLabsApiOptions {
  /** Also of a stand-in; a path prefix is kept. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

export interface ElevenLabsApi {
  reserve(agent: EngineAgent, signal?: AbortSignal): Promise<EngineReservation>;
  agents(): Promise<VendorAgentSummary[]>;
  agent(vendorAgentId: string): Promise<VendorAgent>;
  /** The vendor's record of a conversation, as it stands; null while there is none. */
  conversation(conversationId: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** The conversation that was opened for a call of ours; null when there is none. */
  conversationOfCall(callId: string, vendorAgentId: string): Promise<string | null>;
  /** Every conversation that was opened for a call of ours, whichever agent had it; at most 100. */
  conversationsOfCall(callId: string): Promise<string[]>;
  close(): Promise<void>;
}

/** The vendor lets a session begin within 15 minutes; a call that is answered in the last one still finds it valid. */
const reservedForMs = 14 * 60_000;
const longestAnswer = 32 * 1024 * 1024;
const mostAgentPages = 20;

/** ElevenLabs' REST API, over one pool of connections that are kept open. Every rejection is an `EngineError`. */
export function createElevenLabsApi({
  baseUrl,
  apiKey,
  timeoutMs = 8_000,
  now = Date.now,
}: ElevenLabsApiOptions): ElevenLabsApi {
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/+$/, '');
  const pool = new Pool(origin, {
    connections: 16,
    keepAliveTimeout: 60_000,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  const get = async (path: string, query: Record<string, string>, asked: Asked, signal?: AbortSignal) => {
    const search = new URLSearchParams(query).toString();
    const limit = AbortSignal.timeout(timeoutMs);
    const given = signal ? AbortSignal.any([signal, limit]) : limit;
    const ask = async () => {
      const { statusCode, body } = await pool.request({
        method: 'GET',
        path: `${prefix}${path}${search === '' ? '' : `?${search}`}`,
        headers: { 'xi-api-key': apiKey, accept: 'application/json' },
        signal: given,
      });
      return { status: statusCode, text: await bounded(body) };
    };
    // A connection that was kept open may have been closed by the other side just now: reading is asked once more.
    const { status, text } = await ask()
      .catch((error: unknown) => (given.aborted ? Promise.reject(error) : ask()))
      .catch((error: unknown) => {
        throw unreachable(problemOf(error), error);
      });
    const answer = parsed(text);
    if (status !== 200) throw failureOf(status, answer, asked);
    if (typeof answer !== 'object' || answer === null) throw unreachable('the answer is no JSON object');
    return answer;
  };

  return {
    async reserve({ vendorAgentId }, signal) {
      const askedAt = now();
      const answer = await get(
        '/v1/convai/conversation/get-signed-url',
        { agent_id: vendorAgentId },
        'session',
        signal,
      );
      const { signed_url: secret } = answer as { signed_url?: unknown };
      if (typeof secret !== 'string' || !/^wss?:\/\//.test(secret))
        throw unreachable('the answer has no signed address');
      return { kind: 'elevenlabs', vendorAgentId, secret, expiresAt: new Date(askedAt + reservedForMs) };
    },

    async agents() {
      const found: VendorAgentSummary[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < mostAgentPages; pages += 1) {
        const query: Record<string, string> = { page_size: '100', ...(cursor === null ? {} : { cursor }) };
        const page = vendorAgentPage(await get('/v1/convai/agents', query, 'agents'));
        if (!page) throw unreachable('the answer is no list of agents');
        found.push(...page.agents);
        cursor = page.next;
        if (cursor === null) break;
      }
      return found;
    },

    async agent(vendorAgentId) {
      const agent = vendorAgentOf(await get(`/v1/convai/agents/${encodeURIComponent(vendorAgentId)}`, {}, 'agent'));
      if (!agent) throw unreachable('the answer is no agent');
      return agent;
    },

    async conversation(conversationId) {
      const path = `/v1/convai/conversations/${encodeURIComponent(conversationId)}`;
      const answer = await get(path, {}, 'conversation').catch((error: { httpStatus?: number | null }) => {
        if (error.httpStatus === 404) return null;
        throw error;
      });
      return answer as Readonly<Record<string, unknown>> | null;
    },

    async conversationOfCall(callId, vendorAgentId) {
      const query = {
        agent_id: vendorAgentId,
        dynamic_variable_params: `${callIdVariable}:eq:${callId}`,
        page_size: '1',
      };
      const { conversations } = (await get('/v1/convai/conversations', query, 'conversation')) as {
        conversations?: readonly { conversation_id?: unknown }[];
      };
      const id = Array.isArray(conversations) ? conversations[0]?.conversation_id : undefined;
      return typeof id === 'string' ? id : null;
    },

    async conversationsOfCall(callId) {
      const query = { dynamic_variable_params: `${callIdVariable}:eq:${callId}`, page_size: '100' };
      const { conversations } = (await get('/v1/convai/conversations', query, 'conversation')) as {
        conversations?: readonly { conversation_id?: unknown }[];
      };
      return (Array.isArray(conversations) ? conversations : [])
        .map(({ conversation_id }) => conversation_id)
        .filter((id): id is string => typeof id === 'string');
    },

    // What is still under way when the process ends belongs to nobody.
    close: () => pool.destroy(),
  };
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > longestAnswer) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In words of ours: a network error's own text names addresses. */
function problemOf(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || code?.endsWith('TIMEOUT')) return 'no answer in time';
  if (name === 'AbortError') return 'given up by us';
  return code && /^[A-Z_]{3,40}$/.test(code) ? code : 'the connection failed';
}
