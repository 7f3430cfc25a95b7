import { Link } from '@tanstack/react-router';
import { expectedCalls } from '../lib/expected-calls.ts';
import type { NextCalls } from '../lib/next-calls.ts';
import { useMay } from '../lib/use-user.ts';
import { nextCallsText as words } from '../strings/next-calls.ts';

const link = 'font-medium text-accent hover:underline';

/** When calls come next and whose, or why none do. */
export function NextCallsSentence({ next }: { next: NextCalls }) {
  const seesCampaigns = useMay('campaigns:read');
  const { campaign } = next;
  return (
    <>
      {expectedCalls(next, { now: Date.now() })}
      {campaign && ' '}
      {campaign && seesCampaigns ? (
        <Link to="/campaigns/$id" params={{ id: campaign.id }} className={link}>
          {campaign.name}
        </Link>
      ) : (
        campaign?.name
      )}
      {campaign && '.'}
    </>
  );
}

/** The way to whoever keeps calls from coming, for those who may change it. */
export function NextCallsAct({ next: { state, paused } }: { next: NextCalls }) {
  const seesCampaigns = useMay('campaigns:read');
  const mayAllow = useMay('kill-switch:write');
  if (state === 'calling-stopped' && mayAllow)
    return (
      <Link to="/operations/calling" className={link}>
        {words.allow}
      </Link>
    );
  if (paused > 0 && seesCampaigns)
    return (
      <Link to="/campaigns" search={{ state: 'paused' }} className={link}>
        {words.showPaused}
      </Link>
    );
  return null;
}
