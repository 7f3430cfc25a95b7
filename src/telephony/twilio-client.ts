import type { Readable } from 'node:stream';
import { Pool, request } from 'undici';
import type { Metrics } from '../ops/metrics.ts';
import { secondsBuckets } from '../ops/metrics.ts';
import { CarrierError, type CarrierFault } from './carrier-contract.ts';
import { carrierRefusal, carrierRiddle, carrierSilence } from './twilio-errors.ts';
import { asObject, type Json } from './twilio-values.ts';

/** What is asked of the carrier, as its metrics name it. */
export const carrierOperations = [
  'dial',
  'call',
  'find',
  'live',
  'hang-up',
  'redirect',
  'limit',
  'start-recording',
  'recording',
  'recordings',
  'recording-media',
  'delete-recording',
  'numbers',
  'connect-number',
  'caller-ids',
  'account',
  'balance',
] as const;
export type CarrierOperation = (typeof carrierOperations)[number];

/** Parameters as the carrier spells them; a list is sent once per entry. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>;

export interface TwilioClientOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Without a closing slash; a path prefix is kept. */
  readonly baseUrl: string;
  readonly metrics: Metrics;
  readonly timeoutMs?: number;
}

interface Ask {
  readonly operation: CarrierOperation;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the account, such as `Calls.json`. */
  readonly path: string;
  readonly parameters?: Parameters;
  readonly signal?: AbortSignal;
}

/** Requests to one account of the carrier, over connections that stay open. */
export interface TwilioClient {
  /** Reads; asked once more when the first try failed on the way. */
  get(operation: CarrierOperation, path: string, parameters?: Parameters, signal?: AbortSignal): Promise<Json>;
  /** All items of a list, page after page. */
  list(
    operation: CarrierOperation,
    path: string,
    key: string,
    parameters: Parameters,
    most: number,
  ): Promise<unknown[]>;
  /** Changes something; `repeatable` when doing it twice is doing it once. */
  post(
    operation: CarrierOperation,
    path: string,
    parameters: Parameters,
    options?: { repeatable?: boolean },
  ): Promise<Json>;
  /** Removes something; doing it twice is doing it once. */
  remove(operation: CarrierOperation, path: string): Promise<void>;
  /** A file that is too large for memory; the caller reads it to its end or destroys it. */
  download(operation: CarrierOperation, path: string, parameters: Parameters, signal?: AbortSignal): Promise<Download>;
  close(): Promise<void>;
}

export interface Download {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

const defaultTimeoutMs = 15_000;
const connectTimeoutMs = 5_000;
const largestAnswer = 8 * 1024 * 1024;
/** Twilio lets an account ask about a hundred things at once; dialling needs far fewer. */
const mostConnections = 32;
const pauseBeforeRetryMs = 250;

export function createTwilioClient(options: TwilioClientOptions): TwilioClient {
  const { accountSid, authToken, baseUrl, metrics, timeoutMs = defaultTimeoutMs } = options;
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/+$/, '');
  const account = `/2010-04-01/Accounts/${accountSid}`;
  const headers = {
    authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
    accept: 'application/json',
    'user-agent': 'parley',
  };
  const pool = new Pool(origin, {
    connections: mostConnections,
    keepAliveTimeout: 10_000,
    connect: { timeout: connectTimeoutMs },
  });
  const requests = metrics.counter('carrier_requests_total', 'Requests to the carrier.', ['operation', 'result']);
  const retries = metrics.counter('carrier_retries_total', 'Requests to the carrier that were sent once more.', [
    'operation',
  ]);
  const seconds = metrics.histogram('carrier_request_seconds', 'Time the carrier takes to answer.', secondsBuckets, [
    'operation',
  ]);

