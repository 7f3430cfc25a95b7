import { SendHorizontal } from 'lucide-react';
import { type RefObject, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { announce } from '../../../lib/announcements.ts';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { useLive } from '../../../lib/live/use-live.ts';
import { liveText } from '../../../strings/live.ts';
import { firstNameOf } from '../shown.ts';
import { LineForm } from './line-form.tsx';

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
  const [draft, setDraft] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const send = () => {
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
    <LineForm
      label={words.label}
      labelHidden
      value={draft}
      onChange={setDraft}
      onSend={send}
      field={field}
      disabled={off}
      problem={problem}
      placeholder={off ? words.off : `${words.label} · ${words.placeholder(firstNameOf(call))}`}
      className="shrink-0 border-t bg-surface px-4 py-2"
    >
      <Button type="submit" disabled={off || busy || draft.trim() === ''}>
        <SendHorizontal aria-hidden="true" className="size-4" />
        {words.send}
      </Button>
    </LineForm>
  );
}
