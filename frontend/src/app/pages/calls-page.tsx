import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download, PhoneOutgoing } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ColumnsMenu } from '../../components/columns-menu.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { SavedViewsMenu } from '../../components/saved-views-menu.tsx';
import { exportCalls } from '../../features/calls/api/calls.ts';
import { colsOf, columnsOf } from '../../features/calls/call-column-choice.ts';
import { callColumns } from '../../features/calls/call-columns.tsx';
import { type CallsSearch, queryOf, readCallsSearch, withoutFilters } from '../../features/calls/calls-search.ts';
import { CallsFilter } from '../../features/calls/components/calls-filter.tsx';
import { CallsTable } from '../../features/calls/components/calls-table.tsx';
import { NewCallDialog } from '../../features/calls/components/new-call-dialog.tsx';
import { present } from '../../lib/address-words.ts';
import { notify } from '../../lib/announcements.ts';
import { saveFile } from '../../lib/save-file.ts';
import { useMay } from '../../lib/use-user.ts';
import { callsText } from '../../strings/calls.ts';

const route = getRouteApi('/calls');
const everyColumn = callColumns(new Map(), 0);

/** Finds a call among as many as there are. */
export function CallsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [openedAt] = useState(Date.now);
  const visible = useMemo(() => columnsOf(search.cols, everyColumn), [search.cols]);
  const show = (next: CallsSearch) => void navigate({ search: next, replace: true });
  const mayPlace = useMay('calls:place');
  const { place, ...view } = search;
  const placing = mayPlace && place === true;
  const setPlacing = (open: boolean) => show(present({ ...search, place: open ? true : undefined }) as CallsSearch);
  const file = useMutation({
    mutationFn: () => exportCalls(queryOf(view, openedAt)),
    onSuccess: csv => {
      saveFile(csv, 'calls.csv');
      notify(callsText.exported);
    },
  });
  return (
    <div className="-mb-8 flex h-[calc(100dvh-6.25rem)] min-h-80 flex-col tablet:h-[calc(100dvh-2.75rem)]">
      <PageHeader
        title={callsText.title}
        facts={callsText.facts}
        actions={
          <>
            <SavedViewsMenu
              page="calls"
              search={view}
              onOpen={saved => void navigate({ search: readCallsSearch(saved) })}
            />
            <ColumnsMenu
              columns={everyColumn}
              visible={visible}
              onChange={next => show(present({ ...search, cols: colsOf(next) }) as CallsSearch)}
            />
            <Button title={callsText.exportHint} disabled={file.isPending} onClick={() => file.mutate()}>
              <Download aria-hidden="true" className="size-4" />
              {file.isPending ? callsText.exporting : callsText.export}
            </Button>
            {mayPlace && (
              <Button look="primary" onClick={() => setPlacing(true)}>
                <PhoneOutgoing aria-hidden="true" className="size-4" />
                {callsText.newCall.open}
              </Button>
            )}
          </>
        }
      />
      {file.isError && (
        <div className="px-3 pb-2 tablet:px-4">
          <ErrorPart what={callsText.exportFailed} error={file.error} onRetry={() => file.mutate()} />
        </div>
      )}
      <CallsFilter search={search} onChange={show} />
      <CallsTable
        search={search}
        visible={visible}
        openedAt={openedAt}
        onChange={show}
        onShowAll={() => show(withoutFilters(search))}
      />
      {placing && <NewCallDialog onClose={() => setPlacing(false)} />}
    </div>
  );
}
