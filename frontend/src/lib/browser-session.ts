import { address } from './address.ts';
import { createSession } from './session.ts';

const LOCK = 'parley-session';

/** The one session of this tab. */
export const session = createSession({
  post: (path, body, token) =>
    fetch(address(`api/auth/${path}`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      // A renewal must arrive even if the page is reloaded meanwhile: half of one would leave an old cookie behind.
      keepalive: true,
    }),
  channel: new BroadcastChannel('parley-session'),
  // Locks exist on https and loopback only; elsewhere the cookie is not kept either, so there is nothing to protect.
  exclusively: <T>(work: () => Promise<T>) =>
    navigator.locks ? (navigator.locks.request(LOCK, work) as Promise<T>) : work(),
  now: () => Date.now(),
  schedule(work, delayMs) {
    // Longer delays overflow the browser's timer and would fire at once.
    const timer = setTimeout(work, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
});
