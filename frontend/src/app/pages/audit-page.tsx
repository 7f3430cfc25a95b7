import { getRouteApi } from '@tanstack/react-router';
import { PageHeader } from '../../components/page-header.tsx';
import { AuditList } from '../../features/audit/components/audit-list.tsx';
import { auditText } from '../../strings/audit.ts';

const route = getRouteApi('/settings/audit');

export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <PageHeader title={auditText.title} facts={auditText.facts} />
      <AuditList search={search} onChange={next => void navigate({ search: next, replace: true })} />
    </>
  );
}
