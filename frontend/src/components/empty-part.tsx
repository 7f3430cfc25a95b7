import type { ReactNode } from 'react';

/** An empty list says what will appear here and how to make it happen. */
export function EmptyPart({ what, how, action }: { what: string; how?: ReactNode; action?: ReactNode }) {
  return (
    <div className="px-4 py-10 text-center">
      <p className="font-semibold text-section">{what}</p>
      {how && <p className="mx-auto mt-1 max-w-[60ch] text-text-2">{how}</p>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  );
}
