import { PageHeader } from '../../components/page-header.tsx';
import { SessionTable } from '../../features/operations/components/session-table.tsx';
import { operationsText } from '../../strings/operations.ts';

export function SessionsPage() {
  return (
    <>
      <PageHeader title={operationsText.sessions.title} facts={operationsText.sessions.facts} />
      <SessionTable />
    </>
  );
}
