import { PageHeader } from '../../components/page-header.tsx';
import { AuditList } from '../../features/audit/components/audit-list.tsx';
import { text } from '../../strings/en.ts';

export function AuditPage() {
  return (
    <>
      <PageHeader title={text.audit.title} facts={text.audit.facts} />
      <AuditList />
    </>
  );
}
