import { Outlet } from '@tanstack/react-router';
import { SectionTabs } from '../components/section-tabs.tsx';
import { may } from '../lib/permissions.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { operationsPages, type PageEntry } from './pages.ts';

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
