import { type ReactNode, useState } from 'react';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';

/** A chart with its question as title; the same numbers as a real table are one press away, which is its accessible form. */
export function ChartFrame({
  title,
  subtitle,
  actions,
  chart,
  table,
}: {
  title: string;
  subtitle?: string;
  /** Other ways to look at the same. */
  actions?: ReactNode;
  chart: ReactNode;
  table: ReactNode;
}) {
  const [asTable, setAsTable] = useState(false);
  return (
    <section className="border-t bg-surface px-3 py-4 tablet:px-4">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2 pb-2">
        <div className="min-w-48 flex-1">
          <h2 className="font-semibold text-section">{title}</h2>
          {subtitle && <p className="text-label text-text-2">{subtitle}</p>}
        </div>
        {actions && <div className="flex gap-1">{actions}</div>}
        <Button
          size="dense"
          aria-pressed={asTable}
          data-pressed={asTable || undefined}
          onClick={() => setAsTable(!asTable)}
        >
          {text.table.asTable}
        </Button>
      </div>
      {asTable ? <div className="max-h-72 overflow-y-auto">{table}</div> : chart}
    </section>
  );
}
