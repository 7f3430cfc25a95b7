import { Tabs } from '@base-ui/react/tabs';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { OctagonX } from 'lucide-react';
import { BackLink } from '../../components/back-link.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Campaign, campaignQuery, campaignStatsQuery } from '../../features/campaigns/api/campaigns.ts';
import { stateMarks } from '../../features/campaigns/campaign-moves.ts';
import { type CampaignSearch, type CampaignTab, campaignTabs } from '../../features/campaigns/campaign-search.ts';
import { CallsPart } from '../../features/campaigns/components/calls-part.tsx';
import { CampaignActs } from '../../features/campaigns/components/campaign-acts.tsx';
import { CampaignOverview } from '../../features/campaigns/components/campaign-overview.tsx';
import { ComparisonPart } from '../../features/campaigns/components/comparison.tsx';
import { ForecastPart } from '../../features/campaigns/components/forecast-part.tsx';
import { LogPart } from '../../features/campaigns/components/log-part.tsx';
import { PreflightPart } from '../../features/campaigns/components/preflight-part.tsx';
import { QueuePart } from '../../features/campaigns/components/queue-part.tsx';
import { RulesPart } from '../../features/campaigns/components/rules-part.tsx';
import { CallingStopped } from '../../features/operations/components/calling-stopped.tsx';
import { present } from '../../lib/address-words.ts';
import { ApiError } from '../../lib/api-error.ts';
import { formatWhen } from '../../lib/format.ts';
import { useWatchedCampaign } from '../../lib/live/use-live.ts';
import { useMay } from '../../lib/use-user.ts';
import { campaignsText } from '../../strings/campaigns.ts';

const route = getRouteApi('/campaigns/$id');
const words = campaignsText.one;

/** One campaign: how far it is, whom it calls and why not, what happened, and what can be done. */
export function CampaignPage() {
  const { id } = route.useParams();
  const query = useQuery(campaignQuery(id));
  useWatchedCampaign(id);
  if (query.isError && !query.data) {
    const gone = query.error instanceof ApiError && [400, 404].includes(query.error.status);
    return (
      <>
        <Back />
        <PageHeader title={gone ? words.gone : campaignsText.title} facts={gone ? words.goneBody : undefined} />
        {!gone && (
          <div className="px-3 tablet:px-4">
            <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
      </>
    );
  }
  if (!query.data)
    return (
      <>
        <Back />
        <Skeleton rows={10} rowClass="h-12 px-4" />
      </>
    );
  return <KnownCampaign campaign={query.data} />;
}

const Back = () => <BackLink to="/campaigns">{campaignsText.title}</BackLink>;

function KnownCampaign({ campaign }: { campaign: Campaign }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const stats = useQuery(campaignStatsQuery(campaign.id)).data?.stats;
  const change = (changes: { [K in keyof CampaignSearch]?: CampaignSearch[K] | undefined }) =>
    void navigate({ search: before => present({ ...before, ...changes }) as CampaignSearch, replace: true });
  const seesCalls = useMay('calls:read');
  const tabs = campaignTabs.filter(
    each => (each !== 'calls' || seesCalls) && (each !== 'versions' || campaign.variants.length > 1),
  );
  const tab = tabs.find(each => each === search.tab) ?? 'overview';
  const { cause, state } = campaign;
  const mark = <StateMark kind={stateMarks[state]}>{campaignsText.states[state]}</StateMark>;
  return (
    <>
      <Back />
      <PageHeader
        title={campaign.name}
        facts={
          <span className="inline-flex flex-wrap items-center gap-x-3">
            <span role="status">{mark}</span>
            <span>
              {words.made(formatWhen(Date.parse(campaign.createdAt), { now: Date.now() }), campaign.createdBy)}
            </span>
          </span>
        }
        actions={
          <CampaignActs
            campaign={campaign}
            stats={stats}
            onDeleted={() => void navigate({ to: '/campaigns', replace: true })}
          />
        }
      />
      {(state === 'running' || state === 'starting' || state === 'resuming') && <CallingStopped />}
      {cause && (state === 'error' || state === 'paused' || state === 'pausing') && (
        <div className="px-3 pb-3 tablet:px-4">
          <p
            className={`flex gap-2 rounded-control border px-3 py-2.5 ${state === 'error' ? 'border-bad bg-bad-soft' : 'border-border-strong bg-warn-soft'}`}
          >
            <OctagonX aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
            <span>
              <strong className="font-semibold">{state === 'error' ? words.cause.error : words.cause.paused}</strong>{' '}
              {cause.message}
            </span>
          </p>
        </div>
      )}
      <Tabs.Root
        value={tab}
        onValueChange={next =>
          change({ tab: next === 'overview' ? undefined : (next as CampaignTab), state: undefined, type: undefined })
        }
      >
        <Tabs.List
          aria-label={words.tabsLabel}
          className="flex gap-5 overflow-x-auto border-y bg-surface px-3 tablet:px-4"
        >
          {tabs.map(each => (
            <Tabs.Tab
              key={each}
              value={each}
              className="flex h-10 shrink-0 cursor-pointer items-center border-transparent border-b-2 pt-0.5 font-medium text-text-2 hover:text-text focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:text-text pointer-coarse:h-11"
            >
              {words.tabs[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} className="focus-visible:-outline-offset-2">
          {tab === 'overview' && <CampaignOverview campaign={campaign} />}
          {tab === 'queue' && (
            <QueuePart campaign={campaign} state={search.state} onState={next => change({ state: next })} />
          )}
          {tab === 'calls' && <CallsPart campaign={campaign} />}
          {tab === 'versions' &&
            (stats ? <ComparisonPart variants={stats.variants} /> : <Skeleton rows={3} rowClass="h-10 px-4" />)}
          {tab === 'log' && <LogPart id={campaign.id} type={search.type} onType={next => change({ type: next })} />}
          {tab === 'check' && <PreflightPart id={campaign.id} />}
          {tab === 'forecast' && <ForecastPart campaign={campaign} />}
          {tab === 'rules' && <RulesPart campaign={campaign} />}
        </Tabs.Panel>
      </Tabs.Root>
    </>
  );
}
