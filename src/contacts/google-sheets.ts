import { setTimeout as wait } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { AppError } from '../errors.ts';
import { invalidField } from '../store/scalar.ts';
import type { GoogleAccount } from './google-account.ts';
import { mostColumns } from './import-rows.ts';
import { columnLetters, type SheetRange, sheetRange } from './sheet-range.ts';

/** A sheet and which part of it is meant. */
export interface SheetWish {
  /** The address in the browser, or the id in it. */
  readonly spreadsheet: string;
  /** Its name; without one, the one that the address shows, or the first. */
  readonly sheet?: string;
  /** Such as `A1:F500`, `B2:F` or `A:F`. */
  readonly range?: string;
}

export interface FoundSheet {
  readonly spreadsheet: string;
  readonly sheet: string;
  /** Its rows with their place in the sheet, as far as anything stands in them. */
  rows(): AsyncGenerator<{ readonly line: number; readonly cells: readonly string[] }>;
}

export interface GoogleSheets {
  /** Whom people share their sheets with. */
  readonly account: string;
  /** Throws `GOOGLE_…` with what to do. */
  find(wish: SheetWish, signal?: AbortSignal): Promise<FoundSheet>;
}

export const mostSheetRows = 100_000;
const mostPageRows = 5_000;
const mostPageCells = 100_000;
const mostAnswerBytes = 32 * 1024 * 1024;
const timeoutMs = 30_000;
const mostTries = 4;
const longestWaitMs = 20_000;

interface SheetProperties {
  readonly sheetId?: number;
  readonly title?: string;
  readonly gridProperties?: { readonly rowCount?: number; readonly columnCount?: number };
}

/** Reads sheets that people shared with our account; nothing is written there. */
export function createGoogleSheets(options: { baseUrl: string; account: GoogleAccount }): GoogleSheets {
  const { baseUrl, account } = options;

  async function ask(path: string, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    for (let tries = 1, renewed = false; ; tries += 1) {
      const token = await account.token(signal);
      const answer = await request(`${baseUrl}/v4/spreadsheets/${path}`, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
      }).catch(error => {
        signal?.throwIfAborted();
        throw new AppError('GOOGLE_UNAVAILABLE', 'Google Sheets cannot be reached; try again later', { cause: error });
      });
      const { statusCode: status } = answer;
      const body = await bodyOf(answer);
      if (status === 200) return body;
      if (status === 401 && !renewed) {
        renewed = true;
        account.forget();
      } else if ((status === 429 || status >= 500) && tries < mostTries) {
        const seconds = Number(answer.headers['retry-after'] ?? 2 ** (tries - 1));
        await wait(Math.min(Number.isFinite(seconds) ? seconds * 1000 : 1000, longestWaitMs), undefined, { signal });
      } else throw problemOf(status, body, account.email);
    }
  }

  async function valuesIn(id: string, sheet: string, range: string, signal: AbortSignal | undefined) {
    const where = encodeURIComponent(`'${sheet.replaceAll("'", "''")}'!${range}`);
    // Numbers as they are, not as they look: 2.03E+09 on the screen is 2025550100.
    const how = 'majorDimension=ROWS&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=FORMATTED_STRING';
    const { values = [] } = await ask(`${id}/values/${where}?${how}`, signal);
    if (!Array.isArray(values) || !values.every(Array.isArray)) throw unreadable();
    return values as unknown[][];
  }

  return {
    account: account.email,
    async find({ spreadsheet, sheet, range }, signal) {
      const { id, sheetId } = addressOf(spreadsheet);
      const fields = 'properties.title,sheets.properties(sheetId,title,gridProperties(rowCount,columnCount))';
      const told = await ask(`${id}?fields=${encodeURIComponent(fields)}`, signal);
      const sheets = ((told['sheets'] ?? []) as { properties?: SheetProperties }[]).map(each => each.properties ?? {});
      const chosen =
        sheet === undefined
          ? (sheets.find(each => each.sheetId === sheetId) ?? sheets[0])
          : sheets.find(({ title }) => title === sheet);
      const title = chosen?.title;
      if (!chosen || title === undefined)
        throw invalidField('sheet', `must be one of ${sheets.map(each => each.title).join(', ')}`);
      const { rowCount = 0, columnCount = 0 } = chosen.gridProperties ?? {};
      const part = sheetRange(range, { rowCount, columnCount });
      if (part.lastColumn - part.firstColumn >= mostColumns)
        throw invalidField('range', `must have at most ${mostColumns} columns; name one such as A:Z`);
      return {
        spreadsheet: String((told['properties'] as { title?: unknown } | undefined)?.title ?? 'Google Sheets'),
        sheet: title,
        rows: () => rowsOf(part, page => valuesIn(id, title, page, signal)),
      };
    },
  };
}

