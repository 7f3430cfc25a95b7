import { type ReactNode, useEffect, useRef } from 'react';
import { useTitle } from '../lib/use-title.ts';

let pagesShown = 0;

/** Title (the page's only h1), one line of facts, and at most one primary action. Takes the focus when one page follows another. */
export function PageHeader({ title, facts, actions }: { title: string; facts?: ReactNode; actions?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(title);
  useEffect(() => {
    // The first page leaves the focus at the top, where "Skip to content" comes first.
    if (pagesShown++ > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-4 tablet:px-4">
      <div className="min-w-48 flex-1">
        <h1 ref={heading} tabIndex={-1} className="font-title text-title outline-none">
          {title}
        </h1>
        {facts && <p className="mt-0.5 break-words text-text-2">{facts}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
