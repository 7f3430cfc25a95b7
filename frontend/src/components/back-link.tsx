import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';

/** From a record back to the list it stands in. */
export function BackLink({ to, search, children }: { to: string; search?: object; children: string }) {
  return (
    <div className="px-3 pt-3 tablet:px-4">
      {/* A page is not the one above it. */}
      <Link
        to={to}
        search={(search ?? {}) as never}
        activeOptions={{ exact: true }}
        className="-ml-1 inline-flex min-h-6 items-center gap-1 text-accent text-table hover:underline"
      >
        <ChevronLeft aria-hidden="true" className="size-4" />
        {children}
      </Link>
    </div>
  );
}
