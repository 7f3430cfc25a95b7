import { Outlet } from '@tanstack/react-router';
import { SectionTabs } from '../components/section-tabs.tsx';
import { may } from '../lib/permissions.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { type PageEntry, settingsPages } from './pages.ts';

/** The row of settings this user may open, above each of them. */
export function SettingsLayout() {
  const user = useUser();
  const pages = Object.values<PageEntry>(settingsPages).filter(page => may(user, page.needs));
  return (
    <>
      <SectionTabs label={text.nav.settingsLabel} pages={pages} />
      <Outlet />
    </>
  );
}
