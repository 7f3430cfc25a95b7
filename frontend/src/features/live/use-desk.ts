import { useEffect, useState } from 'react';
import { announce } from '../../lib/announcements.ts';
import { useLive } from '../../lib/live/use-live.ts';
import { openHeadset } from '../../lib/voice/headset.ts';
import { liveText } from '../../strings/live.ts';
import { type CallDesk, createCallDesk } from './call-desk.ts';

/** Whether the call that was open before was heard: choosing another one moves the ear. */
let earMoves = false;

/** The desk of the open call; null while there is none, or no connection. */
export function useDesk(callId: string | undefined): CallDesk | null {
  const live = useLive();
  const [desk, setDesk] = useState<CallDesk | null>(null);
  useEffect(() => {
    if (!live || callId === undefined) {
      earMoves = false;
      return;
    }
    const opened = createCallDesk({ callId, live, openEars: openHeadset });
    setDesk(opened);
    if (earMoves) opened.send({ type: 'listen' });
    const stopSaying = sayAloud(opened);
    return () => {
      earMoves = opened.control.get().step === 'listening';
      stopSaying();
      opened.close();
      setDesk(null);
    };
  }, [live, callId]);
  return desk;
}

/** Control gained or lost, and a call that ended under somebody, are said at once. */
function sayAloud({ control }: CallDesk): () => void {
  let before = control.get();
  return control.subscribe(() => {
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
