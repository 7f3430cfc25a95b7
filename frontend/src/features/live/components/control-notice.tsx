import { TriangleAlert } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { formatClock } from '../../../lib/format.ts';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { useStore } from '../../../lib/use-store.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';
import type { Control, ControlNotice as Notice } from '../control-state.ts';
import { capitalised, firstNameOf } from '../shown.ts';

const words = liveText.notices;

/** Why things are not as they were asked for, and what to do. */
export function ControlNotice({ desk, call }: { desk: CallDesk; call: ShownCall }) {
  const control = useStore(desk.control);
  if (!control.notice) return null;
  return (
    <div role="alert" className="flex items-start gap-2 border-b bg-warn-soft px-4 py-2">
      <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warn" />
      <p className="min-w-0 flex-1">{noticeSentence(control.notice, control, call)}</p>
      <Button size="dense" look="quiet" onClick={() => desk.send({ type: 'dismiss' })}>
        {words.dismiss}
      </Button>
    </div>
  );
}

export function noticeSentence(notice: Notice, { hears }: Control, call: ShownCall): string {
  switch (notice.kind) {
    case 'taken':
      return hears ? words.taken(notice.by) : words.takenNotListening(notice.by);
    case 'no-microphone':
      return words.microphone[notice.problem];
    case 'line-lost':
      return words.lineLost;
    case 'too-slow':
      return words.tooSlow;
    case 'timed-out':
      return words.timedOut;
    case 'transferred':
      return words.transferred;
    case 'ended': {
      const clock = formatClock(notice.at);
      return notice.was === 'taking-over'
        ? words.endedBefore(capitalised(firstNameOf(call)), clock)
        : words.endedWhile(clock);
    }
    case 'failed':
      return `${words.failed[notice.act]} ${notice.message}`;
  }
}
