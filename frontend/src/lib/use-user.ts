import { session } from './browser-session.ts';
import { may, type Needed } from './permissions.ts';
import type { SessionUser } from './session.ts';
import { useStore } from './use-store.ts';

/** The signed-in user; also while the session has expired and waits for the password again. */
export function useUser(): SessionUser {
  const state = useStore(session.state);
  if (state.name !== 'signed-in' && state.name !== 'expired')
    throw new Error('This part is shown to signed-in users only');
  return state.user;
}

/** Whether the user may do this; what they may not do is left out of the page. */
export function useMay(needed: Needed): boolean {
  return may(useUser(), needed);
}
