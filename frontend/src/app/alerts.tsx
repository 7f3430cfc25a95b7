import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { type Alert, alertsQuery } from '../features/alerts/api/alerts.ts';
import type { AlertPageLink } from '../features/alerts/components/alerts-popover.tsx';
import { freshAlerts } from '../features/alerts/fresh-alerts.ts';
import { news } from '../lib/news.ts';
import { may } from '../lib/permissions.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { alertPage } from './alert-page.ts';

const words = text.alerts;
const AlertsPopover = lazy(() =>
  import('../features/alerts/components/alerts-popover.tsx').then(({ AlertsPopover: part }) => ({ default: part })),
);

/** What only a person can mend, in the top bar of every page; nothing at all while there is nothing. */
export function AlertsInBar() {
  const user = useUser();
  const { data } = useQuery(alertsQuery);
  const [open, setOpen] = useState(false);
  const known = useRef<{ readonly userId: string; readonly ids: ReadonlySet<string> } | null>(null);

  useEffect(() => {
    if (!data) return;
    const before = known.current?.userId === user.id ? known.current.ids : null;
    const fresh = freshAlerts(before, data.items);
    known.current = { userId: user.id, ids: new Set(data.items.map(({ id }) => id)) };
    const sentences = fresh.map(({ sentence }) => sentence);
    if (fresh.length > 0) news.tell(`alert ${fresh[0]?.id}`, () => words.fresh(sentences));
  }, [data, user.id]);

  // While somebody reads it, the last one may be mended: then it says so instead of being gone.
  if (!data || (data.items.length === 0 && !open)) return null;
  const pageOf = ({ link }: Alert): AlertPageLink | undefined => {
    const { path, search, label, needs } = alertPage(link);
    return may(user, needs) ? { path, label, ...(search ? { search } : {}) } : undefined;
  };
  return (
    <Suspense>
      <AlertsPopover alerts={data.items} omitted={data.omitted} open={open} onOpenChange={setOpen} pageOf={pageOf} />
    </Suspense>
  );
}
