import { countries, countryName } from '../../lib/countries.ts';
import { numbersWithoutPlus } from '../../lib/import-columns.ts';
import { type Import, type ImportChange, useChangeImport } from '../../lib/imports.ts';
import { importText } from '../../strings/imports.ts';
import { ErrorPart } from '../error-part.tsx';
import { CheckField, SelectField } from '../field.tsx';

const words = importText.file;
/** Those that files of today have, and whatever was detected. */
const encodings = [
  'utf-8',
  'windows-1252',
  'utf-16le',
  'windows-1250',
  'windows-1251',
  'shift_jis',
  'gb18030',
  'big5',
] as const;

/** How a file is read: what was detected, to be corrected. */
export function FileForm({ file }: { file: Import }) {
  const change = useChangeImport(file.target, file.id);
  const set = (changes: ImportChange) => change.mutate(changes);
  const country = countryName(file.country);
  return (
    <div className="grid gap-3">
      {change.error && <ErrorPart what={words.changeFailed} error={change.error} />}
      <div className="grid items-start gap-4 tablet:grid-cols-3">
        {file.sheets.length > 1 && (
          <SelectField
            label={words.sheet}
            value={file.sheet ?? ''}
            onChange={event => set({ sheet: event.target.value })}
          >
            {file.sheets.map(sheet => (
              <option key={sheet}>{sheet}</option>
            ))}
          </SelectField>
        )}
        {file.kind === 'csv' && (
          <>
            <SelectField
              label={words.delimiter}
              value={file.delimiter}
              onChange={event => set({ delimiter: event.target.value as Import['delimiter'] })}
            >
              {Object.entries(words.delimiters).map(([delimiter, label]) => (
                <option key={delimiter} value={delimiter}>
                  {label}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={words.encoding}
              value={file.encoding}
              onChange={event => set({ encoding: event.target.value as Import['encoding'] })}
            >
              {[...new Set<Import['encoding']>([file.encoding, ...encodings])].map(encoding => (
                <option key={encoding}>{encoding}</option>
              ))}
            </SelectField>
          </>
        )}
        <SelectField
          label={words.country}
          help={words.countryHelp(numbersWithoutPlus(file), country)}
          value={file.country}
          onChange={event => set({ country: event.target.value })}
        >
          {countries().map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
      <CheckField
        label={words.header}
        checked={file.hasHeader}
        onChange={event => set({ hasHeader: event.target.checked })}
      />
    </div>
  );
}
