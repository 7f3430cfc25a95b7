import { useEffect } from 'react';
import { Button } from '../../../components/button.tsx';
import { Wordmark } from '../../../components/wordmark.tsx';
import { session } from '../../../lib/browser-session.ts';
import { useTitle } from '../../../lib/use-title.ts';
import { text } from '../../../strings/en.ts';

const TRY_EVERY_MS = 3_000;

/** Before the first answer: nothing to look at, but something to hear. */
export function Starting() {
  return (
    <p role="status" className="visually-hidden">
      {text.signIn.starting}
    </p>
  );
}

/** The server gave no answer about the session; asks again until it does, so that nobody has to sit and reload. */
export function Unreachable() {
  useTitle(text.connection.down);
  useEffect(() => {
    const timer = setInterval(() => session.start(), TRY_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const { what, meaning, remedy } = text.signIn.unreachable;
  return (
    <main className="grid min-h-dvh place-content-center gap-4 px-3">
      <Wordmark />
      <div className="max-w-100">
        <h1 className="font-title text-title">{what}</h1>
        <p className="mt-1 text-text-2">
          {meaning} {remedy}
        </p>
      </div>
      <Button className="w-fit" onClick={() => session.start()}>
        {text.tryAgain}
      </Button>
    </main>
  );
}
