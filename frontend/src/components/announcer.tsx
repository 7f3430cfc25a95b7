import { Check } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Announcement, announcements } from '../lib/announcements.ts';
import { useStore } from '../lib/use-store.ts';

const SHOWN_MS = 6_000;

/** The two live regions of the page, and the short note that shows an own result. */
export function Announcer() {
  const last = useStore(announcements);
  const [shown, setShown] = useState<Announcement | null>(null);

  useEffect(() => {
    if (!last?.visible) return;
    setShown(last);
    const timer = setTimeout(() => setShown(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [last]);

  return (
    <>
      <div aria-live="polite" className="visually-hidden">
        {last?.urgency === 'polite' && <p key={last.serial}>{last.text}</p>}
      </div>
      <div aria-live="assertive" className="visually-hidden">
        {last?.urgency === 'assertive' && <p key={last.serial}>{last.text}</p>}
      </div>
      {shown && (
        <div
          aria-hidden="true"
          data-mark
          className="fixed inset-x-3 bottom-16 z-50 mx-auto flex w-fit max-w-md items-center gap-2 rounded-control bg-ink px-3 py-2 font-medium text-body text-ink-fg shadow-layer tablet:bottom-4"
        >
          <Check className="size-4 shrink-0" />
          {shown.text}
        </div>
      )}
    </>
  );
}
