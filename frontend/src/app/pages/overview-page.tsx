import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowUpRight, ChevronRight } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { Band } from '../../components/band.tsx';
import { buttonStyle } from '../../components/button.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { RangePicker } from '../../components/range-picker.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { FiguresPart } from '../../features/figures/components/figures-part.tsx';
import { statusQuery, useSandboxOn } from '../../features/status/api/status.ts';
import { SideList } from '../../features/status/components/side-list.tsx';
import { systemQuery } from '../../features/system/api/system.ts';
import { DependencyList } from '../../features/system/components/dependency-list.tsx';
import { address } from '../../lib/address.ts';
import type { RangeSearch } from '../../lib/date-range.ts';
import { formatDuration } from '../../lib/format.ts';
import { useMay } from '../../lib/use-user.ts';
import { text } from '../../strings/en.ts';
import { type PageEntry, settingsPages } from '../pages.ts';

const route = getRouteApi('/');

const RunningCampaigns = lazy(() =>
  import('../../features/campaigns/components/running-campaigns.tsx').then(({ RunningCampaigns: part }) => ({
    default: part,
  })),
);

const CallingStopped = lazy(() =>
  import('../../features/operations/components/calling-stopped.tsx').then(({ CallingStopped: part }) => ({
    default: part,
  })),
);

const SetUpPart = lazy(() =>
  import('../../features/set-up/components/set-up-part.tsx').then(({ SetUpPart: part }) => ({ default: part })),
);

/** The place of a page of the settings, once there is such a page. */
const settingsPath = (path: string): string | undefined =>
  Object.values<PageEntry>(settingsPages).find(page => page.path === path)?.path;
const setUpPages = { agents: settingsPath('/settings/agents'), numbers: settingsPath('/settings/numbers') };

/** How things go, what runs here and whether it can work, and where to go next. */
export function OverviewPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const seesCalls = useMay('calls:read');
  const seesCampaigns = useMay('campaigns:read');
  const range: RangeSearch = search.range || search.from || search.to ? search : { range: 'today' };
  const mayOperate = useMay('system:read');
  const mayMakeCampaigns = useMay('campaigns:write');
  const sandboxOn = useSandboxOn() === true;
  const status = useQuery({ ...statusQuery(true), refetchInterval: false });
  const system = useQuery({ ...systemQuery, enabled: mayOperate, refetchInterval: 15_000 });
  const facts = [
    status.data && text.overview.facts(status.data.version),
    system.data && text.overview.uptime(formatDuration(system.data.uptimeSeconds)),
  ];

  const running = seesCampaigns && (
    <Suspense>
      <RunningCampaigns />
    </Suspense>
  );

  return (
    <>
      <PageHeader
        title={text.overview.title}
        facts={facts.filter(Boolean).join(' · ') || ' '}
        actions={
          <>
            {seesCalls && (
              <RangePicker value={range} onChange={next => void navigate({ search: next, replace: true })} />
            )}
            {mayMakeCampaigns && (
              <Link to="/campaigns/new" className={buttonStyle({ look: 'primary' })}>
                {text.overview.newCampaign}
              </Link>
            )}
          </>
        }
      />
      <Suspense>
        <CallingStopped />
      </Suspense>
      {mayOperate && (
        <Suspense>
          <SetUpPart sandboxOn={sandboxOn} pages={setUpPages} />
        </Suspense>
      )}
      {seesCalls ? <FiguresPart range={range}>{running}</FiguresPart> : running}
      <Band title={text.overview.running} body={text.overview.runningBody}>
        {status.isError && (
          <ErrorPart what={text.overview.failed} error={status.error} onRetry={() => status.refetch()} />
        )}
        {status.isPending && <Skeleton rows={3} rowClass="h-9" />}
        {status.data && (
          <SideList
            sandbox={status.data.sandbox}
            ready={{ state: status.data.ready, note: readyNote(status.data.ready, mayOperate) }}
          />
        )}
      </Band>
      {system.data && system.data.dependencies.length > 0 && (
        <Band title={text.overview.parts} body={text.overview.partsBody}>
          <div className="border-t">
            <DependencyList dependencies={system.data.dependencies} flush />
          </div>
        </Band>
      )}
      <PeopleBand />
      <BuildBand />
    </>
  );
}

function readyNote(ready: boolean, mayOperate: boolean) {
  if (ready) return text.overview.ready;
  return mayOperate ? text.overview.notReadyAdmin : text.overview.notReady;
}

function PeopleBand() {
  const mayAddUsers = useMay('users:write');
  const mayReadAudit = useMay('audit:read');
  return (
    <Band title={text.overview.people}>
      <ul className="border-t">
        <Step to={settingsPages.account.path} title={text.overview.ownPassword} body={text.overview.ownPasswordBody} />
        {mayAddUsers && (
          <Step to={settingsPages.users.path} title={text.overview.addUser} body={text.overview.addUserBody} />
        )}
        {mayReadAudit && (
          <Step to={settingsPages.audit.path} title={text.overview.audit} body={text.overview.auditBody} />
        )}
      </ul>
    </Band>
  );
}

function BuildBand() {
  const mayMakeKeys = useMay('api-keys:write');
  return (
    <Band title={text.overview.build} body={text.overview.buildBody}>
      <ul className="border-t">
        <Step href={address('api/docs')} title={text.overview.docs} body={text.overview.docsBody} />
        <Step href={address('api/openapi.json')} title={text.overview.schema} body={text.overview.schemaBody} />
        {mayMakeKeys && (
          <Step to={settingsPages.apiKeys.path} title={text.overview.makeKey} body={text.overview.makeKeyBody} />
        )}
      </ul>
    </Band>
  );
}

type StepProps = { title: string; body: string } & ({ to: string; href?: never } | { href: string; to?: never });

function Step({ title, body, to, href }: StepProps) {
  const style = 'group -mx-2 flex items-center gap-4 rounded-control px-2 py-2 hover:bg-hover pointer-coarse:min-h-11';
  const Icon = to ? ChevronRight : ArrowUpRight;
  const content: ReactNode = (
    <>
      <span className="grid min-w-0 flex-1 gap-x-4 tablet:grid-cols-[18rem_minmax(0,1fr)]">
        <span className="font-medium text-accent group-hover:underline">{title}</span>
        <span className="text-text-2">{body}</span>
      </span>
      <Icon aria-hidden="true" className="size-4 shrink-0 text-text-3" />
    </>
  );
  return (
    <li className="border-b last:border-b-0">
      {to ? (
        <Link to={to} className={style}>
          {content}
        </Link>
      ) : (
        <a href={href} className={style}>
          {content}
        </a>
      )}
    </li>
  );
}
