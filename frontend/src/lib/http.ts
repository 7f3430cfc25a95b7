import { address } from './address.ts';
import { ApiError, networkError, parseApiError } from './api-error.ts';
import { session } from './browser-session.ts';
import { reportAnswered, reportUnanswered } from './connection.ts';
import type { SessionUser } from './session.ts';

export type Query = Record<string, string | number | boolean | undefined>;

type RequestOptions = {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
};

/** One page of any list of the API. */
export type Page<T> = { items: T[]; nextCursor: string | null };

const TIMEOUT_MS = 20_000;
/** A hundred thousand lines, or an hour of sound, over a slow connection. */
export const FILE_TIMEOUT_MS = 10 * 60_000;

/**
 * Asks the API as the signed-in user and returns the parsed answer; throws ApiError otherwise. A refused token is renewed and the request sent
 * once more (it was not carried out the first time); if nobody can renew it, the sign-in dialog opens over the page.
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await answerTo(method, path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json().catch(() => null)) as T;
}

/** The same for a file, such as sound or a list to save. */
export async function requestFile(path: string, options: RequestOptions = {}): Promise<Blob> {
  return (await answerTo('GET', path, { timeoutMs: FILE_TIMEOUT_MS, ...options })).blob();
}

async function answerTo(method: string, path: string, options: RequestOptions): Promise<Response> {
  // Nothing can succeed until the sign-in dialog is done, and the pages' polling must not count as failed sign-ins.
  if (session.state.get().name === 'expired') throw sessionEnded();
  const token = await session.token();
  let response = await send(method, path, options, token);
  if (response.status === 401 && (await session.renew(token ?? '')) === 'renewed') {
    response = await send(method, path, options, await session.token());
  }
  if (response.ok) return response;
  const error = parseApiError(response.status, await response.json().catch(() => null), response.headers);
  if (error.unreachable) reportUnanswered();
  if (response.status === 403) refreshRights();
  throw error;
}

const sessionEnded = () => new ApiError({ status: 401, code: 'AUTH_REQUIRED', message: 'The session ended.' });

async function send(
  method: string,
  path: string,
  { query, body, headers: more, signal, timeoutMs = TIMEOUT_MS }: RequestOptions,
  token: string | null,
) {
  const url = new URL(address(path));
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { accept: 'application/json', ...more };
  if (token) headers['authorization'] = `Bearer ${token}`;
  // A form names its own boundary.
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers['content-type'] = 'application/json';
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    reportAnswered();
    return response;
  } catch (cause) {
    if (signal?.aborted) throw cause; // the page was left: not a fault of the connection
    reportUnanswered();
    throw networkError(cause);
  }
}

let askingForRights = false;

/** A refusal may mean that an administrator changed this user's role: ask once, so that the pages show what is allowed now. */
function refreshRights() {
  if (askingForRights) return;
  askingForRights = true;
  request<{ user: SessionUser }>('GET', 'api/auth/me')
    .then(({ user }) => session.updateUser(user))
    .catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error; // the page itself already shows its own failure
    })
    .finally(() => {
      askingForRights = false;
    });
}
