import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { OctagonX } from 'lucide-react';
import { BackLink } from '../../components/back-link.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { When } from '../../components/when.tsx';
import { hookQuery } from '../../features/hooks/api/hooks.ts';
import { DeliveryList } from '../../features/hooks/components/delivery-list.tsx';
import { HookActs } from '../../features/hooks/components/hook-acts.tsx';
import { eventName } from '../../features/hooks/components/hook-list.tsx';
import { ApiError } from '../../lib/api-error.ts';
import { useMay } from '../../lib/use-user.ts';
import { hooksText } from '../../strings/settings.ts';
import { settingsPages } from '../pages.ts';

const route = getRouteApi('/settings/webhooks/$hookId');
const words = hooksText.page;

/** One webhook: whom it tells what, and every message with its fate. */
export function WebhookPage() {
  const { hookId } = route.useParams();
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(hookQuery(hookId));
  const mayChange = useMay('hooks:write');
  const hook = query.data;
  const back = <BackLink to={settingsPages.webhooks.path}>{hooksText.title}</BackLink>;
  if (!hook) {
    const gone = query.error instanceof ApiError && [400, 404].includes(query.error.status);
    return (
      <>
        {back}
        {query.isPending ? (
          <Skeleton rows={8} rowClass="h-12 px-4" />
        ) : (
          <PageHeader title={gone ? words.gone : hooksText.one} facts={gone ? words.goneBody : undefined} />
        )}
        {query.isError && !gone && (
          <div className="px-3 tablet:px-4">
            <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
      </>
    );
  }
  return (
    <>
      {back}
      <PageHeader
        title={hook.description || hooksText.one}
        facts={
          <>
            <code className="break-all font-mono">{hook.url}</code>
            <span className="mt-1 flex flex-wrap gap-x-3">
              {hook.enabled ? (
                <StateMark kind="running">{hooksText.on}</StateMark>
              ) : (
                <StateMark kind={hook.problem ? 'urgent' : 'blocked'}>{hooksText.off}</StateMark>
              )}
              <span>{hook.events.map(eventName).join(', ')}</span>
              <span>
                {words.since} <When value={hook.createdAt} />
              </span>
            </span>
          </>
        }
        actions={
          mayChange && (
            <HookActs hook={hook} onRemoved={() => void navigate({ to: settingsPages.webhooks.path, replace: true })} />
          )
        }
      />
      {hook.problem && (
        <div className="px-3 tablet:px-4">
          <p className="flex gap-2 rounded-control border border-bad bg-bad-soft px-3 py-2.5">
            <OctagonX aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
            <span>
              <strong className="font-semibold">{words.problem}</strong> {hook.problem}
            </span>
          </p>
        </div>
      )}
      <DeliveryList
        hookId={hook.id}
        state={state}
        onState={next => void navigate({ search: next ? { state: next } : {}, replace: true })}
      />
    </>
  );
}
