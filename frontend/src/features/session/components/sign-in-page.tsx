import { Wordmark } from '../../../components/wordmark.tsx';
import { useTitle } from '../../../lib/use-title.ts';
import { text } from '../../../strings/en.ts';
import { SignInForm } from './sign-in-form.tsx';

export function SignInPage() {
  useTitle(text.signIn.title);
  return (
    <main className="grid min-h-dvh grid-rows-[1fr_auto_1.4fr] justify-items-center px-3 py-8">
      <div className="row-start-2 grid w-full max-w-90 gap-5">
        <div>
          <Wordmark />
          <p className="mt-1 text-text-2">{text.signIn.intro}</p>
        </div>
        <div className="rounded-panel border bg-surface p-5">
          <h1 className="mb-4 font-title text-title">{text.signIn.title}</h1>
          <SignInForm />
        </div>
        <p className="text-label text-text-2">
          {text.signIn.lost} <code className="font-mono">{text.signIn.command}</code>
        </p>
      </div>
    </main>
  );
}
