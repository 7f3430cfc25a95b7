import { getRouteApi } from '@tanstack/react-router';
import { PageHeader } from '../../components/page-header.tsx';
import { ReceiptTable } from '../../features/operations/components/receipt-table.tsx';
import { operationsText } from '../../strings/operations.ts';

const route = getRouteApi('/operations/receipts');

export function ReceiptsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <PageHeader title={operationsText.receipts.title} facts={operationsText.receipts.facts} />
      <ReceiptTable search={search} onChange={next => void navigate({ search: next, replace: true })} />
    </>
  );
}
