import t from 'tap';
import { callsAsCsv, exportedFields } from '../../src/calls/call-export.ts';
import { csvCell } from '../../src/ops/csv-cell.ts';

for (const [value, free, cell] of [
  [null, true, ''],
  [0, false, '0'],
  ['plain', true, 'plain'],
  ['a,b', true, '"a,b"'],
  ['say "no"', true, '"say ""no"""'],
  ['two\r\nlines', true, '"two\r\nlines"'],
  ['=HYPERLINK("http://x")', true, `"'=HYPERLINK(""http://x"")"`],
  ['+1', true, "'+1"],
  ['-1', true, "'-1"],
  ['@a', true, "'@a"],
  ['\ta', true, "'\ta"],
  ['\ra', true, `"'\ra"`],
  ['+12125550100', false, '+12125550100'],
] as const)
  t.test(`a cell of ${JSON.stringify(value)}`, async t => t.equal(csvCell(value, free), cell));

t.test('memory does not grow with what is exported', async t => {
  async function* pages() {
    for (let page = 0; page < 500; page += 1)
      yield Array.from({ length: 200 }, (_, index) => ({ id: `${page}-${index}`, to: '+12125550100' }));
  }
  let lines = 0;
  let most = 0;
  for await (const piece of callsAsCsv(pages())) {
    lines += piece.split('\r\n').length - 1;
    most = Math.max(most, piece.length);
  }
  t.equal(lines, 100_001);
  t.ok(most < 20_000, 'one page at a time');
  t.ok(exportedFields.includes('outcome'));
});
