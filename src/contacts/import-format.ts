import { analyse } from 'chardet';

/** `csv` and other delimited text, an Excel workbook, or rows that were fetched from Google Sheets. */
export const importKinds = ['csv', 'xlsx', 'google-sheet'] as const;

/** How a file's bytes become rows. */
export interface ImportFormat {
  readonly kind: (typeof importKinds)[number];
  /** Of a workbook; null for its first one. */
  readonly sheet: string | null;
  /** A name that iconv-lite knows. */
  readonly encoding: string;
  readonly delimiter: string;
}

export type FileProblem = { readonly problem: string };

/** What was learnt of a file while it was uploaded. */
export interface FileImpression {
  readonly head: Buffer;
  /** The whole file is UTF-8. */
  readonly utf8: boolean;
  /** A stretch around the first byte that is not ASCII, by which an old encoding is told. */
  readonly foreign: Buffer | null;
  readonly nulBytes: boolean;
}

export const delimiters = [',', ';', '\t', '|'] as const;

const notTables: [magic: readonly number[], problem: string][] = [
  [[0x1f, 0x8b], 'is compressed with gzip; unpack it and send the CSV file itself'],
  [[0x25, 0x50, 0x44, 0x46], 'is a PDF; a CSV file is needed'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed; unpack it and send the CSV file itself'],
];

const byMark: [mark: readonly number[], encoding: string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** What only its first bytes tell. */
export const isZip = (head: Buffer): boolean => startsWith(head, [0x50, 0x4b, 0x03, 0x04]);
export const isOldWorkbook = (head: Buffer): boolean => startsWith(head, [0xd0, 0xcf, 0x11, 0xe0]);

const startsWith = (head: Buffer, bytes: readonly number[]) => bytes.every((byte, index) => head[index] === byte);

/** Which encoding a file has, by its mark, by being UTF-8 throughout, or by how its foreign letters are spread. */
export function encodingOf({ head, utf8, foreign, nulBytes }: FileImpression): { encoding: string } | FileProblem {
  if (head.length === 0) return { problem: 'is empty' };
  for (const [magic, problem] of notTables) if (startsWith(head, magic)) return { problem };
  for (const [mark, encoding] of byMark) if (startsWith(head, mark)) return { encoding };
  if (nulBytes) {
    const unmarked = wideWithoutMark(head);
    return unmarked ? { encoding: unmarked } : { problem: 'is a binary file, not a table of text; save it as CSV' };
  }
  if (utf8) return { encoding: 'utf-8' };
  const guesses = analyse(foreign ?? head).map(({ name }) => name.toLowerCase());
  const [best = 'windows-1252'] = guesses.filter(name => readable.has(name));
  // The two differ only where ISO-8859-1 has control characters and files have typographic quotes.
  return { encoding: best === 'iso-8859-1' ? 'windows-1252' : best };
}

/** Encodings that people's files really have; chardet knows others, which are wrong guesses more often than right ones. */
const readable = new Set([
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-5',
  'iso-8859-7',
  'iso-8859-8',
  'iso-8859-9',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'koi8-r',
  'shift_jis',
  'euc-jp',
  'euc-kr',
  'gb18030',
  'big5',
]);
export const knownEncodings = ['utf-8', 'utf-16le', 'utf-16be', ...readable];

/** Text in two bytes each has a zero in every other place, as far as it is Latin. */
function wideWithoutMark(head: Buffer): string | undefined {
  const length = Math.min(head.length, 4096) & ~1;
  let [even, odd] = [0, 0];
  for (let index = 0; index < length; index += 2) {
    if (head[index] === 0) even += 1;
    if (head[index + 1] === 0) odd += 1;
  }
  const half = length / 2;
  if (odd > half * 0.7 && even < half * 0.05) return 'utf-16le';
  return even > half * 0.7 && odd < half * 0.05 ? 'utf-16be' : undefined;
}

/** The delimiter that cuts the first lines into the most columns, of the same number in nearly every line. */
export function delimiterOf(text: string): string {
  const lines = firstLines(text, 20);
  let [best, bestScore] = [',', 0];
  for (const delimiter of delimiters) {
    const counts = lines.map(line => outsideQuotes(line, delimiter));
    const columns = counts[0] ?? 0;
    if (columns === 0) continue;
    const score = (counts.filter(count => count === columns).length / counts.length) * 1000 + Math.min(columns, 100);
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}

/** Lines as a table sees them: a break within quotes ends none. */
function firstLines(text: string, most: number): string[] {
  const lines: string[] = [];
  let [start, quoted] = [0, false];
  for (let index = 0; index < text.length && lines.length < most; index += 1) {
    const letter = text[index];
    if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === '\n' || letter === '\r')) {
      if (index > start) lines.push(text.slice(start, index));
      start = index + 1;
    }
  }
  if (lines.length === 0 && text.length > start) lines.push(text.slice(start));
  return lines;
}

function outsideQuotes(line: string, delimiter: string): number {
  let [count, quoted] = [0, false];
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === delimiter) count += 1;
  }
  return count;
}
