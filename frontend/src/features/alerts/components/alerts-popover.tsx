import { Popover } from '@base-ui/react/popover';
import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { Octagon, Triangle } from 'lucide-react';
import { useRef } from 'react';
import { StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { text } from '../../../strings/en.ts';
import type { Alert } from '../api/alerts.ts';

const words = text.alerts;

export interface AlertPageLink {
  readonly path: string;
  readonly search?: object;
  readonly label: string;
}

/** How many there are, and on request each of them: what happened, since when, what to do, and the way there. */
export function AlertsPopover({
  alerts,
  omitted,
  open,
  onOpenChange,
  pageOf,
}: {
  alerts: readonly Alert[];
  omitted: number;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Undefined where this user may not go. */
  pageOf: (alert: Alert) => AlertPageLink | undefined;
}) {
  const popup = useRef<HTMLDivElement>(null);
  const urgent = alerts.some(({ level }) => level === 'urgent');
  const count = alerts.length + omitted;
  const Shape = urgent ? Octagon : Triangle;
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger
        data-alerts
        aria-label={words.open(count, urgent)}
        className={clsx(
          'flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-control border px-2 font-medium text-table pointer-coarse:h-11 pointer-coarse:min-w-11',
          urgent ? 'border-bad bg-bad-soft text-bad' : 'border-warn bg-warn-soft text-warn',
        )}
      >
        <Shape
          aria-hidden="true"
          className={clsx('size-3', urgent ? 'fill-m-bad text-m-bad' : 'fill-m-warn text-m-warn')}
        />
        <span aria-hidden="true">{count}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="bottom" align="end" sideOffset={6} collisionPadding={8} className="z-40">
          {/* Not on the first moment within: its tooltip would take the first Escape. */}
          <Popover.Popup
            ref={popup}
            initialFocus={popup}
            className="layer-motion max-h-(--available-height) w-[min(28rem,calc(100vw-1rem))] overflow-y-auto rounded-panel border bg-raised shadow-layer outline-none"
          >
            <Popover.Title className="border-b px-4 py-2.5 font-semibold text-section">{words.title}</Popover.Title>
            {alerts.length === 0 && <p className="px-4 py-3 text-text-2">{words.none}</p>}
            <ul>
              {alerts.map(alert => (
                <AlertRow key={alert.id} alert={alert} page={pageOf(alert)} onLeave={() => onOpenChange(false)} />
              ))}
            </ul>
            {omitted > 0 && <p className="border-t px-4 py-2.5 text-text-2">{words.omitted(omitted)}</p>}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function AlertRow({ alert, page, onLeave }: { alert: Alert; page: AlertPageLink | undefined; onLeave: () => void }) {
  const { level, sentence, since, remedy } = alert;
  return (
    <li className="border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-label">
        <StateMark kind={level}>{words.levels[level]}</StateMark>
        {since && (
          <span className="text-text-2">
            {words.since} <When value={since} />
          </span>
        )}
      </div>
      <p className="mt-1 break-words">{sentence}</p>
      <p className="mt-0.5 break-words text-text-2">
        <span className="font-medium">{text.findings.remedy}</span> {remedy}
      </p>
      {page && (
        <Link
          to={page.path}
          search={(page.search ?? {}) as never}
          onClick={onLeave}
          className="mt-1 inline-flex min-h-6 items-center font-medium text-accent underline pointer-coarse:min-h-11"
        >
          {page.label}
        </Link>
      )}
    </li>
  );
}
