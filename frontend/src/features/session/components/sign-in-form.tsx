import { type FormEvent, type Ref, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { PasswordField, TextField } from '../../../components/field.tsx';
import { session } from '../../../lib/browser-session.ts';
import { text } from '../../../strings/en.ts';
import { describeSignInError } from '../sign-in-error.ts';

/** E-mail and password. Uncontrolled, so that password managers and pasting work; the fields keep what was typed when it fails. */
export function SignInForm({ email, passwordRef }: { email?: string; passwordRef?: Ref<HTMLInputElement> }) {
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const focus = (name: string) => form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const typed = { email: String(data.get('email') ?? '').trim(), password: String(data.get('password') ?? '') };
    setProblem(null);
    setMissing({
      ...(typed.email ? {} : { email: text.signIn.emailMissing }),
      ...(typed.password ? {} : { password: text.signIn.passwordMissing }),
    });
    if (!typed.email) return focus('email');
    if (!typed.password) return focus('password');
    setBusy(true);
    try {
      await session.signIn(typed.email, typed.password);
    } catch (error) {
      setProblem(describeSignInError(error));
      focus('password');
    } finally {
      setBusy(false);
    }
  }

  return (
    <form ref={form} noValidate onSubmit={submit} className="grid gap-4">
      {/* In the page before its text: a region that appears together with its words is often not read. */}
      <div role="alert" className="empty:absolute">
        {problem && <p className="rounded-control border border-bad bg-bad-soft px-3 py-2 font-medium">{problem}</p>}
      </div>
      <TextField
        label={text.signIn.email}
        name="email"
        type="email"
        autoComplete="username"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={email}
        error={missing.email}
      />
      <PasswordField
        label={text.signIn.password}
        name="password"
        ref={passwordRef}
        autoComplete="current-password"
        error={missing.password}
      />
      <Button type="submit" look="primary" size="wide" disabled={busy}>
        {busy ? text.signIn.busy : text.signIn.submit}
      </Button>
    </form>
  );
}
