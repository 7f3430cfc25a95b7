import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { BackLink } from '../../components/back-link.tsx';
import { buttonStyle } from '../../components/button.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { BadRows, BadRowsDownload } from '../../components/import/bad-rows.tsx';
import { ImportState } from '../../components/import/import-history.tsx';
import { ImportProgress } from '../../components/import/import-progress.tsx';
import { ImportReview } from '../../components/import/import-review.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { ApiError } from '../../lib/api-error.ts';
import { useListNames } from '../../lib/contact-lists.ts';
import { formatSize } from '../../lib/format.ts';
import { searchOf, targetOf } from '../../lib/import-search.ts';
import { goesOn, type Import, type ImportTarget, importQuery } from '../../lib/imports.ts';
import { useMay } from '../../lib/use-user.ts';
import { importText } from '../../strings/imports.ts';

const route = getRouteApi('/contacts/imports/$importId');
const words = importText.one;

/** One import, from what was found in its file to what became of its rows. */
export function ImportPage() {
  const { importId } = route.useParams();
  const target = targetOf(route.useSearch());
  const query = useQuery(importQuery(target, importId));
  const gone = query.error instanceof ApiError && query.error.status === 404;
  return (
    <>
      <BackLink to="/contacts/imports" search={searchOf(target)}>
        {words.back}
      </BackLink>
      {query.data ? (
        <KnownImport file={query.data} target={target} />
      ) : query.isError ? (
        <>
          <PageHeader title={gone ? words.gone : importText.title} facts={gone ? words.goneBody : undefined} />
          {!gone && (
            <div className="px-3 tablet:px-4">
              <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
            </div>
          )}
        </>
      ) : (
        <Skeleton rows={8} rowClass="h-12 px-4" />
      )}
    </>
  );
}

function KnownImport({ file, target }: { file: Import; target: ImportTarget }) {
  const navigate = route.useNavigate();
  const mayChange = useMay(`${target}:write`);
  const seesRows = useMay('people:see');
  const facts = (
    <span className="inline-flex flex-wrap items-center gap-x-3">
      <ImportState state={file.state} />
      <span>{words.facts(formatSize(file.bytes), importText.file.kinds[file.kind])}</span>
    </span>
  );
  const ended = !goesOn(file.state) && file.state !== 'uploaded';
  return (
    <>
      <PageHeader title={file.fileName} facts={facts} actions={ended && <Next file={file} mayImport={mayChange} />} />
      {file.state === 'uploaded' && mayChange && seesRows && (
        <ImportReview
          file={file}
          onDiscarded={() => void navigate({ to: '/contacts/imports', search: searchOf(target) })}
        />
      )}
      {file.state !== 'uploaded' && <ImportProgress file={file} mayChange={mayChange} />}
      {ended && seesRows && file.rejected > 0 && (
        <section aria-labelledby="bad-rows">
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 pt-6 pb-3 tablet:px-4">
            <div className="min-w-48 flex-1">
              <h2 id="bad-rows" className="font-semibold text-section">
                {importText.bad.title}
              </h2>
              <p className="text-text-2">{importText.bad.body}</p>
            </div>
            <BadRowsDownload file={file} />
          </div>
          <BadRows file={file} />
        </section>
      )}
    </>
  );
}

/** Where to go from a result. */
function Next({ file, mayImport }: { file: Import; mayImport: boolean }) {
  const lists = useListNames();
  const [list] = file.lists;
  const style = buttonStyle({});
  return (
    <>
      {mayImport && (
        <Link to="/contacts/import" search={searchOf(file.target)} className={style}>
          {importText.result.another}
        </Link>
      )}
      {file.target === 'suppressions' ? (
        <Link to="/suppressions" className={buttonStyle({ look: 'primary' })}>
          {importText.result.seeNumbers}
        </Link>
      ) : (
        <Link to="/contacts" search={list ? { list } : {}} className={buttonStyle({ look: 'primary' })}>
          {list ? importText.result.seeList(lists.get(list) ?? '') : importText.result.seePeople}
        </Link>
      )}
    </>
  );
}
