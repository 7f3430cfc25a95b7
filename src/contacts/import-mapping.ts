import { normalisePhone } from '../compliance/phone.ts';
import { consentKinds } from './consent-state.ts';
import { type ContactEntry, checkEntry, isCustomKey } from './contact-entry.ts';

export const columnTypes = ['text', 'number', 'boolean'] as const;

/** What one column of a file becomes; `to` null leaves it out. */
export interface ImportColumn {
  /** From 1, as spreadsheets count. */
  readonly column: number;
  readonly header: string;
  /** A field of a contact, `consent.kind` and the like, or `customFields.<name>`. */
  readonly to: string | null;
  /** Of a custom field. */
  readonly type: (typeof columnTypes)[number];
}

/** What holds for every row. */
export interface RowRules {
  readonly target: 'contacts' | 'suppressions';
  readonly columns: readonly ImportColumn[];
  readonly country: string;
  /** For rows that bring none of their own. */
  readonly consent: {
    readonly kind: string;
    readonly at: string;
    readonly source: string;
    readonly text?: string;
  } | null;
  readonly now: Date;
}

export const contactTargets = [
  'phone',
  'name',
  'firstName',
  'lastName',
  'email',
  'company',
  'role',
  'language',
  'timeZone',
  'tags',
  'consent.kind',
  'consent.at',
  'consent.source',
  'consent.text',
] as const;

/** Headers as people write them, in small letters without blanks and marks. */
const headers: Record<string, readonly string[]> = {
  phone: [
    'phone',
    'phonenumber',
    'telephone',
    'telephonenumber',
    'tel',
    'mobile',
    'mobilephone',
    'mobilenumber',
    'cell',
    'cellphone',
    'number',
    'contactnumber',
    'msisdn',
    'telefon',
    'telefonnummer',
    'rufnummer',
    'handy',
    'handynummer',
    'mobil',
    'mobilnummer',
    'telefono',
    'móvil',
    'movil',
    'celular',
    'teléfono',
    'téléphone',
    'portable',
    'telefone',
    'telemóvel',
    'cellulare',
    'numero',
  ],
  name: ['name', 'fullname', 'contact', 'contactname', 'customer', 'customername', 'nombre', 'nom', 'nome', 'kunde'],
  firstName: [
    'firstname',
    'first',
    'givenname',
    'forename',
    'vorname',
    'prénom',
    'prenom',
    'nombrepila',
    'primeironome',
  ],
  lastName: [
    'lastname',
    'last',
    'surname',
    'familyname',
    'nachname',
    'familienname',
    'apellido',
    'apellidos',
    'cognome',
    'sobrenome',
  ],
  email: ['email', 'emailaddress', 'mail', 'correo', 'correoelectrónico', 'courriel'],
  company: [
    'company',
    'companyname',
    'organisation',
    'organization',
    'employer',
    'firma',
    'unternehmen',
    'empresa',
    'entreprise',
    'société',
  ],
  role: ['role', 'title', 'jobtitle', 'position', 'funktion', 'cargo', 'poste'],
  language: ['language', 'lang', 'locale', 'sprache', 'idioma', 'langue', 'lingua'],
  timeZone: ['timezone', 'tz', 'zone', 'zeitzone', 'zonahoraria', 'fuseauhoraire'],
  tags: ['tags', 'tag', 'labels', 'label', 'schlagworte', 'etiquetas'],
  'consent.kind': ['consent', 'consentkind', 'consenttype'],
  'consent.at': ['consentat', 'consentdate', 'consenttime', 'optindate', 'optinat'],
  'consent.source': ['consentsource', 'optinsource'],
  'consent.text': ['consenttext'],
};
const fieldByHeader = new Map(Object.entries(headers).flatMap(([field, names]) => names.map(name => [name, field])));
const plainHeader = (header: string): string => header.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Guesses what the columns are: by their headers, and a column of numbers by what is in it. */
export function guessColumns(
  rows: readonly (readonly string[])[],
  hasHeader: boolean,
  country: string,
  target: RowRules['target'],
): ImportColumn[] {
  const header = hasHeader ? (rows[0] ?? []) : [];
  const samples = rows.slice(hasHeader ? 1 : 0);
  // Cells behind the last header are mistakes of their rows; without headers every cell is a column.
  const width = hasHeader ? header.length : Math.max(0, ...rows.map(row => row.length));
  const taken = new Set<string>();
  const columns = Array.from(
    { length: width },
    (_, index): { column: number; header: string; to: string | null; type: 'text' } => {
      const title = (header[index] ?? '').trim().slice(0, 200);
      const found = fieldByHeader.get(plainHeader(title)) ?? null;
      const to = found !== null && !taken.has(found) ? found : null;
      if (to !== null) taken.add(to);
      return { column: index + 1, header: title, to, type: 'text' };
    },
  );
  if (!taken.has('phone')) {
    const share = (index: number) =>
      samples.filter(row => normalisePhone(row[index], country).ok).length / Math.max(samples.length, 1);
    const [best] = columns
      .filter(({ to }) => to === null)
      .sort((left, right) => share(right.column - 1) - share(left.column - 1));
    if (best && share(best.column - 1) > 0.5) best.to = 'phone';
  }
  return columns.map(column => {
    if (target === 'suppressions') return { ...column, to: column.to === 'phone' ? 'phone' : null };
    if (column.to !== null || column.header === '') return column;
    const key = column.header
      .replace(/[^\p{L}\p{N}_ -]+/gu, ' ')
      .trim()
      .slice(0, 60);
    const custom = `customFields.${key}`;
    if (!isCustomKey(key) || taken.has(custom)) return column;
    taken.add(custom);
    return { ...column, to: custom };
  });
}

