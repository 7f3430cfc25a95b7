import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { BackLink } from '../../components/back-link.tsx';
import { Band } from '../../components/band.tsx';
import { Button } from '../../components/button.tsx';
import { ConfirmAct } from '../../components/confirm-act.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { When } from '../../components/when.tsx';
import { agentQuery, useArchiveAgent } from '../../features/agents/api/agents.ts';
import { AgentEditor } from '../../features/agents/components/agent-editor.tsx';
import { FirstMessagePart, VendorPart } from '../../features/agents/components/agent-facts.tsx';
import { AgentVersions } from '../../features/agents/components/agent-versions.tsx';
import { ApiError } from '../../lib/api-error.ts';
import { useMay } from '../../lib/use-user.ts';
import { agentsText } from '../../strings/settings.ts';
import { settingsPages } from '../pages.ts';

const route = getRouteApi('/settings/agents/$agentId');
const words = agentsText.page;

/** One agent: what people hear first, what it is at the vendor, its settings, and every version there was. */
export function AgentPage() {
  const { agentId } = route.useParams();
  const query = useQuery(agentQuery(agentId));
  const mayChange = useMay('agents:write');
  const [archiving, setArchiving] = useState(false);
  const back = <BackLink to={settingsPages.agents.path}>{agentsText.title}</BackLink>;
  if (!query.data) {
    const gone = query.error instanceof ApiError && [400, 404].includes(query.error.status);
    return (
      <>
        {back}
        {query.isPending ? (
          <Skeleton rows={10} rowClass="h-12 px-4" />
        ) : (
          <PageHeader title={gone ? words.gone : agentsText.one} facts={gone ? words.goneBody : undefined} />
        )}
        {query.isError && !gone && (
          <div className="px-3 tablet:px-4">
            <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
      </>
    );
  }
  const { agent, firstMessage } = query.data;
  return (
    <>
      {back}
      <PageHeader
        title={agent.name}
        facts={
          <>
            {words.facts(agent.version)} <When value={agent.updatedAt} />
          </>
        }
        actions={
          mayChange && (
            <Button look="danger" onClick={() => setArchiving(true)}>
              {words.archive}
            </Button>
          )
        }
      />
      <Band title={words.first} body={words.firstBody}>
        <FirstMessagePart firstMessage={firstMessage} />
      </Band>
      {mayChange && (
        <Band title={words.settings} body={words.settingsBody}>
          <AgentEditor agent={agent} reload={async () => (await query.refetch()).data?.agent} />
        </Band>
      )}
      <Band title={words.know} body={words.knowBody}>
        <VendorPart agent={agent} />
      </Band>
      <section className="border-t">
        <div className="bg-surface px-3 pt-5 pb-2 tablet:px-4">
          <h2 className="font-semibold text-section">{words.versions}</h2>
          <p className="mt-1 text-table text-text-2">{words.versionsBody}</p>
        </div>
        <AgentVersions id={agent.id} current={agent.version} />
      </section>
      {archiving && <ArchiveDialog id={agent.id} name={agent.name} onClose={() => setArchiving(false)} />}
    </>
  );
}

function ArchiveDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const archive = useArchiveAgent(id);
  const navigate = useNavigate();
  return (
    <ConfirmAct
      title={words.archiveTitle(name)}
      body={words.archiveBody}
      act={words.archive}
      failed={words.archiveFailed}
      onClose={onClose}
      mutation={archive}
      input={undefined}
      said={() => words.archived(name)}
      onDone={() => void navigate({ to: settingsPages.agents.path, replace: true })}
    />
  );
}
