import clsx from 'clsx';
import { OctagonX } from 'lucide-react';
import { describeError } from '../lib/describe-error.ts';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';

/** Replaces only the part that failed: what happened, what it means, what to do, and the request id under Details. */
export function ErrorPart({
  what,
  error,
  onRetry,
  className,
}: {
  what: string;
  error: unknown;
  onRetry?: (() => void) | undefined;
  className?: string;
}) {
  const { meaning, remedy, requestId, detail } = describeError(error);
  return (
    <div role="alert" className={clsx('rounded-control border border-bad bg-bad-soft px-3 py-2.5', className)}>
      <div className="flex items-start gap-2">
        <OctagonX aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
        <div className="min-w-0 flex-1">
          <p>
            <strong className="font-semibold">{what}</strong> {meaning} {remedy}
          </p>
          {(requestId || detail) && (
            <details className="mt-1 text-label text-text-2">
              <summary className="w-fit py-1">{text.details}</summary>
              {requestId && <p className="break-all font-mono">{text.requestId(requestId)}</p>}
              {detail && <p className="break-all font-mono">{detail}</p>}
            </details>
          )}
        </div>
        {onRetry && (
          <Button size="dense" onClick={onRetry}>
            {text.tryAgain}
          </Button>
        )}
      </div>
    </div>
  );
}
