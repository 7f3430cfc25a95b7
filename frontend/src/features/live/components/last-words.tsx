import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import { firstNameOf } from '../shown.ts';

/** What was said last, and by whom. */
export function LastWords({ entry }: { entry: LiveEntry }) {
  const last = entry.live.lastTurn;
  if (!last) return entry.call.answeredAt ? <span className="text-text-3">{liveText.nothingSaid}</span> : null;
  const role: string = last.turn.role;
  const speaker =
    role === 'agent'
      ? liveText.agent
      : role === 'person'
        ? liveText.colleague
        : (entry.call.contactName && firstNameOf(entry.call)) || liveText.person;
  return (
    <>
      <span className="font-medium text-text-2">{liveText.lastWords(speaker)}</span> {last.turn.text}
    </>
  );
}
