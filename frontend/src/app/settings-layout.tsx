import { Link, Outlet } from '@tanstack/react-router';
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
      {pages.length > 1 && (
        <nav aria-label={text.nav.settingsLabel} className="overflow-x-auto border-b px-3 tablet:px-4">
          <ul className="flex gap-5">
            {pages.map(page => (
              <li key={page.path}>
                <Link
                  to={page.path}
                  className="flex h-10 items-center whitespace-nowrap border-transparent border-b-2 pt-0.5 font-medium text-text-2 hover:text-text focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:text-text pointer-coarse:h-11"
                >
                  {page.label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <Outlet />
    </>
  );
}
