import { type ReactNode, Suspense } from 'react';
import { Forbidden } from '../components/forbidden.tsx';
import { useMay } from '../lib/use-user.ts';
import type { PageEntry } from './pages.ts';

/** Shows a page to those who may open it; to others, what they lack and whom to ask. */
export function RequireRight({ page, children }: { page: PageEntry; children: ReactNode }) {
  return useMay(page.needs) ? <Suspense>{children}</Suspense> : <Forbidden page={page.label} />;
}
