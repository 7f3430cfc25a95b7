import { Wordmark } from '../../../components/wordmark.tsx';
import { useTitle } from '../../../lib/use-title.ts';
import { useUser } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { ChangePasswordForm } from './change-password-form.tsx';

/** Stands before everything else while the password in use was chosen by somebody else. */
export function FirstPasswordPage() {
  const { email } = useUser();
  useTitle(text.password.firstTitle);
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-110 content-center gap-5 px-3 py-8">
      <Wordmark />
      <div className="rounded-panel border bg-surface p-5">
        <h1 className="font-title text-title">{text.password.firstTitle}</h1>
        <p className="mt-1 mb-4 text-text-2">{text.password.firstBody}</p>
        <ChangePasswordForm email={email} />
      </div>
    </main>
  );
}
