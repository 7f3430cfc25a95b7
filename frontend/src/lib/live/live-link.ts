import { createStore, type Store } from '../store.ts';

/**
 * The live connection as the pages see it. `away` it was there and is lost · `refused` it never came about: the server has no room, or
 * something between is in its way.
 */
export type LiveLink =
  | { readonly state: 'off' | 'connecting' | 'up' }
  | { readonly state: 'away' | 'refused'; readonly since: number };

export const liveLink: Store<LiveLink> = createStore<LiveLink>({ state: 'off' });
