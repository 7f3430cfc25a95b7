import type { ReactNode } from 'react';

/** Name, state and a sentence per line, divided by hairlines. */
export function FactList({ children }: { children: ReactNode }) {
  return <dl className="border-t">{children}</dl>;
}

export function Fact({ name, state, children }: { name: string; state: ReactNode; children?: ReactNode }) {
  return (
    <div className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 border-b py-2 last:border-b-0 tablet:grid-cols-[9rem_8rem_minmax(0,1fr)]">
      <dt className="font-medium">{name}</dt>
      <dd>{state}</dd>
      {children && <dd className="col-span-2 text-text-2 tablet:col-span-1">{children}</dd>}
    </div>
  );
}
