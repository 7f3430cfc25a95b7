import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { readNewAgentSearch } from '../features/agents/new-agent-search.ts';
import { readAuditSearch } from '../features/audit/audit-search.ts';
import { readCallSearch } from '../features/calls/call-search.ts';
import { readCallsSearch } from '../features/calls/calls-search.ts';
import { readWizardSearch } from '../features/campaigns/campaign-draft.ts';
import { readCampaignSearch, readCampaignsSearch } from '../features/campaigns/campaign-search.ts';
import { readContactsSearch } from '../features/contacts/contacts-search.ts';
import { readHookSearch } from '../features/hooks/hook-search.ts';
import { readLiveSearch } from '../features/live/live-search.ts';
import { readJobsSearch, readReceiptsSearch } from '../features/operations/operations-search.ts';
import { readSuppressionsSearch } from '../features/suppressions/suppressions-search.ts';
import { basePath } from '../lib/address.ts';
import { readRange } from '../lib/date-range.ts';
import { readImportsSearch } from '../lib/import-search.ts';
import { AppFrame } from './app-frame.tsx';
import { OperationsIndex, OperationsLayout } from './operations-layout.tsx';
import { CrashPage } from './pages/crash-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { contactsPages, mainPages, newAgentPage, newCampaignPage, operationsPages, settingsPages } from './pages.ts';
import { RequireRight } from './require-right.tsx';
import { RequireSandbox } from './require-sandbox.tsx';
import { SettingsLayout } from './settings-layout.tsx';

const root = createRootRoute({ component: AppFrame, notFoundComponent: NotFoundPage });

const OverviewPage = lazyRouteComponent(() => import('./pages/overview-page.tsx'), 'OverviewPage');
const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readRange,
  component: OverviewPage,
});

const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsLayout });

const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: settingsPages.account.path, replace: true });
  },
});

const AccountPage = lazyRouteComponent(() => import('./pages/account-page.tsx'), 'AccountPage');
const account = createRoute({ getParentRoute: () => settings, path: '/account', component: AccountPage });

const UsersPage = lazyRouteComponent(() => import('./pages/users-page.tsx'), 'UsersPage');
const users = createRoute({
  getParentRoute: () => settings,
  path: '/users',
  component: () => (
    <RequireRight page={settingsPages.users}>
      <UsersPage />
    </RequireRight>
  ),
});

const ApiKeysPage = lazyRouteComponent(() => import('./pages/api-keys-page.tsx'), 'ApiKeysPage');
const apiKeys = createRoute({
  getParentRoute: () => settings,
  path: '/api-keys',
  component: () => (
    <RequireRight page={settingsPages.apiKeys}>
      <ApiKeysPage />
    </RequireRight>
  ),
});

const AuditPage = lazyRouteComponent(() => import('./pages/audit-page.tsx'), 'AuditPage');
const audit = createRoute({
  getParentRoute: () => settings,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: () => (
    <RequireRight page={settingsPages.audit}>
      <AuditPage />
    </RequireRight>
  ),
});

const AgentsPage = lazyRouteComponent(() => import('./pages/agents-page.tsx'), 'AgentsPage');
const agents = createRoute({
  getParentRoute: () => settings,
  path: '/agents',
  component: () => (
    <RequireRight page={settingsPages.agents}>
      <AgentsPage />
    </RequireRight>
  ),
});

const NewAgentPage = lazyRouteComponent(() => import('./pages/new-agent-page.tsx'), 'NewAgentPage');
const newAgent = createRoute({
  getParentRoute: () => settings,
  path: '/agents/new',
  validateSearch: readNewAgentSearch,
  component: () => (
    <RequireRight page={newAgentPage}>
      <NewAgentPage />
    </RequireRight>
  ),
});

const AgentPage = lazyRouteComponent(() => import('./pages/agent-page.tsx'), 'AgentPage');
const agent = createRoute({
  getParentRoute: () => settings,
  path: '/agents/$agentId',
  remountDeps: ({ params }) => params,
  component: () => (
    <RequireRight page={settingsPages.agents}>
      <AgentPage />
    </RequireRight>
  ),
});

const NumbersPage = lazyRouteComponent(() => import('./pages/numbers-page.tsx'), 'NumbersPage');
const numbers = createRoute({
  getParentRoute: () => settings,
  path: '/numbers',
  component: () => (
    <RequireRight page={settingsPages.numbers}>
      <NumbersPage />
    </RequireRight>
  ),
});

const WebhooksPage = lazyRouteComponent(() => import('./pages/webhooks-page.tsx'), 'WebhooksPage');
const webhooks = createRoute({
  getParentRoute: () => settings,
  path: '/webhooks',
  component: () => (
    <RequireRight page={settingsPages.webhooks}>
      <WebhooksPage />
    </RequireRight>
  ),
});

