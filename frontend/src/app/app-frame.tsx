import { Outlet } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Wordmark } from '../components/wordmark.tsx';
import { ExpiredDialog } from '../features/session/components/expired-dialog.tsx';
import { SignOutEverywhere } from '../features/session/components/sign-out-everywhere.tsx';
import { SignOutFailed } from '../features/session/components/sign-out-failed.tsx';
import { ConnectionBanner, ConnectionWord } from '../features/status/components/connection-state.tsx';
import { SandboxChip } from '../features/status/components/sandbox-chip.tsx';
import { AttentionSignal } from '../lib/live/attention-signal.ts';
import { useLiveConnection } from '../lib/live/use-live.ts';
import { may } from '../lib/permissions.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { AlertsInBar } from './alerts.tsx';
import { CallDockPlace } from './call-dock-place.tsx';
import { KeyList } from './key-list.tsx';
import { BottomTabs, SideNavigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { RightsNotice } from './rights-notice.tsx';
import { usePageKeys } from './use-page-keys.ts';
import type { FrameDialog } from './user-menu.tsx';
import { WorkInBar } from './work-in-bar.tsx';

/** Navigation, top bar and the place of the page. */
export function AppFrame() {
  const main = useRef<HTMLElement>(null);
  const [dialog, setDialog] = useState<FrameDialog | null>(null);
  const user = useUser();
  useLiveConnection(user.id, may(user, 'calls:read'));
  usePageKeys({ onShowKeys: () => setDialog('keys') });

  return (
    <div className="flex min-h-dvh">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="-translate-y-16 fixed top-1.5 left-2 z-50 h-8 rounded-control bg-accent px-3 font-medium text-accent-fg focus-visible:translate-y-0"
      >
        {text.skipToContent}
      </button>
      <SideNavigation onDialog={setDialog} />
      <div className="flex min-w-0 flex-1 flex-col pb-14 tablet:pb-0">
        <header className="sticky top-0 z-20 bg-surface">
          <div className="flex h-11 items-center gap-3 border-b px-3 tablet:px-4">
            <span className="flex tablet:hidden">
              <Wordmark />
            </span>
            <div className="ml-auto tablet:ml-0">
              <Palette onDialog={setDialog} />
            </div>
            <div className="group/bar flex tablet:ml-auto min-w-0 items-center gap-2 tablet:gap-4">
              <SandboxChip />
              <WorkInBar />
              <AlertsInBar />
              <ConnectionWord />
            </div>
          </div>
          <ConnectionBanner />
        </header>
        <main ref={main} tabIndex={-1} className="flex-1 pb-8 outline-none">
          <Outlet />
        </main>
        <CallDockPlace />
      </div>
      <BottomTabs onDialog={setDialog} />
      <KeyList open={dialog === 'keys'} onClose={() => setDialog(null)} />
      <SignOutEverywhere open={dialog === 'sign-out-everywhere'} onClose={() => setDialog(null)} />
      <SignOutFailed open={dialog === 'sign-out-failed'} onClose={() => setDialog(null)} />
      <RightsNotice />
      <AttentionSignal />
      <ExpiredDialog />
    </div>
  );
}
