import type { ReactNode } from 'react';
import { useSandboxOn } from '../features/status/api/status.ts';
import { NotFoundPage } from './pages/not-found-page.tsx';

/** Where both far ends are real vendors there is no sandbox, and no page of it. */
export function RequireSandbox({ children }: { children: ReactNode }) {
  const on = useSandboxOn();
  if (on === undefined) return null;
  return on ? children : <NotFoundPage />;
}
