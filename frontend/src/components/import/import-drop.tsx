import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { FileSpreadsheet, Sheet } from 'lucide-react';
import { type DragEvent, type FormEvent, useId, useRef, useState } from 'react';
import { ApiError } from '../../lib/api-error.ts';
import { formatWhen } from '../../lib/format.ts';
import { searchOf } from '../../lib/import-search.ts';
import {
  googleSheetsQuery,
  type Import,
  type ImportSource,
  type ImportTarget,
  useUploadImport,
} from '../../lib/imports.ts';
import { importText } from '../../strings/imports.ts';
import { Button, buttonStyle } from '../button.tsx';
import { ErrorPart } from '../error-part.tsx';
import { TextField } from '../field.tsx';

const words = importText.drop;
const accepted = '.csv,.tsv,.txt,.xlsx,text/csv,text/tab-separated-values,text/plain';

/** Takes a file of this computer, or a Google sheet where the server can read them, and hands over what was found in it. */
export function ImportDrop({ target, onFound }: { target: ImportTarget; onFound: (found: Import) => void }) {
  const upload = useUploadImport(target);
  const google = useQuery(googleSheetsQuery(target));
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const take = (source: ImportSource) => upload.mutate(source, { onSuccess: answer => onFound(answer.import) });
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !upload.isPending) take({ file });
  };
  const source = upload.variables;
  const name = source === undefined ? '' : 'file' in source ? source.file.name : words.theSheet;
  return (
    <div className="grid gap-5">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a way beside the button, which the keyboard reaches */}
      <div
        onDragOver={event => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={dropped}
        className={clsx(
          'grid justify-items-center gap-2 rounded-panel border border-dashed px-4 py-8 text-center',
          over ? 'border-accent bg-accent-soft' : 'border-border-strong',
        )}
      >
        <FileSpreadsheet aria-hidden="true" className="size-6 text-text-3" strokeWidth={1.5} />
        {upload.isPending ? (
          <p role="status" className="font-medium">
            {words.reading(name)}
          </p>
        ) : (
          <>
            <p className="hidden font-medium tablet:block">{words.drop}</p>
            <p className="hidden text-label text-text-2 tablet:block">{words.or}</p>
            <Button look="primary" onClick={() => input.current?.click()}>
              {words.choose}
            </Button>
          </>
        )}
        <p className="max-w-[60ch] text-table text-text-2">{words.accepts}</p>
        <p className="max-w-[60ch] text-table text-text-2">{target === 'contacts' ? words.merge : words.oneColumn}</p>
        <label htmlFor={id} className="visually-hidden">
          {words.label}
        </label>
        <input
          ref={input}
          id={id}
          type="file"
          accept={accepted}
          tabIndex={-1}
          className="visually-hidden"
          onChange={event => {
            const file = event.target.files?.[0];
            if (file) take({ file });
            // The same file chosen again, mended meanwhile, is a change, too.
            event.target.value = '';
          }}
        />
      </div>
      {upload.error && source && (
        <Refused target={target} name={name} error={upload.error} onAgain={() => take({ ...source, again: true })} />
      )}
      {google.data?.available && (
        <SheetForm account={google.data.account} busy={upload.isPending} onTake={sheet => take({ sheet })} />
      )}
    </div>
  );
}

function Refused({
  target,
  name,
  error,
  onAgain,
}: {
  target: ImportTarget;
  name: string;
  error: Error;
  onAgain: () => void;
}) {
  const details = error instanceof ApiError && error.code === 'IMPORT_REPEATED' ? error.details : null;
  if (!details) return <ErrorPart what={words.failed(name)} error={error} />;
  const { importId, importedAt } = details as { importId: string; importedAt: string };
  return (
    <div role="alert" className="rounded-control border bg-warn-soft px-3 py-2.5">
      <p>
        <strong className="font-semibold">{words.repeated(name)}</strong>{' '}
        {words.repeatedBody(formatWhen(Date.parse(importedAt), { now: Date.now() }))}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Link
          to="/contacts/imports/$importId"
          params={{ importId }}
          search={searchOf(target)}
          className={buttonStyle({ size: 'dense' })}
        >
          {words.see}
        </Link>
        <Button size="dense" onClick={onAgain}>
          {words.again}
        </Button>
      </div>
    </div>
  );
}

function SheetForm({
  account,
  busy,
  onTake,
}: {
  account: string | null;
  busy: boolean;
  onTake: (sheet: { spreadsheet: string; range?: string }) => void;
}) {
  const [spreadsheet, setSpreadsheet] = useState('');
  const [range, setRange] = useState('');
  const [missing, setMissing] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [address, part] = [spreadsheet.trim(), range.trim()];
    setMissing(address === '');
    if (address !== '') onTake({ spreadsheet: address, ...(part === '' ? {} : { range: part }) });
  };
  return (
    <form noValidate onSubmit={submit} className="grid gap-3">
      <h2 className="flex items-center gap-2 font-semibold text-section">
        <Sheet aria-hidden="true" className="size-4 text-text-3" />
        {words.sheetTitle}
      </h2>
      <div className="grid items-start gap-3 tablet:grid-cols-[minmax(0,1fr)_12rem_auto]">
        <TextField
          label={words.sheet}
          help={account && words.sheetHelp(account)}
          error={missing ? words.sheetMissing : undefined}
          autoComplete="off"
          value={spreadsheet}
          onChange={event => setSpreadsheet(event.target.value)}
        />
        <TextField
          label={words.range}
          help={words.rangeHelp}
          autoComplete="off"
          value={range}
          onChange={event => setRange(event.target.value)}
        />
        <Button type="submit" disabled={busy} className="tablet:mt-5.5">
          {busy ? words.takingSheet : words.takeSheet}
        </Button>
      </div>
    </form>
  );
}
