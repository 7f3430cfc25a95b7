import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { announce } from '../../lib/announcements.ts';
import { formatCount, formatShare } from '../../lib/format.ts';
import { rowsOf, shareRead } from '../../lib/import-columns.ts';
import { goesOn, type Import, useMoveImport } from '../../lib/imports.ts';
import { importText } from '../../strings/imports.ts';
import { Button } from '../button.tsx';
import { ConfirmDialog } from '../confirm-dialog.tsx';
import { ErrorPart } from '../error-part.tsx';
import { Figure, FigureRow } from '../figure.tsx';

const words = importText.run;

/** How far an import is, what came of its rows so far, and how to stop it or let it go on. */
export function ImportProgress({ file, mayChange }: { file: Import; mayChange: boolean }) {
  const move = useMoveImport(file.target, file.id);
  const [asking, setAsking] = useState(false);
  const { state, fileName, problem, added, merged, rejected } = file;
  const running = goesOn(state);
  useEnd(file);
  const share = shareRead(file);
  const numbers = file.target === 'suppressions';
  return (
    <section aria-label={words.ended}>
      {running && (
        <div className="grid gap-2 px-3 pb-4 tablet:px-4">
          <div
            role="progressbar"
            aria-label={words.progress(fileName)}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(share * 100)}
            className="h-2 overflow-hidden rounded-chip border border-border-strong bg-sunken"
          >
            <div data-mark className="h-full bg-accent" style={{ width: `${share * 100}%` }} />
          </div>
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <p className="flex-1 text-text-2">
              {state === 'waiting' ? words.waiting : words.reading(rowsOf(file), formatShare(share))} {words.leave}
            </p>
            {mayChange && (
              <Button look="danger" disabled={state === 'stopping'} onClick={() => setAsking(true)}>
                {state === 'stopping' ? importText.states['stopping'] : words.stop}
              </Button>
            )}
          </div>
        </div>
      )}
      {state === 'failed' && (
        <div role="alert" className="mx-3 mb-4 rounded-control border border-bad bg-bad-soft px-3 py-2.5 tablet:mx-4">
          <p>
            <strong className="font-semibold">
              {importText.result.failed(problem?.message ?? importText.states['failed'] ?? '')}
            </strong>{' '}
            {importText.result.failedBody(added + merged)}
          </p>
          {mayChange && (
            <Button className="mt-2" disabled={move.isPending} onClick={() => move.mutate('start')}>
              {words.goOn}
            </Button>
          )}
        </div>
      )}
      {state === 'stopped' && (
        <p className="px-3 pb-4 text-text-2 tablet:px-4">{importText.result.stopped(added + merged)}</p>
      )}
      {move.error && !asking && (
        <ErrorPart className="mx-3 mb-4 tablet:mx-4" what={words.startFailed} error={move.error} />
      )}
      <FigureRow>
        <Figure label={importText.result.read}>{formatCount(rowsOf(file))}</Figure>
        <Figure label={numbers ? importText.result.addedNumbers : importText.result.added}>{formatCount(added)}</Figure>
        <Figure
          label={numbers ? importText.result.mergedNumbers : importText.result.merged}
          note={importText.result.mergedNote}
        >
          {formatCount(merged)}
        </Figure>
        <Figure label={importText.result.rejected}>{formatCount(rejected)}</Figure>
      </FigureRow>
      <ConfirmDialog
        open={asking}
        title={words.stopTitle(fileName)}
        body={words.stopBody}
        act={words.stop}
        busy={move.isPending}
        error={move.error}
        failed={words.stopFailed}
        onClose={() => setAsking(false)}
        onConfirm={() => move.mutate('stop', { onSuccess: () => setAsking(false) })}
      />
    </section>
  );
}

/** Says once when an import that was watched has ended, and has everything read again that it changed. */
function useEnd({ state, fileName }: Import): void {
  const before = useRef(state);
  const queries = useQueryClient();
  useEffect(() => {
    const ended = goesOn(before.current) && !goesOn(state);
    before.current = state;
    if (!ended) return;
    if (state === 'done') announce(importText.run.done(fileName));
    // Lists that were read before it show who is there now.
    for (const key of ['contacts', 'contact-lists', 'suppressions'])
      void queries.invalidateQueries({ queryKey: [key] });
  }, [state, fileName, queries]);
}
