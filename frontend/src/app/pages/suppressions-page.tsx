import { getRouteApi, Link } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { useState } from 'react';
import { Button, buttonStyle } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { BlockDialog } from '../../features/suppressions/components/suppression-dialogs.tsx';
import { SuppressionTable } from '../../features/suppressions/components/suppression-table.tsx';
import { useMay } from '../../lib/use-user.ts';
import { contactsText } from '../../strings/contacts.ts';
import { ContactsTabs } from '../contacts-tabs.tsx';

const route = getRouteApi('/suppressions');
const words = contactsText.suppressions;

export function SuppressionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayAdd = useMay('suppressions:write');
  const [adding, setAdding] = useState(false);
  return (
    <>
      <ContactsTabs />
      <PageHeader
        title={words.title}
        facts={words.facts}
        actions={
          mayAdd && (
            <>
              <Link to="/contacts/import" search={{ of: 'suppressions' }} className={buttonStyle({})}>
                <FileUp aria-hidden="true" className="size-4" />
                {words.import}
              </Link>
              <Button look="primary" onClick={() => setAdding(true)}>
                {words.add}
              </Button>
            </>
          )
        }
      />
      <SuppressionTable search={search} onChange={next => void navigate({ search: next, replace: true })} />
      {adding && <BlockDialog onClose={() => setAdding(false)} />}
    </>
  );
}
