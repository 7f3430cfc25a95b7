import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { buttonStyle } from '../../components/button.tsx';
import { FilterChoice } from '../../components/filter-bar.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { campaignStates } from '../../features/campaigns/campaign-search.ts';
import { CampaignList } from '../../features/campaigns/components/campaign-list.tsx';
import { CallingStopped } from '../../features/operations/components/calling-stopped.tsx';
import { useMay } from '../../lib/use-user.ts';
import { campaignsText as words } from '../../strings/campaigns.ts';

const route = getRouteApi('/campaigns');

/** What runs, and how far it is. */
export function CampaignsPage() {
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (next: typeof state) => void navigate({ search: next ? { state: next } : {}, replace: true });
  const mayMake = useMay('campaigns:write');
  const make = mayMake && (
    <Link to="/campaigns/new" className={buttonStyle({ look: 'primary' })}>
      <Plus aria-hidden="true" className="size-4" />
      {words.new}
    </Link>
  );
  return (
    <>
      <PageHeader title={words.title} facts={words.facts} actions={make} />
      <CallingStopped />
      <search aria-label={words.filter.label} className="flex flex-wrap items-center gap-2 px-3 pb-2 tablet:px-4">
        <FilterChoice
          label={words.filter.state}
          value={state ?? ''}
          options={[['', words.filter.any], ...campaignStates.map(each => [each, words.states[each]] as const)]}
          onChange={next => show(next === '' ? undefined : next)}
        />
      </search>
      <CampaignList state={state} action={make} onShowAll={() => show(undefined)} />
    </>
  );
}
