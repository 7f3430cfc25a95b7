import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { BackLink } from '../../components/back-link.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { campaignQuery } from '../../features/campaigns/api/campaigns.ts';
import type { WizardSearch } from '../../features/campaigns/campaign-draft.ts';
import { CampaignWizard } from '../../features/campaigns/components/campaign-wizard.tsx';
import { present } from '../../lib/address-words.ts';
import { campaignsText } from '../../strings/campaigns.ts';

const route = getRouteApi('/campaigns/new');

/** From a list of people to a campaign that runs. */
export function NewCampaignPage() {
  const { step = 'who', id, file } = route.useSearch();
  const navigate = route.useNavigate();
  const arrived = useRef(false);
  const saved = useQuery({ ...campaignQuery(id ?? ''), enabled: id !== undefined });
  // It began, here or elsewhere: from now on it has a page.
  if (id && saved.data && saved.data.state !== 'idle') return <Navigate to="/campaigns/$id" params={{ id }} replace />;
  return (
    <>
      <BackLink to="/campaigns">{campaignsText.title}</BackLink>
      <PageHeader title={campaignsText.new} facts={campaignsText.wizard.promise} />
      {id && saved.isError && !saved.data && (
        <div className="px-3 tablet:px-4">
          <ErrorPart what={campaignsText.one.failed} error={saved.error} onRetry={() => void saved.refetch()} />
        </div>
      )}
      {id && saved.isPending && <Skeleton rows={6} rowClass="h-12 px-4" />}
      {(id === undefined || saved.data) && (
        <CampaignWizard
          key={id ?? 'new'}
          step={step}
          arrived={arrived}
          file={file}
          campaign={id === undefined ? undefined : saved.data}
          onStep={(next, made) => void navigate({ search: present({ step: next, id: made }) as WizardSearch })}
          onFile={next => void navigate({ search: present({ step: 'who', id, file: next }) as WizardSearch })}
        />
      )}
    </>
  );
}
