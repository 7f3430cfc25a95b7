import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { BackLink } from '../../components/back-link.tsx';
import { Button } from '../../components/button.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { useSyncAgents } from '../../features/agents/api/agents.ts';
import { NewAgentForm } from '../../features/agents/components/agent-editor.tsx';
import { VendorAgents } from '../../features/agents/components/vendor-agents.tsx';
import { agentsText as words } from '../../strings/settings.ts';
import { settingsPages } from '../pages.ts';

const route = getRouteApi('/settings/agents/new');

/** Makes an agent of ours; the vendor's list is asked for beside the form. */
export function NewAgentPage() {
  const picked = route.useSearch();
  const navigate = useNavigate();
  const sync = useSyncAgents();
  return (
    <>
      <BackLink to={settingsPages.agents.path}>{words.title}</BackLink>
      <PageHeader
        title={words.form.addTitle}
        facts={words.form.addFacts}
        actions={
          <Button disabled={sync.isPending} onClick={() => sync.mutate()}>
            {sync.isPending ? words.syncing : words.sync}
          </Button>
        }
      />
      {sync.error && (
        <div className="px-3 pb-4 tablet:px-4">
          <ErrorPart what={words.syncFailed} error={sync.error} onRetry={() => sync.mutate()} />
        </div>
      )}
      {sync.data && (
        <div className="pb-4">
          <VendorAgents
            report={sync.data}
            onPick={(vendor, name) => {
              void navigate({ to: '/settings/agents/new', search: { vendor, name }, replace: true });
              sync.reset();
            }}
            onClose={() => sync.reset()}
          />
        </div>
      )}
      <div className="border-y bg-surface px-3 py-5 tablet:px-4">
        <NewAgentForm key={`${picked.vendor}`} picked={picked} />
      </div>
    </>
  );
}
