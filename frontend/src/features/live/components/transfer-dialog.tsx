import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import { transfer } from '../api/commands.ts';
import { firstNameOf } from '../shown.ts';

const words = liveText.transfer;

/** Asks where a call is to go, and how. The button repeats the number. */
export function TransferDialog({ call, open, onClose }: { call: ShownCall; open: boolean; onClose: () => void }) {
  const [number, setNumber] = useState('');
  const [mode, setMode] = useState<'warm' | 'blind'>('warm');
  const [summary, setSummary] = useState('');
  const [wrong, setWrong] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const summaryId = useId();
  const phone = number.replace(/[\s().-]/g, '');
  const send = useMutation({
    mutationFn: () => transfer(call.id, { mode, phone, summary }),
    onSuccess: () => {
      notify(words.done(number.trim()));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const readable = /^\+[1-9]\d{6,14}$/.test(phone);
    setWrong(!readable);
    if (readable) send.mutate();
    else field.current?.focus();
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      initialFocus={field}
      title={words.title(firstNameOf(call))}
      description={words.body}
    >
      <form onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            ref={field}
            label={words.number}
            help={words.numberHelp}
            type="tel"
            autoComplete="off"
            value={number}
            error={wrong ? words.numberWrong : undefined}
            onChange={event => setNumber(event.target.value)}
          />
          <fieldset className="grid gap-1">
            <legend className="mb-1 font-medium text-table">{words.mode}</legend>
            {(['warm', 'blind'] as const).map(each => (
              <label key={each} className="flex min-h-6.5 items-center gap-2 pointer-coarse:min-h-11">
                <input
                  type="radio"
                  name="mode"
                  checked={mode === each}
                  onChange={() => setMode(each)}
                  className="size-4 accent-accent"
                />
                {words[each]}
              </label>
            ))}
          </fieldset>
          {mode === 'warm' && (
            <div className="grid gap-1">
              <label htmlFor={summaryId} className="w-fit font-medium text-table">
                {words.summary}
              </label>
              <textarea
                id={summaryId}
                rows={3}
                maxLength={2_000}
                value={summary}
                aria-describedby={`${summaryId}-help`}
                onChange={event => setSummary(event.target.value)}
                className="w-full rounded-control border border-border-strong bg-surface px-2.5 py-1.5"
              />
              <p id={`${summaryId}-help`} className="text-label text-text-2">
                {words.summaryHelp}
              </p>
            </div>
          )}
          {send.isError && <ErrorPart what={words.failed} error={send.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={send.isPending}>
            {words.act(number.trim())}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
