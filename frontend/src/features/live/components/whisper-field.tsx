import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type RefObject, useId, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { announce } from '../../../lib/announcements.ts';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { useLive } from '../../../lib/live/use-live.ts';
import { liveText } from '../../../strings/live.ts';
import { firstNameOf } from '../shown.ts';

const words = liveText.whisper;

/** Tells the agent something the person does not hear. Enter sends; what was not sent stays. */
export function WhisperField({
  call,
  field,
  off,
}: {
  call: ShownCall;
  field: RefObject<HTMLInputElement | null>;
  off: boolean;
}) {
  const live = useLive();
  const id = useId();
  const [draft, setDraft] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const said = draft.trim();
    if (said === '' || busy || !live) return;
    setBusy(true);
    setProblem(null);
    live
      .ask('call:whisper', { sid: call.id, text: said })
      .then(() => {
        setDraft('');
        announce(words.done);
      })
      .catch((error: Error) => setProblem(`${words.failed} ${error.message}`))
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={submit} className="grid shrink-0 gap-1 border-t bg-surface px-4 py-2">
      <label htmlFor={id} className="visually-hidden">
        {words.label}
      </label>
      <div className="flex gap-2">
        <input
          ref={field}
          id={id}
          value={draft}
          maxLength={2_000}
          disabled={off}
          placeholder={off ? words.off : `${words.label} · ${words.placeholder(firstNameOf(call))}`}
          autoComplete="off"
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={event => setDraft(event.target.value)}
          className="h-8 min-w-0 flex-1 rounded-control border border-border-strong bg-surface px-2.5 placeholder:text-text-3 disabled:bg-sunken pointer-coarse:h-11"
        />
        <Button type="submit" disabled={off || busy || draft.trim() === ''}>
          <SendHorizontal aria-hidden="true" className="size-4" />
          {words.send}
        </Button>
      </div>
      {problem && (
        <p id={`${id}-problem`} role="alert" className="font-medium text-bad text-label">
          {problem}
        </p>
      )}
    </form>
  );
}
