import type { ReactNode } from 'react';

/** A full-width strip of the page: its question on the left, the answer on the right; stacked on narrow screens. */
export function Band({
  id,
  title,
  body,
  children,
}: {
  /** Where links lead to. */
  id?: string;
  title: string;
  body?: string;
  children: ReactNode;
}) {
  return (
    <section id={id} className="scroll-mt-14 border-t bg-surface px-3 py-5 last:border-b tablet:px-4">
      <div className="grid gap-x-8 gap-y-3 tablet:grid-cols-[14rem_minmax(0,1fr)]">
        <div>
          <h2 className="font-semibold text-section">{title}</h2>
          {body && <p className="mt-1 max-w-[60ch] text-table text-text-2">{body}</p>}
        </div>
        <div className="min-w-0">{children}</div>
      </div>
    </section>
  );
}
