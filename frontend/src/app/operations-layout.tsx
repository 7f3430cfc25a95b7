import { Navigate, Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SectionTabs } from '../components/section-tabs.tsx';
import { may } from '../lib/permissions.ts';
import { useMay, useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { mainPages, operationsPages, type PageEntry } from './pages.ts';
import { RequireRight } from './require-right.tsx';

/** The row of operations pages this user may open, above each of them. */
export function OperationsLayout() {
  const user = useUser();
  const pages = Object.values<PageEntry>(operationsPages)
    .filter(page => may(user, page.needs))
    .map(page => ({ ...page, exact: page.path === operationsPages.health.path }));
  return (
    <>
      <SectionTabs label={text.nav.operationsLabel} pages={pages} />
      <Outlet />
    </>
  );
}

/** Health for those who may see it; who may only stop calls is led to where that is done. */
export function OperationsIndex({ children }: { children: ReactNode }) {
  const { health, calling } = operationsPages;
  const seesHealth = useMay(health.needs);
  const seesCalling = useMay(calling.needs);
  if (!seesHealth && seesCalling) return <Navigate to={calling.path} replace />;
  return <RequireRight page={{ ...mainPages.operations, needs: health.needs }}>{children}</RequireRight>;
}
