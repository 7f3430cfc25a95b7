import { SectionTabs } from '../components/section-tabs.tsx';
import { may } from '../lib/permissions.ts';
import { useUser } from '../lib/use-user.ts';
import { contactsText } from '../strings/contacts.ts';
import { contactsPages, type PageEntry } from './pages.ts';

/** The row of pages about people that this user may open. */
export function ContactsTabs() {
  const user = useUser();
  const pages = Object.values<PageEntry>(contactsPages)
    .filter(page => may(user, page.needs))
    .map(page => ({ ...page, exact: page.path === contactsPages.people.path }));
  return <SectionTabs label={contactsText.tabs} pages={pages} />;
}
