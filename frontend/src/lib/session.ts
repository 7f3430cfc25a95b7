import { networkError, parseApiError } from './api-error.ts';
import type { AuthLoginCreateData } from './api-types.ts';
import { createStore, type Store } from './store.ts';

/** What sign-in and renewal answer. */
export type Grant = AuthLoginCreateData;
export type SessionUser = Grant['user'];

export type SessionState =
  | { name: 'starting' }
  | { name: 'unreachable' }
  | { name: 'signed-out' }
  | { name: 'signed-in'; user: SessionUser }
  /** The server no longer knows this session; the page and its drafts stay under a sign-in dialog. */
  | { name: 'expired'; user: SessionUser };

export type RenewalOutcome = 'renewed' | 'refused' | 'unreachable';

type ChannelMessage = { type: 'granted'; grant: Grant } | { type: 'signed-out' };

export type SessionOptions = {
  /** POST to an address below /api/auth, with cookies; rejects when no answer comes. */
  post(path: string, body: unknown, token?: string): Promise<Response>;
  /** Tells this user's other tabs, and hears from them. */
  channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>;
  /** Runs `work` while no other tab renews. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** When the renewal now under way began, as far as any page of this browser knows; it outlives the page. */
  underWay: { read(): number | null; write(at: number | null): void };
  now(): number;
  wait(ms: number): Promise<void>;
  schedule(work: () => void, delayMs: number): () => void;
};

export type Session = {
  state: Store<SessionState>;
  /** Finds out from the cookie whether somebody is signed in; also the way back from "unreachable". */
  start(): Promise<void>;
  signIn(email: string, password: string): Promise<void>;
  signOut(everywhere: boolean): Promise<void>;
  /** Leaves an expired session for the sign-in page. */
  forget(): void;
  /** A token good for the next seconds, renewed first when needed; null when nobody is signed in. */
  token(): Promise<string | null>;
  /** Called after a 401: renews unless somebody already did since `refusedToken` was handed out. */
  renew(refusedToken: string): Promise<RenewalOutcome>;
  /** Takes over fresher facts about the user, e.g. changed rights. */
  updateUser(user: SessionUser): void;
};

/** A token this close to its end is renewed before it is used: the request has to travel, too. */
const RENEW_BEFORE_END_MS = 60_000;
const RETRY_UNREACHABLE_MS = 5_000;
/** How long the answer to a page that is gone may take to leave its cookie behind. */
const ORPHAN_MS = 2_000;

/**
 * Holds the access token in memory only. The refresh token is a cookie that scripts cannot read and that changes with every use, so tabs renew
 * one after the other: two at once would send the same cookie twice, which the server must take for theft. A page reloaded while it renews
 * gives up its lock but not its request; the next page lets that one arrive first.
 */
export function createSession(options: SessionOptions): Session {
  const { post, channel, exclusively, underWay, now, wait, schedule } = options;
  const state = createStore<SessionState>({ name: 'starting' });
  let access: { token: string; endsAt: number } | null = null;
  let grantedAt = Number.NEGATIVE_INFINITY;
  let renewal: Promise<RenewalOutcome> | null = null;
  let cancelTimer = () => {};

  function adopt(grant: Grant) {
    access = { token: grant.accessToken, endsAt: now() + grant.expiresIn * 1000 };
    grantedAt = now();
    state.set({ name: 'signed-in', user: grant.user });
    renewIn(Math.max(grant.expiresIn * 1000 - RENEW_BEFORE_END_MS, grant.expiresIn * 500));
  }

  function renewIn(delayMs: number) {
    cancelTimer();
    cancelTimer = schedule(() => {
      renewNow().then(outcome => {
        if (outcome === 'unreachable' && access) renewIn(RETRY_UNREACHABLE_MS);
      });
    }, delayMs);
  }

  function drop(next: SessionState) {
    cancelTimer();
    access = null;
    state.set(next);
  }

  function accept(grant: Grant) {
    adopt(grant);
    channel.postMessage({ type: 'granted', grant } satisfies ChannelMessage);
  }

  channel.addEventListener('message', event => {
    const message = (event as MessageEvent<ChannelMessage>).data;
    if (message.type === 'granted') adopt(message.grant);
    else drop({ name: 'signed-out' });
  });

  function renewNow(): Promise<RenewalOutcome> {
    const askedAt = now();
    renewal ??= exclusively(async (): Promise<RenewalOutcome> => {
      if (access && grantedAt > askedAt) return 'renewed'; // another tab did while this one waited
      const orphanFor = ORPHAN_MS - (now() - (underWay.read() ?? Number.NEGATIVE_INFINITY));
      if (orphanFor > 0 && orphanFor <= ORPHAN_MS) await wait(orphanFor);
      underWay.write(now());
      const answer = await post('refresh', {}).catch(() => null);
      // A page on its way out may see its request fail while the server still carries it out: only an answer lifts the mark.
      if (answer) underWay.write(null);
      if (!answer) return 'unreachable';
      if (answer.ok) {
        accept((await answer.json()) as Grant);
        return 'renewed';
      }
      if (answer.status !== 401 && answer.status !== 403) return 'unreachable';
      const before = state.get();
      if (before.name === 'signed-in' || before.name === 'expired') drop({ name: 'expired', user: before.user });
      else drop({ name: 'signed-out' });
      return 'refused';
    })
      .catch((): RenewalOutcome => 'unreachable')
      .finally(() => {
        renewal = null;
      });
    return renewal;
  }

  return {
    state,
    async start() {
      if ((await renewNow()) === 'unreachable' && !access) state.set({ name: 'unreachable' });
    },
    async signIn(email, password) {
      accept((await (await answered(post('login', { email, password }))).json()) as Grant);
    },
    async signOut(everywhere) {
      const token = await this.token();
      await exclusively(() => answered(post('logout', { everywhere }, token ?? undefined)));
      drop({ name: 'signed-out' });
      channel.postMessage({ type: 'signed-out' } satisfies ChannelMessage);
    },
    forget: () => drop({ name: 'signed-out' }),
    async token() {
      if (access && access.endsAt - now() < 10_000) await renewNow();
      return access && access.endsAt > now() ? access.token : null;
    },
    async renew(refusedToken) {
      if (access && access.token !== refusedToken) return 'renewed';
      return renewNow();
    },
    updateUser(user) {
      if (state.get().name === 'signed-in') state.set({ name: 'signed-in', user });
    },
  };
}

async function answered(request: Promise<Response>): Promise<Response> {
  const response = await request.catch((cause: unknown) => Promise.reject(networkError(cause)));
  if (response.ok) return response;
  throw parseApiError(response.status, await response.json().catch(() => null), response.headers);
}
