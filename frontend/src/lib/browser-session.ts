import { address } from './address.ts';
import { createSession } from './session.ts';

const LOCK = 'parley-session';
const UNDER_WAY = 'parley.renewing';

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
  underWay: {
    read: () => storage(() => Number(localStorage.getItem(UNDER_WAY)) || null) ?? null,
    write: at =>
      storage(() => (at === null ? localStorage.removeItem(UNDER_WAY) : localStorage.setItem(UNDER_WAY, `${at}`))),
  },
  now: () => Date.now(),
  wait: ms => new Promise(resolve => setTimeout(resolve, ms)),
  schedule(work, delayMs) {
    // Longer delays overflow the browser's timer and would fire at once.
    const timer = setTimeout(work, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
});

/** Storage may be switched off; then only a reload in mid-renewal is less safe. */
function storage<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
