import clsx from 'clsx';
import { useEffect, useState } from 'react';
import { text } from '../strings/en.ts';

const APPEARS_AFTER_MS = 150;

/** Rows of the real height while something loads; nothing is drawn for the first moments, so quick answers do not flicker. */
export function Skeleton({ rows, rowClass }: { rows: number; rowClass: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), APPEARS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label={text.loading}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical rows without state
        <div key={row} className={clsx('flex items-center gap-4 border-b last:border-b-0', rowClass)}>
          {shown && (
            <>
              <span className="h-2.5 w-2/5 rounded-chip bg-sunken" />
              <span className="h-2.5 w-1/5 rounded-chip bg-sunken" />
            </>
          )}
        </div>
      ))}
    </div>
  );
}