const WebhookPage = lazyRouteComponent(() => import('./pages/webhook-page.tsx'), 'WebhookPage');
const webhook = createRoute({
  getParentRoute: () => settings,
  path: '/webhooks/$hookId',
  validateSearch: readHookSearch,
  remountDeps: ({ params }) => params,
  component: () => (
    <RequireRight page={settingsPages.webhooks}>
      <WebhookPage />
    </RequireRight>
  ),
});

const RetentionPage = lazyRouteComponent(() => import('./pages/retention-page.tsx'), 'RetentionPage');
const retention = createRoute({
  getParentRoute: () => settings,
  path: '/retention',
  component: () => (
    <RequireRight page={settingsPages.retention}>
      <RetentionPage />
    </RequireRight>
  ),
});

const LivePage = lazyRouteComponent(() => import('./pages/live-page.tsx'), 'LivePage');
const live = createRoute({
  getParentRoute: () => root,
  path: '/live',
  validateSearch: readLiveSearch,
  component: () => (
    <RequireRight page={mainPages.live}>
      <LivePage />
    </RequireRight>
  ),
});

const CallsPage = lazyRouteComponent(() => import('./pages/calls-page.tsx'), 'CallsPage');
const calls = createRoute({
  getParentRoute: () => root,
  path: '/calls',
  validateSearch: readCallsSearch,
  component: () => (
    <RequireRight page={mainPages.calls}>
      <CallsPage />
    </RequireRight>
  ),
});

const CallPage = lazyRouteComponent(() => import('./pages/call-page.tsx'), 'CallPage');
const call = createRoute({
  getParentRoute: () => root,
  path: '/calls/$sid',
  validateSearch: readCallSearch,
  // Another call is another page: nothing of the one before may be heard on.
  remountDeps: ({ params }) => params,
  component: () => (
    <RequireRight page={mainPages.calls}>
      <CallPage />
    </RequireRight>
  ),
});

const CampaignsPage = lazyRouteComponent(() => import('./pages/campaigns-page.tsx'), 'CampaignsPage');
const campaigns = createRoute({
  getParentRoute: () => root,
  path: '/campaigns',
  validateSearch: readCampaignsSearch,
  component: () => (
    <RequireRight page={mainPages.campaigns}>
      <CampaignsPage />
    </RequireRight>
  ),
});

const NewCampaignPage = lazyRouteComponent(() => import('./pages/new-campaign-page.tsx'), 'NewCampaignPage');
const newCampaign = createRoute({
  getParentRoute: () => root,
  path: '/campaigns/new',
  validateSearch: readWizardSearch,
  component: () => (
    <RequireRight page={newCampaignPage}>
      <NewCampaignPage />
    </RequireRight>
  ),
});

const CampaignPage = lazyRouteComponent(() => import('./pages/campaign-page.tsx'), 'CampaignPage');
const campaign = createRoute({
  getParentRoute: () => root,
  path: '/campaigns/$id',
  validateSearch: readCampaignSearch,
  // Another campaign is another page: nothing that was typed or asked about the one before may be done to it.
  remountDeps: ({ params }) => params,
  component: () => (
    <RequireRight page={mainPages.campaigns}>
      <CampaignPage />
    </RequireRight>
  ),
});

const ContactsPage = lazyRouteComponent(() => import('./pages/contacts-page.tsx'), 'ContactsPage');
const contacts = createRoute({
  getParentRoute: () => root,
  path: '/contacts',
  validateSearch: readContactsSearch,
  component: () => (
    <RequireRight page={contactsPages.people}>
      <ContactsPage />
    </RequireRight>
  ),
});

const PersonPage = lazyRouteComponent(() => import('./pages/person-page.tsx'), 'PersonPage');
const person = createRoute({
  getParentRoute: () => root,
  path: '/contacts/$contactId',
  remountDeps: ({ params }) => params,
  component: () => (
    <RequireRight page={contactsPages.people}>
      <PersonPage />
    </RequireRight>
  ),
});

const ContactListsPage = lazyRouteComponent(() => import('./pages/contact-lists-page.tsx'), 'ContactListsPage');
const contactLists = createRoute({
  getParentRoute: () => root,
  path: '/contacts/lists',
  component: () => (
    <RequireRight page={contactsPages.lists}>
      <ContactListsPage />
    </RequireRight>
  ),
});

const NewImportPage = lazyRouteComponent(() => import('./pages/new-import-page.tsx'), 'NewImportPage');
const newImport = createRoute({
  getParentRoute: () => root,
  path: '/contacts/import',
  validateSearch: readImportsSearch,
  component: () => (
    <RequireRight page={contactsPages.imports}>
      <NewImportPage />
    </RequireRight>
  ),
});

