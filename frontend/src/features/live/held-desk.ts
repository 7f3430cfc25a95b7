import { createStore, type Store } from '../../lib/store.ts';
import type { CallDesk } from './call-desk.ts';

/** The desk of the one call that is open, heard or spoken on. It outlives the page it was opened on. */
export const heldDesk: Store<CallDesk | null> = createStore<CallDesk | null>(null);

/** The call whose panel is on the screen; any other that is heard or spoken on shows in the dock. */
export const panelCall: Store<string | null> = createStore<string | null>(null);

/** Leaves the call, and forgets it. */
export function letGoOfDesk(): void {
  const desk = heldDesk.get();
  heldDesk.set(null);
  desk?.close();
}
