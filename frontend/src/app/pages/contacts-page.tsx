import { useMutation } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, FileUp, UserPlus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { buttonStyle } from '../../components/button.tsx';
import { ColumnsMenu } from '../../components/columns-menu.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageActions } from '../../components/page-actions.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { SavedViewsMenu } from '../../components/saved-views-menu.tsx';
import { exportContacts } from '../../features/contacts/api/contacts.ts';
import { ContactDialog } from '../../features/contacts/components/contact-dialog.tsx';
import { ContactsFilter } from '../../features/contacts/components/contacts-filter.tsx';
import { ContactsTable } from '../../features/contacts/components/contacts-table.tsx';
import { contactColumns, usualContactColumns } from '../../features/contacts/contact-columns.tsx';
import {
  type ContactsSearch,
  queryOf,
  readContactsSearch,
  withoutFilters,
} from '../../features/contacts/contacts-search.ts';
import { present } from '../../lib/address-words.ts';
import { notify } from '../../lib/announcements.ts';
import { columnsNamed, namesOfColumns } from '../../lib/column-choice.ts';
import { saveFile } from '../../lib/save-file.ts';
import { useMay } from '../../lib/use-user.ts';
import { contactsText } from '../../strings/contacts.ts';
import { ContactsTabs } from '../contacts-tabs.tsx';

const route = getRouteApi('/contacts');
const everyColumn = contactColumns(new Map(), 0);

/** Everybody we know, found among as many as there are. */
export function ContactsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [openedAt] = useState(Date.now);
  const [adding, setAdding] = useState(false);
  const visible = useMemo(() => columnsNamed(search.cols, everyColumn, usualContactColumns), [search.cols]);
  const show = (next: ContactsSearch) => void navigate({ search: next, replace: true });
  const mayWrite = useMay('contacts:write');
  const mayExport = useMay('contacts:export');
  const file = useMutation({
    mutationFn: () => exportContacts(queryOf(search)),
    onSuccess: csv => {
      saveFile(csv, 'contacts.csv');
      notify(contactsText.exported);
    },
  });
  const start = mayWrite && (
    <Link to="/contacts/import" className={buttonStyle({ look: 'primary' })}>
      <FileUp aria-hidden="true" className="size-4" />
      {contactsText.import}
    </Link>
  );
  return (
    <div className="-mb-8 flex h-[calc(100dvh-6.25rem)] min-h-96 flex-col tablet:h-[calc(100dvh-2.75rem)]">
      <ContactsTabs />
      <PageHeader
        title={contactsText.title}
        facts={contactsText.facts}
        actions={
          <>
            <SavedViewsMenu
              page="contacts"
              search={search}
              onOpen={saved => void navigate({ search: readContactsSearch(saved) })}
            />
            <ColumnsMenu
              columns={everyColumn}
              visible={visible}
              onChange={next =>
                show(present({ ...search, cols: namesOfColumns(next, usualContactColumns) }) as ContactsSearch)
              }
            />
            <PageActions
              actions={[
                ...(mayExport
                  ? [
                      {
                        label: file.isPending ? contactsText.exporting : contactsText.export,
                        icon: Download,
                        onSelect: () => file.isPending || file.mutate(),
                      },
                    ]
                  : []),
                ...(mayWrite ? [{ label: contactsText.add, icon: UserPlus, onSelect: () => setAdding(true) }] : []),
              ]}
              primary={start}
            />
          </>
        }
      />
      {file.isError && (
        <div className="px-3 pb-2 tablet:px-4">
          <ErrorPart what={contactsText.exportFailed} error={file.error} onRetry={() => file.mutate()} />
        </div>
      )}
      <ContactsFilter search={search} onChange={show} />
      <ContactsTable
        search={search}
        visible={visible}
        openedAt={openedAt}
        onShowAll={() => show(withoutFilters(search))}
        start={start}
      />
      {adding && (
        <ContactDialog
          onKept={({ id }) => void navigate({ to: '/contacts/$contactId', params: { contactId: id } })}
          onClose={() => setAdding(false)}
        />
      )}
    </div>
  );
}
