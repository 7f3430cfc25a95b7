import { useRef, useState } from 'react';
import { notify } from '../../lib/announcements.ts';
import { useAddList } from '../../lib/contact-lists.ts';
import { type Import, useChangeImport, useMoveImport } from '../../lib/imports.ts';
import { importText } from '../../strings/imports.ts';
import { Band } from '../band.tsx';
import { Button } from '../button.tsx';
import { ConfirmDialog } from '../confirm-dialog.tsx';
import { ErrorPart } from '../error-part.tsx';
import { ColumnMap } from './column-map.tsx';
import { FileForm } from './file-form.tsx';
import { FirstRows } from './first-rows.tsx';
import { ForAllForm, type ForAllSaver } from './for-all-form.tsx';

const words = importText.run;

/** A file that nobody started: what was found in it, all of it to be corrected, and the start. */
export function ImportReview({
  file,
  onDiscarded,
  usualList,
}: {
  file: Import;
  onDiscarded: () => void;
  /** The people must be on some list: on a new one of this name if none is chosen. */
  usualList?: string;
}) {
  const move = useMoveImport(file.target, file.id);
  const [asking, setAsking] = useState(false);
  const forAll = useRef<ForAllSaver>(null);
  const addList = useAddList();
  const change = useChangeImport(file.target, file.id);
  const start = async () => {
    if ((await forAll.current?.save()) === false) return;
    if (usualList && file.lists.length === 0) {
      try {
        const { list } = await addList.mutateAsync(usualList);
        await change.mutateAsync({ lists: [list.id] });
      } catch {
        return; // which is told below
      }
    }
    move.mutate('start');
  };
  const failed = move.error ?? addList.error ?? change.error;
  const starting = move.isPending || addList.isPending || change.isPending;
  const ready = file.columns.some(({ to }) => to === 'phone');
  return (
    <>
      <Band title={importText.file.title} body={importText.file.body}>
        <FileForm file={file} />
      </Band>
      <Band title={importText.columns.title} body={importText.columns.body}>
        <ColumnMap file={file} />
      </Band>
      <Band title={importText.preview.title} body={importText.preview.body}>
        <FirstRows file={file} />
      </Band>
      <Band title={importText.forAll.title} body={importText.forAll.body}>
        <ForAllForm file={file} saver={forAll} usualList={usualList} />
      </Band>
      <div className="sticky bottom-14 z-10 grid gap-2 border-y bg-surface px-3 py-3 tablet:bottom-0 tablet:px-4">
        {failed && !asking && <ErrorPart what={words.startFailed} error={failed} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <Button onClick={() => setAsking(true)}>{words.discard}</Button>
          <Button look="primary" disabled={!ready || starting} onClick={() => void start()}>
            {starting ? words.starting : words.start}
          </Button>
        </div>
      </div>
      <ConfirmDialog
        open={asking}
        title={words.discardTitle(file.fileName)}
        body={words.discardBody}
        act={words.discard}
        busy={move.isPending}
        error={move.error}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          move.mutate('stop', {
            onSuccess: () => {
              setAsking(false);
              notify(words.discarded(file.fileName));
              onDiscarded();
            },
          })
        }
      />
    </>
  );
}
