import { useEffect } from 'react';
import { announce } from '../../lib/announcements.ts';
import type { LiveConnection } from '../../lib/live/live-socket.ts';
import { useLive } from '../../lib/live/use-live.ts';
import { useStore } from '../../lib/use-store.ts';
import { openHeadset } from '../../lib/voice/headset.ts';
import { markHeadset } from '../../lib/voice/headset-choice.ts';
import { liveText } from '../../strings/live.ts';
import { type CallDesk, createCallDesk } from './call-desk.ts';
import { heldDesk, letGoOfDesk, panelCall } from './held-desk.ts';

/** The desk of the open call; null while there is none, or no connection. A call that is heard or spoken on when its panel closes stays in the dock. */
export function useDesk(callId: string | undefined): CallDesk | null {
  const live = useLive();
  const desk = useStore(heldDesk);
  useEffect(() => {
    if (!live || callId === undefined) return;
    hold(callId, live);
    panelCall.set(callId);
    return () => {
      panelCall.set(null);
      const held = heldDesk.get();
      if (held?.control.get().step === 'asking') held.send({ type: 'cancel' });
      if (held?.control.get().step === 'watching') letGoOfDesk();
    };
  }, [live, callId]);
  return desk?.callId === callId ? desk : null;
}

/** One call at a time: opening another one moves the ear. */
function hold(callId: string, live: LiveConnection): void {
  const before = heldDesk.get();
  if (before?.callId === callId) return;
  const earMoves = before?.control.get().step === 'listening';
  letGoOfDesk();
  const opened = createCallDesk({ callId, live, openEars: openHeadset, microphoneFailed: () => markHeadset(false) });
  sayAloud(opened);
  heldDesk.set(opened);
  if (earMoves) opened.send({ type: 'listen' });
}

/** Control gained or lost, and a call that ended under somebody, are said at once. */
function sayAloud({ control }: CallDesk): void {
  let before = control.get();
  control.subscribe(() => {
    const now = control.get();
    if (now.step === 'in-control' && before.step === 'taking-over') announce(liveText.announce.inControl, 'assertive');
    if (before.step === 'handing-back' && now.step === 'listening' && !now.notice)
      announce(liveText.announce.handedBack, 'assertive');
    if (now.notice !== before.notice && now.notice?.kind === 'line-lost') announce(liveText.announce.lost, 'assertive');
    if (now.notice !== before.notice && now.notice?.kind === 'ended')
      announce(liveText.announce.endedUnderYou, 'assertive');
    before = now;
  });
}