  /** One try. */
  async function send({ operation, method, path, parameters = {}, signal }: Ask): Promise<Json> {
    const form = encode(parameters);
    const query = method === 'GET' && form ? `${path.includes('?') ? '&' : '?'}${form}` : '';
    const limit = AbortSignal.timeout(timeoutMs);
    const dialled = operation === 'dial';
    let answer: { status: number; retryAfter: string | undefined; text: string };
    try {
      const response = await pool.request({
        method,
        path: prefix + path + query,
        headers: method === 'POST' ? { ...headers, 'content-type': 'application/x-www-form-urlencoded' } : headers,
        ...(method === 'POST' ? { body: form } : {}),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const retryAfter = [response.headers['retry-after']].flat()[0];
      answer = { status: response.statusCode, retryAfter, text: await bounded(response.body) };
    } catch (error) {
      throw carrierSilence(error, !neverSent(error), dialled);
    }
    if (answer.status === 204) return {};
    const body = parsed(answer.text);
    if (answer.status < 200 || answer.status > 299) throw carrierRefusal({ ...answer, body, dialled }, Date.now());
    try {
      return asObject(body, 'the answer');
    } catch {
      throw carrierRiddle('it is not a JSON object', answer.status, dialled);
    }
  }

  /** One try to open a file. A redirect is followed once and without our credentials, which are nobody else's business. */
  async function open(path: string, parameters: Parameters, signal: AbortSignal | undefined): Promise<Download> {
    const form = encode(parameters);
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, ...(signal ? { signal } : {}) };
    const accept = { ...headers, accept: '*/*' };
    let response = await pool
      .request({ method: 'GET', path: `${prefix}${account}${path}${form && `?${form}`}`, headers: accept, ...limits })
      .catch(error => Promise.reject(carrierSilence(error, !neverSent(error), false)));
    const location = [response.headers['location']].flat()[0];
    if (response.statusCode >= 300 && response.statusCode < 400 && location !== undefined) {
      await response.body.dump();
      const elsewhere = new URL(location, baseUrl);
      if (elsewhere.protocol !== 'https:' && elsewhere.origin !== origin)
        throw carrierRiddle('the file is said to be at an unsafe address', response.statusCode, false);
      response = await request(elsewhere, { method: 'GET', headers: { accept: '*/*' }, ...limits }).catch(error =>
        Promise.reject(carrierSilence(error, !neverSent(error), false)),
      );
    }
    const { statusCode: status, body } = response;
    if (status === 200) return { headers: response.headers, body };
    const retryAfter = [response.headers['retry-after']].flat()[0];
    const text = await bounded(body).catch(() => '');
    throw carrierRefusal({ status, retryAfter, body: parsed(text), dialled: false }, Date.now());
  }

  /** A request as one measurement, tried twice where that is safe. */
  async function measured<T>(operation: CarrierOperation, repeatable: () => boolean, tryOnce: () => Promise<T>) {
    const startedAt = performance.now();
    let result: CarrierFault | 'ok' = 'unavailable';
    try {
      const answer = await tryOnce().catch(async (error: unknown) => {
        if (!repeatable() || !mayPass(error)) throw error;
        retries.inc({ operation });
        await pause(pauseBeforeRetryMs * (1 + Math.random()));
        return tryOnce();
      });
      result = 'ok';
      return answer;
    } catch (error) {
      if (error instanceof CarrierError) result = error.fault;
      throw error;
    } finally {
      requests.inc({ operation, result });
      seconds.observe({ operation }, (performance.now() - startedAt) / 1000);
    }
  }

  const ask = (asked: Ask, repeatable: boolean): Promise<Json> =>
    measured(
      asked.operation,
      () => repeatable && !asked.signal?.aborted,
      () => send(asked),
    );

  const get: TwilioClient['get'] = (operation, path, parameters = {}, signal) =>
    ask({ operation, method: 'GET', path: `${account}${path}`, parameters, ...(signal ? { signal } : {}) }, true);

  return {
    get,
    post: (operation, path, parameters, { repeatable = false } = {}) =>
      ask({ operation, method: 'POST', path: `${account}${path}`, parameters }, repeatable),
    async list(operation, path, key, parameters, most) {
      const items: unknown[] = [];
      const seen = new Set<string>();
      let page = await get(operation, path, parameters);
      for (;;) {
        const entries = page[key];
        if (!Array.isArray(entries)) throw carrierRiddle(`${key} is no list`, 200, false);
        items.push(...entries.slice(0, most - items.length));
        const next = page['next_page_uri'];
        if (typeof next !== 'string' || next === '' || items.length >= most) return items;
        // The address is followed as it is, but never out of our account, and never in circles.
        if (!next.startsWith(`${account}/`) || seen.has(next))
          throw carrierRiddle('next_page_uri leads astray', 200, false);
        seen.add(next);
        page = await ask({ operation, method: 'GET', path: next }, true);
      }
    },
    async remove(operation, path) {
      await ask({ operation, method: 'DELETE', path: `${account}${path}` }, true);
    },
    download: (operation, path, parameters, signal) =>
      measured(
        operation,
        () => !signal?.aborted,
        () => open(path, parameters, signal),
      ),
    close: () => pool.destroy(),
  };
}

function encode(parameters: Parameters): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) form.append(name, each);
  }
  return form.toString();
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > largestAnswer) throw new Error(`the carrier's answer is longer than ${largestAnswer} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Failures before the first byte left: nobody can have acted on the request. */
const unsentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
]);

function neverSent(error: unknown): boolean {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string' && unsentCodes.has(code)) return true;
  // Several addresses of one host, none of which could be reached.
  return Array.isArray(errors) && errors.length > 0 && errors.every(neverSent);
}

/** Whether the same request may succeed a moment later. */
const mayPass = (error: unknown): boolean =>
  error instanceof CarrierError &&
  (error.fault === 'unavailable' || (error.fault === 'busy' && (error.retryAfterMs ?? 0) <= 1_000));

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
