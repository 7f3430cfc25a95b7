import { address } from './address.ts';
import { ApiError, networkError, parseApiError } from './api-error.ts';
import { session } from './browser-session.ts';
import { reportAnswered, reportUnanswered } from './connection.ts';
import type { SessionUser } from './session.ts';

export type Query = Record<string, string | number | boolean | undefined>;

type RequestOptions = { query?: Query; body?: unknown; signal?: AbortSignal };

/** One page of any list of the API. */
export type Page<T> = { items: T[]; nextCursor: string | null };

const TIMEOUT_MS = 20_000;

/**
 * Asks the API as the signed-in user and returns the parsed answer; throws ApiError otherwise. A refused token is renewed and the request sent
 * once more (it was not carried out the first time); if nobody can renew it, the sign-in dialog opens over the page.
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  // Nothing can succeed until the sign-in dialog is done, and the pages' polling must not count as failed sign-ins.
  if (session.state.get().name === 'expired') throw sessionEnded();
  const token = await session.token();
  let response = await send(method, path, options, token);
  if (response.status === 401 && (await session.renew(token ?? '')) === 'renewed') {
    response = await send(method, path, options, await session.token());
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const error = parseApiError(response.status, body, response.headers);
  if (error.unreachable) reportUnanswered();
  if (response.status === 403) refreshRights();
  throw error;
}

const sessionEnded = () => new ApiError({ status: 401, code: 'AUTH_REQUIRED', message: 'The session ended.' });

async function send(method: string, path: string, { query, body, signal }: RequestOptions, token: string | null) {
  const url = new URL(address(path));
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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
