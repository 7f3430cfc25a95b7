import { getRouteApi } from '@tanstack/react-router';
import { PageHeader } from '../../components/page-header.tsx';
import { JobTable } from '../../features/operations/components/job-table.tsx';
import { operationsText } from '../../strings/operations.ts';

const route = getRouteApi('/operations/jobs');

export function JobsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <PageHeader title={operationsText.jobs.title} facts={operationsText.jobs.facts} />
      <JobTable search={search} onChange={next => void navigate({ search: next, replace: true })} />
    </>
  );
}
