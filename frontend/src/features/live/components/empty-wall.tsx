import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { liveText } from '../../../strings/live.ts';
import { nextCallsQuery } from '../api/next-calls.ts';
import { expectedCalls } from '../expected-calls.ts';

/** Nobody is on the line: when the next calls come, or why none do. */
export function EmptyWall() {
  const seesCampaigns = useMay('campaigns:read');
  const mayAllow = useMay('kill-switch:write');
  const { data } = useQuery(nextCallsQuery);
  const link = 'font-medium text-accent hover:underline';
  if (!data) return <EmptyPart what={liveText.empty} how={liveText.emptyHow} />;
  const { campaign, paused, state } = data;
  return (
    <EmptyPart
      what={liveText.empty}
      how={
        <>
          {expectedCalls(data, { now: Date.now() })}
          {campaign && ' '}
          {campaign && seesCampaigns ? (
            <Link to="/campaigns/$id" params={{ id: campaign.id }} className={link}>
              {campaign.name}
            </Link>
          ) : (
            campaign?.name
          )}
          {campaign && '.'} {state !== 'calling-stopped' && liveText.emptyHow}
        </>
      }
      action={
        state === 'calling-stopped' && mayAllow ? (
          <Link to="/operations/calling" className={link}>
            {liveText.next.allow}
          </Link>
        ) : paused > 0 && seesCampaigns ? (
          <Link to="/campaigns" search={{ state: 'paused' }} className={link}>
            {liveText.next.showPaused}
          </Link>
        ) : undefined
      }
    />
  );
}
