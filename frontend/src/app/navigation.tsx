import { Link, useMatchRoute } from '@tanstack/react-router';
import clsx from 'clsx';
import {
  Activity,
  FlaskConical,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Phone,
  RadioTower,
  Settings,
  Users,
} from 'lucide-react';
import { Tip } from '../components/tip.tsx';
import { Mark, Wordmark } from '../components/wordmark.tsx';
import { useSandboxOn } from '../features/status/api/status.ts';
import { useLiveCount } from '../lib/live/use-live.ts';
import { may } from '../lib/permissions.ts';
import { useRunningCampaigns } from '../lib/running-campaigns.ts';
import { useMedia } from '../lib/use-media.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { mainPages, type PageEntry } from './pages.ts';
import { type FrameDialog, UserMenu } from './user-menu.tsx';

const icons: Record<keyof typeof mainPages, LucideIcon> = {
  overview: LayoutDashboard,
  live: RadioTower,
  calls: Phone,
  campaigns: ListChecks,
  contacts: Users,
  settings: Settings,
  operations: Activity,
  sandbox: FlaskConical,
};

type Item = PageEntry & { icon: LucideIcon };

function useItems(): Item[] {
  const user = useUser();
  const sandboxOn = useSandboxOn() === true;
  return (Object.keys(mainPages) as (keyof typeof mainPages)[])
    .map((name): Item => ({ ...(mainPages[name] as PageEntry), icon: icons[name] }))
    .filter(item => may(user, item.needs) && (sandboxOn || !item.sandboxOnly));
}

/** Marks the page that is open where it stands elsewhere than its address says. */
function useMarked(): (item: Item) => { 'aria-current'?: 'page' } {
  const matches = useMatchRoute();
  return ({ also }) => (also !== undefined && matches({ to: also }) ? { 'aria-current': 'page' } : {});
}

const counts: Partial<Record<string, () => number | undefined>> = {
  [mainPages.live.path]: useLiveCount,
  [mainPages.campaigns.path]: useRunningCampaigns,
};

/** How many calls are on the line or campaigns run, for the eye; the page itself says it in words. */
function Count({ useCount, wide }: { useCount: () => number | undefined; wide: boolean }) {
  const count = useCount();
  if (!count) return null;
  return (
    <span
      aria-hidden="true"
      className={clsx(
        'rounded-chip bg-live-soft px-1 font-medium text-label text-live',
        wide ? 'ml-auto' : 'absolute -top-0.5 right-0',
      )}
    >
      {count}
    </span>
  );
}

type Props = { onDialog: (dialog: FrameDialog) => void };

/** 200 px with words on wide windows, a 56 px rail with tooltips below, absent on phones. */
export function SideNavigation({ onDialog }: Props) {
  const items = useItems();
  const marked = useMarked();
  const wide = useMedia('(min-width: 90rem)');
  return (
    <div className="sticky top-0 hidden h-dvh w-14 shrink-0 flex-col border-r bg-sunken tablet:flex desk:w-50">
      <Link
        to="/"
        aria-label={text.product}
        className="flex h-11 items-center justify-center border-b focus-visible:-outline-offset-2 desk:justify-start desk:px-4"
      >
        {wide ? <Wordmark /> : <Mark className="size-5" />}
      </Link>
      <nav aria-label={text.nav.label} className="flex flex-1 overflow-y-auto p-2">
        <ul className="flex w-full flex-col gap-0.5">
          {items.map(item => {
            const useCount = counts[item.path];
            return (
              <li key={item.path} className={item.sandboxOnly && 'mt-auto'}>
                <Tip label={item.label} side="right" disabled={wide}>
                  <Link
                    to={item.path}
                    activeOptions={{ exact: item.path === '/' }}
                    {...marked(item)}
                    className="group relative flex h-9 items-center justify-center gap-3 rounded-control font-medium text-text-2 hover:bg-hover hover:text-text aria-[current=page]:bg-surface aria-[current=page]:text-text desk:justify-start desk:px-3"
                  >
                    <span
                      data-mark
                      className="absolute top-2 bottom-2 left-0 hidden w-0.75 rounded-chip bg-accent group-aria-[current=page]:block"
                    />
                    <item.icon aria-hidden="true" className="size-4.5 shrink-0" strokeWidth={1.75} />
                    <span className={wide ? '' : 'visually-hidden'}>{item.label}</span>
                    {useCount && <Count useCount={useCount} wide={wide} />}
                  </Link>
                </Tip>
              </li>
            );
          })}
        </ul>
      </nav>
      <div className="border-t p-2">
        <UserMenu place={wide ? 'wide' : 'rail'} onDialog={onDialog} />
      </div>
    </div>
  );
}

const mostTabs = 4;

/** The phone's navigation: the first pages as tabs, the others in the menu beside them. */
export function BottomTabs({ onDialog }: Props) {
  const all = useItems();
  const marked = useMarked();
  const items = all.slice(0, mostTabs);
  const tab =
    'flex h-14 w-full flex-col items-center justify-center gap-1 border-transparent border-t-2 font-medium text-label text-text-2 focus-visible:-outline-offset-2';
  return (
    <nav
      aria-label={text.nav.label}
      className="fixed inset-x-0 bottom-0 z-30 border-t bg-surface pb-[env(safe-area-inset-bottom)] tablet:hidden"
    >
      <ul className="flex">
        {items.map(item => (
          <li key={item.path} className="min-w-0 flex-1">
            <Link
              to={item.path}
              activeOptions={{ exact: item.path === '/' }}
              {...marked(item)}
              className={clsx(tab, 'aria-[current=page]:border-accent aria-[current=page]:text-text')}
            >
              <item.icon aria-hidden="true" className="size-5" strokeWidth={1.75} />
              <span className="max-w-full truncate">{item.label}</span>
            </Link>
          </li>
        ))}
        <li className="flex-1">
          <UserMenu place="tab" tabClass={tab} pages={all.slice(mostTabs)} onDialog={onDialog} />
        </li>
      </ul>
    </nav>
  );
}
