import { createStore, type Store } from '../../lib/store.ts';

const keyOf = (userId: string) => `parley.set-up-hidden.${userId}`;

/** Who sent the set-up away, in this browser. Null until it was looked up. */
export const setUpHidden: Store<Readonly<Record<string, boolean>>> = createStore<Readonly<Record<string, boolean>>>({});

export function isSetUpHidden(hidden: Readonly<Record<string, boolean>>, userId: string): boolean {
  return hidden[userId] ?? kept(userId);
}

export const hideSetUp = (userId: string): void => keep(userId, true);
export const showSetUp = (userId: string): void => keep(userId, false);

function kept(userId: string): boolean {
  try {
    return localStorage.getItem(keyOf(userId)) !== null;
  } catch {
    return false;
  }
}

function keep(userId: string, hidden: boolean): void {
  setUpHidden.set({ ...setUpHidden.get(), [userId]: hidden });
  try {
    if (hidden) localStorage.setItem(keyOf(userId), 'yes');
    else localStorage.removeItem(keyOf(userId));
  } catch {
    // This browser keeps nothing: it holds until the page is closed.
  }
}
