import { RefreshCw } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { useReadNumbers } from '../../features/numbers/api/numbers.ts';
import { NumberTable } from '../../features/numbers/components/number-table.tsx';
import { notify } from '../../lib/announcements.ts';
import { useMay } from '../../lib/use-user.ts';
import { numbersText as words } from '../../strings/settings.ts';

/** Our telephone numbers, as the carrier lists them. */
export function NumbersPage() {
  const mayRead = useMay('numbers:write');
  const read = useReadNumbers();
  const ask = () =>
    read.mutate(undefined, { onSuccess: ({ owned, verified }) => notify(words.readDone(owned, verified)) });
  return (
    <>
      <PageHeader
        title={words.title}
        facts={words.facts}
        actions={
          mayRead && (
            <Button disabled={read.isPending} onClick={ask}>
              <RefreshCw aria-hidden="true" className="size-4" />
              {read.isPending ? words.reading : words.read}
            </Button>
          )
        }
      />
      {read.error && (
        <div className="px-3 pb-4 tablet:px-4">
          <ErrorPart what={words.readFailed} error={read.error} onRetry={ask} />
        </div>
      )}
      <NumberTable />
    </>
  );
}
