import { lazy, Suspense, useEffect } from 'react';
import { heldDesk, letGoOfDesk } from '../features/live/held-desk.ts';
import { useLive } from '../lib/live/use-live.ts';
import { useStore } from '../lib/use-store.ts';

const CallDock = lazy(() =>
  import('../features/live/components/call-dock.tsx').then(({ CallDock: dock }) => ({ default: dock })),
);

/** Where the call that is heard or spoken on stays while the pages change. Its code comes with the first such call. */
export function CallDockPlace() {
  const desk = useStore(heldDesk);
  const live = useLive();
  // Whoever signs out, or signs in as somebody else, is on no call any more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another connection is another user
  useEffect(() => letGoOfDesk, [live]);
  if (!desk) return null;
  return (
    <Suspense>
      <CallDock key={desk.callId} desk={desk} />
    </Suspense>
  );
}
