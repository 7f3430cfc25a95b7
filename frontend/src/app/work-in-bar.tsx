import { Link } from '@tanstack/react-router';
import { useLiveCount } from '../lib/live/use-live.ts';
import { useRunningCampaigns } from '../lib/running-campaigns.ts';
import { text } from '../strings/en.ts';

const style = 'inline-flex min-h-6 items-center whitespace-nowrap text-label text-text-2 hover:underline';

/** What goes on now, in the top bar of every page; each leads to its page. Narrow windows have the counts in the navigation. */
export function WorkInBar() {
  const calls = useLiveCount();
  const campaigns = useRunningCampaigns();
  return (
    <div className="hidden items-center gap-4 desk:flex">
      {calls !== undefined && (
        <Link to="/live" className={style}>
          {text.work.calls(calls)}
        </Link>
      )}
      {campaigns !== undefined && (
        <Link to="/campaigns" search={{ state: 'running' }} className={style}>
          {text.work.campaigns(campaigns)}
        </Link>
      )}
    </div>
  );
}
