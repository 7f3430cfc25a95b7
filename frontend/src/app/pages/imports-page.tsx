import { getRouteApi, Link } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { buttonStyle } from '../../components/button.tsx';
import { FilterChoice } from '../../components/filter-bar.tsx';
import { ImportHistory } from '../../components/import/import-history.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { searchOf, targetOf } from '../../lib/import-search.ts';
import { importTargets } from '../../lib/imports.ts';
import { useMay } from '../../lib/use-user.ts';
import { importText } from '../../strings/imports.ts';
import { ContactsTabs } from '../contacts-tabs.tsx';

const route = getRouteApi('/contacts/imports');

/** What was imported, and what became of it. */
export function ImportsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const seesNumbers = useMay('suppressions:read');
  const target = seesNumbers ? targetOf(search) : 'contacts';
  const mayImport = useMay(`${target}:write`);
  return (
    <>
      <ContactsTabs />
      <PageHeader
        title={importText.title}
        facts={importText.facts}
        actions={
          <>
            {seesNumbers && (
              <FilterChoice
                label={importText.of}
                value={target}
                options={importTargets.map(each => [each, importText.ofTargets[each]] as const)}
                onChange={next => void navigate({ search: searchOf(next), replace: true })}
              />
            )}
            {mayImport && (
              <Link to="/contacts/import" search={searchOf(target)} className={buttonStyle({ look: 'primary' })}>
                <FileUp aria-hidden="true" className="size-4" />
                {target === 'contacts' ? importText.start : importText.startSuppressions}
              </Link>
            )}
          </>
        }
      />
      <ImportHistory target={target} />
    </>
  );
}
