import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Announcer } from '../components/announcer.tsx';
import { SignInPage } from '../features/session/components/sign-in-page.tsx';
import { Starting, Unreachable } from '../features/session/components/starting.tsx';
import { session } from '../lib/browser-session.ts';
import { queryClient } from '../lib/query-client.ts';
import { useStore } from '../lib/use-store.ts';
import { loadAllPages, router } from './router.tsx';

/** The page that was asked for comes first; the others follow when it stands. */
const LOAD_PAGES_AFTER_MS = 2_000;

/** Everything around the pages. The address stays as it is while signed out, so sign-in leads to where the link pointed. */
export function Root() {
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Tooltip.Provider delay={400}>
          <Screen />
          <Announcer />
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  );
}

function Screen() {
  const state = useStore(session.state);
  useForgetOthersData();
  const inside = state.name === 'signed-in';
  useEffect(() => {
    if (!inside) return;
    const timer = setTimeout(loadAllPages, LOAD_PAGES_AFTER_MS);
    return () => clearTimeout(timer);
  }, [inside]);
  switch (state.name) {
    case 'starting':
      return <Starting />;
    case 'unreachable':
      return <Unreachable />;
    case 'signed-out':
      return <SignInPage />;
    case 'signed-in':
    case 'expired':
      return <RouterProvider router={router} />;
  }
}

/** What one user saw must never flash up for the next; the same user coming back only needs fresh figures. */
function useForgetOthersData() {
  const state = useStore(session.state);
  const seenBy = useRef<string | null>(null);
  const before = useRef(state.name);
  useEffect(() => {
    if (state.name === 'signed-out') queryClient.clear();
    if (state.name === 'signed-in') {
      if (seenBy.current !== null && seenBy.current !== state.user.id) queryClient.clear();
      else if (before.current === 'expired') queryClient.invalidateQueries();
      seenBy.current = state.user.id;
    }
    before.current = state.name;
  }, [state]);
}