/** The first row names the columns unless a telephone number or nothing stands in it. */
export function guessHeader(rows: readonly (readonly string[])[], country: string): boolean {
  const [first] = rows;
  if (!first) return false;
  if (first.some(cell => fieldByHeader.has(plainHeader(cell)))) return true;
  return !first.some(cell => normalisePhone(cell, country).ok) && first.some(cell => /\p{L}/u.test(cell));
}

/** What is wrong with a mapping, for whoever made it. */
export function columnsProblem(
  columns: readonly ImportColumn[],
  target: RowRules['target'],
): { field: string; problem: string } | null {
  const seen = new Set<string>();
  for (const [index, { to }] of columns.entries()) {
    if (to === null) continue;
    const field = `columns.${index}.to`;
    const custom = to.startsWith('customFields.') ? to.slice('customFields.'.length) : null;
    if (
      target === 'suppressions'
        ? to !== 'phone'
        : custom === null && !(contactTargets as readonly string[]).includes(to)
    )
      return {
        field,
        problem: `must be one of ${target === 'suppressions' ? 'phone' : contactTargets.join(', ')}, or customFields.<name>`,
      };
    if (custom !== null && !isCustomKey(custom))
      return {
        field,
        problem: 'names a custom field that is not letters, digits, blanks, - and _ (at most 60, a letter first)',
      };
    if (seen.has(to)) return { field, problem: `is ${to} a second time` };
    seen.add(to);
  }
  return seen.has('phone')
    ? null
    : { field: 'columns', problem: 'name no column with the telephone number; map one to phone' };
}

export type MappedRow =
  | { readonly ok: true; readonly entry: ContactEntry }
  | { readonly ok: false; readonly column: string; readonly reason: string };

/** A spreadsheet leads text that looks like a formula by an apostrophe, and so does our own export. */
const unquoted = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

/** What a spreadsheet writes where a formula has no result; as in workbooks, that is nothing and no text. */
const failedFormula = /^#(N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)$/;

/** One row as a person, or why not, naming the column. */
export function mapRow(cells: readonly string[], rules: RowRules): MappedRow {
  const { columns, country, now, target } = rules;
  const extra = cells.findIndex((cell, index) => index >= columns.length && cell.trim() !== '');
  if (extra >= 0)
    return {
      ok: false,
      column: String(extra + 1),
      reason: `stands behind the last of ${columns.length} columns; is a quotation mark missing?`,
    };
  const raw: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  const consent: Record<string, string> = {};
  for (const { column, header, to, type } of columns) {
    const cell = to === null ? '' : unquoted(cells[column - 1] ?? '').trim();
    if (to === null || cell === '' || failedFormula.test(cell)) continue;
    if (to.startsWith('customFields.')) {
      const value = typed(cell, type);
      if (value === undefined)
        return {
          ok: false,
          column: header || String(column),
          reason: `is not a ${type === 'number' ? 'number' : 'yes or no'}`,
        };
      custom[to.slice('customFields.'.length)] = value;
    } else if (to.startsWith('consent.')) consent[to.slice('consent.'.length)] = cell;
    else raw[to] = to === 'tags' ? cell.split(/[,;|]/) : cell;
  }
  if (target === 'contacts') {
    if (Object.keys(custom).length > 0) raw['customFields'] = custom;
    if (rules.consent || Object.keys(consent).length > 0)
      raw['consent'] = { ...rules.consent, ...consent, ...kindOf(consent['kind']) };
  }
  const checked = checkEntry(raw, { country, now });
  if (checked.ok) return checked;
  const culprit =
    columns.find(({ to }) => to === checked.field) ??
    columns.find(({ to }) => to !== null && checked.field.startsWith(to));
  return {
    ok: false,
    column: culprit ? culprit.header || String(culprit.column) : checked.field,
    reason: checked.problem,
  };
}

const kindOf = (kind: string | undefined): { kind?: string } => {
  const plain = kind?.toLowerCase().replaceAll(/[ _]/g, '-');
  return plain === undefined ? {} : { kind: consentKinds.find(each => each === plain) ?? plain };
};

const booleans: Record<string, boolean> = {
  true: true,
  yes: true,
  y: true,
  '1': true,
  false: false,
  no: false,
  n: false,
  '0': false,
};

function typed(cell: string, type: ImportColumn['type']): string | number | boolean | undefined {
  if (type === 'text') return cell;
  if (type === 'boolean') return booleans[cell.toLowerCase()];
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(cell) ? Number(cell) : undefined;
}
