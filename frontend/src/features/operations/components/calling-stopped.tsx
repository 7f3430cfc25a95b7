import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { OctagonX } from 'lucide-react';
import { When } from '../../../components/when.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { operationsText } from '../../../strings/operations.ts';
import { killSwitchQuery } from '../api/operations.ts';

const words = operationsText.calling.kill;

/** Tells, where somebody waits for calls, that none is made: since when, by whom, and who can change it. Nothing while calling is allowed. */
export function CallingStopped() {
  const mayKnow = useMay('kill-switch:read');
  const mayTurn = useMay('kill-switch:write');
  const { data } = useQuery({ ...killSwitchQuery, enabled: mayKnow, refetchInterval: 15_000 });
  if (!data?.on) return null;
  return (
    <div className="px-3 pb-3 tablet:px-4">
      <div role="status" className="flex gap-2 rounded-control border border-bad bg-bad-soft px-3 py-2.5">
        <OctagonX aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
        <p className="min-w-0 break-words">
          <strong className="font-semibold">{words.notice}</strong>{' '}
          {data.since && (
            <>
              {words.noticeSince} <When value={data.since} /> {data.by && words.by(data.by)}
              {data.reason ? ': ' : '. '}
            </>
          )}
          {data.reason && <>{words.quoted(data.reason)} </>}
          {mayTurn ? (
            <Link to="/operations/calling" className="font-medium text-accent underline">
              {words.noticeAct}
            </Link>
          ) : (
            words.noticeAsk
          )}
        </p>
      </div>
    </div>
  );
}
