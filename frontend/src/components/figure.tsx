import type { ReactNode } from 'react';

/** One number with its name and a word of context; lives in a list of figures (`FigureRow`). */
export function Figure({ label, children, note }: { label: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className="-mr-px -mb-px border-r border-b px-3 py-3 tablet:px-4">
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="mt-0.5 whitespace-nowrap font-semibold text-figure">{children}</dd>
      {note && <dd className="text-label text-text-2">{note}</dd>}
    </div>
  );
}

/** As many beside each other as there is room for. */
export function FigureRow({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[repeat(auto-fit,minmax(9.5rem,1fr))] overflow-hidden border-t bg-surface">
      {children}
    </dl>
  );
}
