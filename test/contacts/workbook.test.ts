import { test } from 'tap';
import { openWorkbook } from '../../src/contacts/workbook-rows.ts';
import { sheetXml, workbookOf, workbookParts, zipOf } from '../helpers/workbook.ts';

const opened = (file: Buffer) =>
  openWorkbook(
    (async function* () {
      yield file;
    })(),
  );
const rowsIn = async (file: Buffer, sheet: string | null = null) => (await opened(file)).rows(sheet);
const cellsIn = async (file: Buffer, sheet: string | null = null) =>
  (await rowsIn(file, sheet)).map(({ cells }) => cells);

test('cells become what a person would write into a CSV file', async t => {
  const file = workbookOf({
    People: [
      ['Phone', 'Name', 'Since', 'Ratio', 'Member', 'Sum'],
      [2025550100, ' Ada & Co ', new Date('2026-03-01'), 0.1 + 0.2, true, { formula: 'A2&B2', result: 'x' }],
      [],
      [{ xml: '<c r="A4"><v>2.0255501E9</v></c>' }, 'Zoë', new Date('2026-03-01T12:30:15Z'), 1e-7, false, null],
      [{ xml: '<c r="A5" t="e"><v>#N/A</v></c>' }, null, { xml: '<c r="C5" s="1"><v>0.5</v></c>' }],
    ],
  });
  const rows = await rowsIn(file);
  t.same(
    rows.map(({ cells }) => cells),
    [
      ['Phone', 'Name', 'Since', 'Ratio', 'Member', 'Sum'],
      ['2025550100', 'Ada & Co', '2026-03-01', '0.30000000000000004', 'true', 'x'],
      ['2025550100', 'Zoë', '2026-03-01T12:30:15Z', '1e-7', 'false', ''],
      ['', '', '12:00:00', '', '', ''],
    ],
  );
  t.same(
    rows.map(({ row, firstLine }) => [row, firstLine]),
    [
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 5],
    ],
    'empty rows have no number',
  );
});

test('a sheet is chosen by its name; the first one is read when none is', async t => {
  const file = workbookOf({ First: [['one']], 'R&D "2"': [['two']] });
  t.same((await opened(file)).sheets, ['First', 'R&D "2"']);
  t.same(await cellsIn(file), [['one']]);
  t.same(await cellsIn(file, 'R&D "2"'), [['two']]);
  await t.rejects(rowsIn(file, 'Third'), { message: /no sheet of cells with this name/ });
});

const sheet = (inside: string) => `<worksheet><sheetData>${inside}</sheetData></worksheet>`;
const oneSheet = (content: string) => zipOf(workbookParts({ S: content }));
const withPart = (name: string, change: object) =>
  zipOf(workbookParts({ S: [['a']] }).map(part => (part.name.endsWith(name) ? { ...part, ...change } : part)));
const good = workbookOf({ S: [['a', 'b']] });
const cut = (file: Buffer, at: number) => Buffer.concat([file.subarray(0, at), file.subarray(at + 40)]);
const flipped = Buffer.from(good);
flipped[60]! ^= 0xff;

const refusals: [name: string, file: () => Buffer, reason: RegExp][] = [
  ['no archive at all', () => Buffer.from('PK\u0003\u0004rest'), /broken ZIP/],
  ['cut in the middle', () => cut(good, 100), /broken ZIP/],
  ['a byte changed', () => flipped, /broken ZIP|is no XML/],
  ['an archive of something else', () => zipOf([{ name: 'mimetype', content: 'x' }]), /no Excel workbook/],
  ['a password', () => withPart('sheet1.xml', { flags: 1 }), /password/],
  ['a part twice', () => zipOf([...workbookParts({ S: [] }), ...workbookParts({ S: [] })]), /twice/],
  [
    'a bomb that tells its size',
    () => withPart('sheet1.xml', { content: Buffer.alloc(201 * 1024 ** 2, ' ') }),
    /more than 200 MB; save the sheet as CSV/,
  ],
  [
    'a bomb that lies about it',
    () => withPart('sheet1.xml', { content: Buffer.alloc(8 * 1024 ** 2, ' '), claims: 1000 }),
    /larger than it says/,
  ],
  [
    'parts whose sum is a bomb',
    () => zipOf(Array.from({ length: 3 }, (_, index) => ({ name: `${index}`, content: 'x', claims: 90e6 }))),
    /200 MB/,
  ],
  ['a document type', () => oneSheet('<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'), /document type/],
  ['an unknown entity', () => oneSheet(sheet('<row r="1"><c r="A1"><v>&a;</v></c></row>')), /no XML/],
  ['tags that do not match', () => oneSheet('<worksheet><sheetData></worksheet>'), /no XML/],
  ['tags without end', () => oneSheet('<a>'.repeat(200)), /nested too deeply/],
  [
    'bytes that are no UTF-8',
    () => withPart('sheet1.xml', { content: Buffer.from([0x3c, 0x61, 0xff, 0xff]) }),
    /not UTF-8/,
  ],
  ['a row of nowhere', () => oneSheet(sheet('<row r="1e15"><c r="A1"><v>1</v></c></row>')), /row that does not exist/],
  [
    'a cell far down',
    () => oneSheet(sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
    /more than 100,000 rows; save the sheet as CSV/,
  ],
  ['a cell far out', () => oneSheet(sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>')), /500 columns/],
  [
    'a wide corner',
    () => oneSheet(sheet('<row r="90000"><c r="SA90000"><v>1</v></c></row>')),
    /more than a workbook may have/,
  ],
  ['cells without a place', () => oneSheet(sheet('<row><c><v>1</v></c></row>')), /where they are/],
  [
    'rows out of order',
    () => oneSheet(sheet('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>')),
    /Out-of-place/,
  ],
  ['text that is in no list', () => oneSheet(sheet('<row r="1"><c r="A1" t="s"><v>7</v></c></row>')), /cannot be read/],
  [
    'a formula never worked out',
    () => workbookOf({ S: [['a', { formula: 'A1' }]] }),
    /formula in cell B1 whose result was not saved/,
  ],
];

test('a workbook that is hostile, broken, protected or too large is refused with the reason', async t => {
  for (const [name, file, reason] of refusals)
    await t.rejects(rowsIn(file()), { code: 'IMPORT_FILE_REFUSED', message: reason }, name);
});

test('empty formatted cells far out cost nothing and are no rows', async t => {
  const far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="900000"><c r="XFD900000" s="1"/></row>';
  t.same(await cellsIn(oneSheet(sheet(far))), [['1']]);
});

test('100,000 rows and a header are read', async t => {
  const rows = Array.from({ length: 100_001 }, (_, index) => [index]);
  t.equal((await rowsIn(oneSheet(sheetXml(rows)))).length, 100_001);
  await t.rejects(rowsIn(oneSheet(sheetXml([...rows, [1]]))), { message: /100,000 rows/ });
});