async function* rowsOf(part: SheetRange, read: (range: string) => Promise<unknown[][]>) {
  const { firstColumn, lastColumn, firstRow, lastRow } = part;
  const [from, to] = [columnLetters(firstColumn), columnLetters(lastColumn)];
  const pageRows = Math.max(200, Math.min(mostPageRows, Math.floor(mostPageCells / (lastColumn - firstColumn + 1))));
  let taken = 0;
  for (let row = firstRow; row <= lastRow; ) {
    // Behind the last row that may be read, one look tells whether there is more.
    const end = row - firstRow > mostSheetRows ? lastRow : Math.min(row + pageRows - 1, lastRow);
    for (const [index, values] of (await read(`${from}${row}:${to}${end}`)).entries()) {
      const cells = values.map(cellText);
      if (cells.every(cell => cell === '')) continue;
      taken += 1;
      if (taken > mostSheetRows + 1) throw tooManyRows();
      yield { line: row + index, cells };
    }
    row = end + 1;
  }
}

const cellText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : '';

async function bodyOf(answer: Dispatcher.ResponseData): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer.body) {
    bytes += piece.length;
    if (bytes > mostAnswerBytes) {
      answer.body.destroy();
      throw tooManyRows();
    }
    pieces.push(piece as Buffer);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    if (answer.statusCode !== 200) return {};
  }
  throw unreadable();
}

const unreadable = () => new AppError('GOOGLE_UNAVAILABLE', 'Google Sheets answered something that cannot be read');
const tooManyRows = () =>
  new AppError(
    'GOOGLE_SHEET_REFUSED',
    `The sheet has more than ${mostSheetRows.toLocaleString('en-US')} rows or too much text; name a range, or download it as CSV and send that`,
  );

function problemOf(status: number, body: Record<string, unknown>, email: string): AppError {
  const { message, details } = (body['error'] ?? {}) as { message?: unknown; details?: unknown };
  const said = typeof message === 'string' ? message.slice(0, 200) : `status ${status}`;
  const switchedOff = JSON.stringify(details ?? '').includes('SERVICE_DISABLED');
  if (status === 401)
    return new AppError(
      'GOOGLE_CREDENTIALS_REFUSED',
      'Google does not accept the access it gave; look at GOOGLE_SERVICE_ACCOUNT',
    );
  if (status === 403 && switchedOff)
    return new AppError(
      'GOOGLE_CREDENTIALS_REFUSED',
      "The Google Sheets API is switched off in the service account's project; switch it on in the Google Cloud console",
    );
  if (status === 403)
    return new AppError(
      'GOOGLE_SHEET_NOT_SHARED',
      `The sheet is not shared with this installation; share it with ${email} (a reader is enough) and try again`,
    );
  if (status === 404)
    return new AppError('GOOGLE_SHEET_NOT_FOUND', 'There is no Google sheet at this address; copy it from the browser');
  if (status === 429) return new AppError('GOOGLE_BUSY', 'Google lets nobody read that often; try again in a minute');
  if (status >= 500) return new AppError('GOOGLE_UNAVAILABLE', 'Google Sheets has trouble of its own; try again later');
  return new AppError('GOOGLE_SHEET_REFUSED', `Google does not let this sheet be read: ${said}`);
}

/** Only the id is taken from what somebody wrote, so that no address but Google's is ever asked. */
function addressOf(written: string): { id: string; sheetId: number | undefined } {
  const text = written.trim();
  const id = /^[A-Za-z0-9_-]{15,120}$/.test(text)
    ? text
    : /^https:\/\/docs\.google\.com\/spreadsheets\/(?:u\/\d+\/)?d\/([A-Za-z0-9_-]{15,120})(?:[/?#]|$)/.exec(text)?.[1];
  if (id === undefined)
    throw invalidField(
      'spreadsheet',
      'must be the address of a Google sheet, such as https://docs.google.com/spreadsheets/d/…/edit',
    );
  const sheetId = /[#?&]gid=(\d{1,15})/.exec(text)?.[1];
  return { id, sheetId: sheetId === undefined ? undefined : Number(sheetId) };
}
