import { type FormEvent, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { text } from '../../../strings/en.ts';
import { type SandboxCall, usePressKeys } from '../api/sandbox.ts';

const words = text.console.calls;

export function PressKeysDialog({ call, person, onClose }: { call: SandboxCall; person: string; onClose: () => void }) {
  const press = usePressKeys();
  const [digits, setDigits] = useState('');
  const [error, setError] = useState<string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const valid = /^[0-9*#]{1,32}$/.test(digits);
    setError(valid ? undefined : words.digitsInvalid);
    if (!valid) return;
    press.mutate(
      { sid: call.sid, digits },
      {
        onSuccess: () => {
          notify(words.pressed(digits));
          onClose();
        },
      },
    );
  }

  return (
    <Dialog open onClose={onClose} title={words.pressTitle(person)}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            label={words.digits}
            help={words.digitsHelp}
            error={error}
            value={digits}
            maxLength={32}
            inputMode="tel"
            autoComplete="off"
            onChange={event => setDigits(event.target.value.trim())}
          />
          {press.error && <ErrorPart what={words.pressFailed} error={press.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={press.isPending}>
            {words.press}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
