import { type FormEvent, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { PasswordField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { namesField } from '../../../lib/api-error.ts';
import { text } from '../../../strings/en.ts';
import { useChangePassword } from '../api/change-password.ts';
import { checkPasswordChange, type PasswordProblems } from '../password-rules.ts';

/** Changes the own password; the server ends every other session with it. */
export function ChangePasswordForm({ email }: { email: string }) {
  const [problems, setProblems] = useState<PasswordProblems>({});
  const change = useChangePassword();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const current = String(data.get('current') ?? '');
    const next = String(data.get('next') ?? '');
    const found = checkPasswordChange(current, next);
    setProblems(found);
    const first = found.current ? 'current' : found.next ? 'next' : null;
    if (first) return form.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
    change.mutate(
      { currentPassword: current, newPassword: next },
      {
        onSuccess: () => {
          form.reset();
          notify(text.password.done);
        },
        onError: error => {
          if (namesField(error, 'currentPassword')) setProblems({ current: text.password.wrong });
        },
      },
    );
  }

  return (
    <form noValidate onSubmit={submit} className="grid max-w-90 gap-4">
      {/* Tells password managers whose password this is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <PasswordField
        label={text.password.current}
        name="current"
        autoComplete="current-password"
        error={problems.current}
      />
      <PasswordField
        label={text.password.next}
        name="next"
        autoComplete="new-password"
        help={text.password.rule}
        error={problems.next}
      />
      {change.error && !problems.current && <ErrorPart what={text.password.failed} error={change.error} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" disabled={change.isPending}>
          {change.isPending ? text.password.busy : text.password.submit}
        </Button>
        <span className="text-table text-text-2">{text.password.effect}</span>
      </div>
    </form>
  );
}
