import type { ReactNode } from 'react';

/** One number with its name and a word of context; lives in a list of figures (`FigureRow`). */
export function Figure({ label, children, note }: { label: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className="border-b px-3 py-3 last:border-b-0 tablet:border-r tablet:border-b-0 tablet:px-4 tablet:last:border-r-0">
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="mt-0.5 whitespace-nowrap font-semibold text-figure">{children}</dd>
      {note && <dd className="text-label text-text-2">{note}</dd>}
    </div>
  );
}

export function FigureRow({ children }: { children: ReactNode }) {
  return <dl className="grid border-t bg-surface tablet:grid-flow-col tablet:auto-cols-fr">{children}</dl>;
}
