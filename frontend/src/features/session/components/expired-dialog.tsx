import { useRef } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { session } from '../../../lib/browser-session.ts';
import { useStore } from '../../../lib/use-store.ts';
import { text } from '../../../strings/en.ts';
import { SignInForm } from './sign-in-form.tsx';

/** Lies over the page when the server ended the session; page and drafts stay mounted beneath it. */
export function ExpiredDialog() {
  const state = useStore(session.state);
  const expired = state.name === 'expired';
  const password = useRef<HTMLInputElement>(null);
  return (
    <Dialog
      open={expired}
      locked
      initialFocus={password}
      onClose={() => {}}
      title={text.expired.title}
      description={text.expired.body}
    >
      <div className="grid gap-3 p-4">
        {expired && <SignInForm email={state.user.email} passwordRef={password} />}
        <Button look="quiet" onClick={() => session.forget()}>
          {text.expired.other}
        </Button>
      </div>
    </Dialog>
  );
}
