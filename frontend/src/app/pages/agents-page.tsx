import { Link, useNavigate } from '@tanstack/react-router';
import { Plus, RefreshCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { buttonStyle } from '../../components/button.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageActions } from '../../components/page-actions.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { useSyncAgents } from '../../features/agents/api/agents.ts';
import { AgentList } from '../../features/agents/components/agent-list.tsx';
import { VendorAgents } from '../../features/agents/components/vendor-agents.tsx';
import { useMay } from '../../lib/use-user.ts';
import { agentsText as words } from '../../strings/settings.ts';

/** Who speaks on calls, and what the vendor has. */
export function AgentsPage() {
  const mayMake = useMay('agents:write');
  const navigate = useNavigate();
  const sync = useSyncAgents();
  const [shown, setShown] = useState(true);
  useEffect(() => {
    if (sync.isPending) setShown(true);
  }, [sync.isPending]);
  const make = mayMake && (
    <Link to="/settings/agents/new" className={buttonStyle({ look: 'primary' })}>
      <Plus aria-hidden="true" className="size-4" />
      {words.add}
    </Link>
  );
  return (
    <>
      <PageHeader
        title={words.title}
        facts={words.facts}
        actions={
          <PageActions
            actions={
              mayMake
                ? [
                    {
                      label: sync.isPending ? words.syncing : words.sync,
                      icon: RefreshCw,
                      onSelect: () => sync.mutate(),
                    },
                  ]
                : []
            }
            primary={make}
          />
        }
      />
      {sync.error && (
        <div className="px-3 pb-4 tablet:px-4">
          <ErrorPart what={words.syncFailed} error={sync.error} onRetry={() => sync.mutate()} />
        </div>
      )}
      {sync.data && shown && (
        <div className="pb-4">
          <VendorAgents
            report={sync.data}
            onPick={(vendor, name) => void navigate({ to: '/settings/agents/new', search: { vendor, name } })}
            onClose={() => setShown(false)}
          />
        </div>
      )}
      <AgentList action={make} />
    </>
  );
}