const ImportsPage = lazyRouteComponent(() => import('./pages/imports-page.tsx'), 'ImportsPage');
const imports = createRoute({
  getParentRoute: () => root,
  path: '/contacts/imports',
  validateSearch: readImportsSearch,
  component: () => (
    <RequireRight page={contactsPages.imports}>
      <ImportsPage />
    </RequireRight>
  ),
});

const ImportPage = lazyRouteComponent(() => import('./pages/import-page.tsx'), 'ImportPage');
const oneImport = createRoute({
  getParentRoute: () => root,
  path: '/contacts/imports/$importId',
  validateSearch: readImportsSearch,
  remountDeps: ({ params }) => params,
  component: () => (
    <RequireRight page={contactsPages.imports}>
      <ImportPage />
    </RequireRight>
  ),
});

const SuppressionsPage = lazyRouteComponent(() => import('./pages/suppressions-page.tsx'), 'SuppressionsPage');
const suppressions = createRoute({
  getParentRoute: () => root,
  path: '/suppressions',
  validateSearch: readSuppressionsSearch,
  component: () => (
    <RequireRight page={contactsPages.suppressions}>
      <SuppressionsPage />
    </RequireRight>
  ),
});

const operations = createRoute({ getParentRoute: () => root, path: '/operations', component: OperationsLayout });

const OperationsPage = lazyRouteComponent(() => import('./pages/operations-page.tsx'), 'OperationsPage');
const health = createRoute({
  getParentRoute: () => operations,
  path: '/',
  component: () => (
    <OperationsIndex>
      <OperationsPage />
    </OperationsIndex>
  ),
});

const CallingPage = lazyRouteComponent(() => import('./pages/calling-page.tsx'), 'CallingPage');
const calling = createRoute({
  getParentRoute: () => operations,
  path: '/calling',
  component: () => (
    <RequireRight page={operationsPages.calling}>
      <CallingPage />
    </RequireRight>
  ),
});

const JobsPage = lazyRouteComponent(() => import('./pages/jobs-page.tsx'), 'JobsPage');
const jobs = createRoute({
  getParentRoute: () => operations,
  path: '/jobs',
  validateSearch: readJobsSearch,
  component: () => (
    <RequireRight page={operationsPages.jobs}>
      <JobsPage />
    </RequireRight>
  ),
});

const ReceiptsPage = lazyRouteComponent(() => import('./pages/receipts-page.tsx'), 'ReceiptsPage');
const receipts = createRoute({
  getParentRoute: () => operations,
  path: '/receipts',
  validateSearch: readReceiptsSearch,
  component: () => (
    <RequireRight page={operationsPages.receipts}>
      <ReceiptsPage />
    </RequireRight>
  ),
});

const SessionsPage = lazyRouteComponent(() => import('./pages/sessions-page.tsx'), 'SessionsPage');
const sessions = createRoute({
  getParentRoute: () => operations,
  path: '/sessions',
  component: () => (
    <RequireRight page={operationsPages.sessions}>
      <SessionsPage />
    </RequireRight>
  ),
});

const SandboxPage = lazyRouteComponent(() => import('./pages/sandbox-page.tsx'), 'SandboxPage');
const sandbox = createRoute({
  getParentRoute: () => root,
  path: '/sandbox',
  component: () => (
    <RequireSandbox>
      <RequireRight page={mainPages.sandbox}>
        <SandboxPage />
      </RequireRight>
    </RequireSandbox>
  ),
});

/** Loads the pages that are not on screen yet, so that going to one works even while the connection is away. */
export function loadAllPages(): void {
  for (const page of [
    AccountPage,
    UsersPage,
    ApiKeysPage,
    AgentsPage,
    NewAgentPage,
    AgentPage,
    NumbersPage,
    WebhooksPage,
    WebhookPage,
    RetentionPage,
    AuditPage,
    LivePage,
    CallsPage,
    CallPage,
    CampaignsPage,
    NewCampaignPage,
    CampaignPage,
    ContactsPage,
    PersonPage,
    ContactListsPage,
    NewImportPage,
    ImportsPage,
    ImportPage,
    SuppressionsPage,
    OperationsPage,
    CallingPage,
    JobsPage,
    ReceiptsPage,
    SessionsPage,
    SandboxPage,
  ])
    page.preload?.()?.catch(() => {});
}

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    live,
    calls,
    call,
    campaigns,
    newCampaign,
    campaign,
    contacts,
    person,
    contactLists,
    newImport,
    imports,
    oneImport,
    suppressions,
    settings.addChildren([
      settingsIndex,
      account,
      agents,
      newAgent,
      agent,
      numbers,
      users,
      apiKeys,
      webhooks,
      webhook,
      retention,
      audit,
    ]),
    operations.addChildren([health, calling, jobs, receipts, sessions]),
    sandbox,
  ]),
  basepath: basePath,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: CrashPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
