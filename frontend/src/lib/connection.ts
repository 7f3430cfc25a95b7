import { createStore, type Store } from './store.ts';

/** Whether the server answers, told by the requests the pages make anyway. */
export type Connection = { up: true } | { up: false; since: number };

export const connection: Store<Connection> = createStore<Connection>({ up: true });

export function reportAnswered(): void {
  if (!connection.get().up) connection.set({ up: true });
}

export function reportUnanswered(now = Date.now()): void {
  if (connection.get().up) connection.set({ up: false, since: now });
}
