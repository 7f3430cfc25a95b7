import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { ContactListTable } from '../../features/contacts/components/contact-list-table.tsx';
import { ListDialog } from '../../features/contacts/components/list-dialog.tsx';
import { useMay } from '../../lib/use-user.ts';
import { contactsText } from '../../strings/contacts.ts';
import { ContactsTabs } from '../contacts-tabs.tsx';

const words = contactsText.lists;

export function ContactListsPage() {
  const mayAdd = useMay('contacts:write');
  const [adding, setAdding] = useState(false);
  return (
    <>
      <ContactsTabs />
      <PageHeader
        title={words.title}
        facts={words.facts}
        actions={
          mayAdd && (
            <Button look="primary" onClick={() => setAdding(true)}>
              {words.add}
            </Button>
          )
        }
      />
      <ContactListTable />
      {adding && <ListDialog onClose={() => setAdding(false)} />}
    </>
  );
}
