import { getRouteApi } from '@tanstack/react-router';
import { BackLink } from '../../components/back-link.tsx';
import { Forbidden } from '../../components/forbidden.tsx';
import { ImportDrop } from '../../components/import/import-drop.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { searchOf, targetOf } from '../../lib/import-search.ts';
import { useMay } from '../../lib/use-user.ts';
import { importText } from '../../strings/imports.ts';

const route = getRouteApi('/contacts/import');

/** Takes a file; what was found in it is a page of its own, to come back to. */
export function NewImportPage() {
  const target = targetOf(route.useSearch());
  const navigate = route.useNavigate();
  const mayImport = useMay(`${target}:write`);
  if (!mayImport) return <Forbidden page={importText.newTitle[target]} />;
  return (
    <>
      <BackLink to="/contacts/imports" search={searchOf(target)}>
        {importText.one.back}
      </BackLink>
      <PageHeader title={importText.newTitle[target]} facts={importText.newFacts} />
      <div className="max-w-200 px-3 tablet:px-4">
        <ImportDrop
          target={target}
          onFound={({ id }) =>
            void navigate({
              to: '/contacts/imports/$importId',
              params: { importId: id },
              search: searchOf(target),
              replace: true,
            })
          }
        />
      </div>
    </>
  );
}
