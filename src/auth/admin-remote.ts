import { AppError } from '../errors.ts';

/** Another server's API, as an operator's command uses it. */
export interface RemoteServer {
  readonly origin: string;
  /** The answer's body; throws what the server said otherwise. */
  ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Record<string, unknown>>;
}

const patienceMs = 60_000;
const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

/** The server at `url`. The key comes from the environment: what stands on a command line, other users of the machine can read. */
export function remoteServer(url: string, apiKey: string | undefined): RemoteServer {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new AppError('BAD_REQUEST', '--url must be the address of a server, such as https://calls.example.com.');
  const { protocol, hostname, host, pathname } = new URL(url);
  if (protocol === 'http:' && !isLoopback(hostname))
    throw new AppError('BAD_REQUEST', '--url must begin with https://: the key would travel readable otherwise.');
  if (!apiKey)
    throw new AppError(
      'BAD_REQUEST',
      'Set PARLEY_API_KEY to an API key of that server; it is never taken from the command line.',
    );
  const base = `${protocol}//${host}${pathname.replace(/\/$/, '')}`;
  return {
    origin: base,
    ask: async (method, path, body) => {
      const response = await fetch(`${base}${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((cause: unknown) => {
        throw new AppError('STORE_UNAVAILABLE', `The server at ${host} does not answer: ${reasonOf(cause)}.`, {
          cause,
        });
      });
      const answer = (await response.json().catch(() => null)) as Record<string, unknown> | null;
      if (response.ok && answer) return answer;
      const { code, message } = (answer?.['error'] ?? {}) as { code?: string; message?: string };
      const said = message ? `${code}: ${message}` : `HTTP ${response.status}`;
      throw new AppError('BAD_REQUEST', `The server at ${host} refused: ${said}`);
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `nothing within ${patienceMs / 1_000} s`;
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code ?? (error instanceof Error ? error.message : String(error));
}
