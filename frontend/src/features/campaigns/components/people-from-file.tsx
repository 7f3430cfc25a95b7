import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { BadRows, BadRowsDownload } from '../../../components/import/bad-rows.tsx';
import { ImportDrop } from '../../../components/import/import-drop.tsx';
import { ImportProgress } from '../../../components/import/import-progress.tsx';
import { ImportReview } from '../../../components/import/import-review.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { goesOn, type Import, importQuery } from '../../../lib/imports.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { importText } from '../../../strings/imports.ts';
import { useListSizes } from '../use-list-sizes.ts';

const words = campaignsText.wizard;

/** A spreadsheet becomes the people of a campaign: upload, columns, preview, and the rows that could not be taken. */
export function PeopleFromFile({
  fileId,
  onFile,
  onTaken,
}: {
  fileId: string | undefined;
  onFile: (id: string | undefined) => void;
  /** The lists that the people of the file are on. */
  onTaken: (lists: readonly string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  const drop = useRef<HTMLDivElement>(null);
  // What was pressed is gone: the focus stays where it leads.
  useEffect(() => {
    if (open) drop.current?.querySelector('button')?.focus();
  }, [open]);
  if (fileId)
    return (
      <FromFile id={fileId} onAnother={() => onFile(undefined)} onTaken={onTaken} onGone={() => onFile(undefined)} />
    );
  if (!open)
    return (
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 pb-4 tablet:px-4">
        <p className="text-text-2">{words.importHint}</p>
        <Button onClick={() => setOpen(true)}>{words.upload}</Button>
      </div>
    );
  return (
    <div ref={drop} className="max-w-200 px-3 pb-5 tablet:px-4">
      <ImportDrop target="contacts" onFound={({ id }) => onFile(id)} />
    </div>
  );
}

function FromFile({
  id,
  onAnother,
  onTaken,
  onGone,
}: {
  id: string;
  onAnother: () => void;
  onTaken: (lists: readonly string[]) => void;
  onGone: () => void;
}) {
  const query = useQuery(importQuery('contacts', id));
  const file = query.data;
  const begun = useRef<HTMLParagraphElement>(null);
  const wasReviewed = useRef(false);
  const state = file?.state;
  useEffect(() => {
    if (state !== undefined && state !== 'uploaded' && wasReviewed.current) begun.current?.focus();
    wasReviewed.current = state === 'uploaded';
  }, [state]);
  if (!file)
    return query.isError ? (
      <div className="grid gap-3 border-t px-3 py-4 tablet:px-4">
        <ErrorPart what={importText.one.failed} error={query.error} onRetry={() => void query.refetch()} />
        <div>
          <Button onClick={onAnother}>{words.uploadAnother}</Button>
        </div>
      </div>
    ) : (
      <Skeleton rows={6} rowClass="h-12 px-4" />
    );
  if (file.state === 'uploaded')
    return <ImportReview file={file} usualList={listNameOf(file.fileName)} onDiscarded={onGone} />;
  return (
    <div className="grid gap-4 border-t pt-4">
      <p ref={begun} tabIndex={-1} className="px-3 font-medium outline-none tablet:px-4">
        {words.fromFile(file.fileName)}
      </p>
      <ImportProgress file={file} mayChange />
      {!goesOn(file.state) && <Taken file={file} onAnother={onAnother} onTaken={onTaken} />}
    </div>
  );
}

function Taken({
  file,
  onAnother,
  onTaken,
}: {
  file: Import;
  onAnother: () => void;
  onTaken: (lists: readonly string[]) => void;
}) {
  const seesRows = useMay('people:see');
  // Somebody who stands twice in the file is one of those who are called.
  const sizes = useListSizes(file.lists.length === 1 ? file.lists : []);
  const people = sizes?.[0] ?? file.added + file.merged;
  return (
    <>
      <div className="flex flex-wrap gap-2 px-3 pb-4 tablet:px-4">
        {people > 0 && file.lists.length > 0 && (
          <Button look="primary" onClick={() => onTaken(file.lists)}>
            {words.goOnWith(people)}
          </Button>
        )}
        <Button onClick={onAnother}>{words.uploadAnother}</Button>
        {seesRows && file.rejected > 0 && <BadRowsDownload file={file} />}
      </div>
      {seesRows && file.rejected > 0 && (
        <section aria-label={importText.bad.title}>
          <h3 className="px-3 font-semibold text-section tablet:px-4">{words.needFix(file.rejected)}</h3>
          <p className="px-3 pb-2 text-text-2 tablet:px-4">{importText.bad.body}</p>
          <BadRows file={file} />
        </section>
      )}
    </>
  );
}

/** "spring reminders.csv" fills the list "spring reminders". */
const listNameOf = (fileName: string): string => fileName.replace(/\.[A-Za-z]{3,4}$/, '').slice(0, 120) || fileName;
