import { test } from 'tap';
import { startApp } from '../helpers/app.ts';
import { workbookOf } from '../helpers/workbook.ts';

const phone = (index: number) => `+1212555${String(index).padStart(4, '0')}`;

async function desk(t: Parameters<typeof startApp>[0]) {
  const app = await startApp(t);
  const token = await app.signIn();
  const call = (method: string, path: string, body?: unknown) =>
    app.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const upload = async (content: string | Buffer, { path = '/api/contacts/imports', query = '' } = {}) => {
    const form = new FormData();
    form.set('file', new Blob([content]), 'people.csv');
    const response = await fetch(new URL(`${path}${query}`, app.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    // biome-ignore lint/suspicious/noExplicitAny: as in the helper.
    return { status: response.status, body: (await response.json()) as any };
  };
  /** Starts an import and waits for its job. */
  const run = async (id: string, base = '/api/contacts/imports') => {
    const over = new Promise<void>(resolve => {
      for (const event of ['done', 'dead'] as const)
        app.app.jobs.events.on(event, job => job.name === 'contacts.import' && resolve());
    });
    const started = await call('POST', `${base}/${id}/start`);
    if (started.status !== 202) throw new Error(JSON.stringify(started.body));
    await over;
    return (await call('GET', `${base}/${id}`)).body.import;
  };
  return { ...app, token, call, upload, run };
}

test('a file is looked at, adjusted and imported, and every bad row is told by line, column and reason', async t => {
  const { call, upload, run, app, url, token } = await desk(t);
  const { list } = (await call('POST', '/api/contact-lists', { name: 'Fair' })).body;
  const file = [
    'Name;Mobile;Plan;Seats;Remark',
    'Ada Example;(212) 555-0100;gold;4;"two\nlines"',
    'Bob Sample;12;silver;1;',
    '',
    '=HYPERLINK("x");212 555 0101;gold;many;',
    'Cyd Sample;212-555-0102;gold;2;;;extra',
    'Ada Example;+1 212 555 0100;platinum;5;',
    "Eve 'Ö' Muster;0664 1234567;gold;3;",
  ].join('\r\n');
  const uploaded = await upload(file);
  t.equal(uploaded.status, 201);
  t.match(uploaded.body.import, {
    state: 'uploaded',
    delimiter: ';',
    encoding: 'utf-8',
    hasHeader: true,
    country: 'US',
  });
  t.same(
    uploaded.body.import.columns.map((each: { to: string }) => each.to),
    ['name', 'phone', 'customFields.Plan', 'customFields.Seats', 'customFields.Remark'],
  );
  t.same(uploaded.body.import.firstRows[1], ['Ada Example', '(212) 555-0100', 'gold', '4', 'two\nlines']);
  const { id } = uploaded.body.import;

  const path = `/api/contacts/imports/${id}`;
  t.match(await call('PATCH', path, { columns: [{ column: 9, to: 'name' }] }), { status: 400 });
  t.match(await call('PATCH', path, { columns: [{ column: 3, to: 'shoeSize' }] }), {
    status: 400,
    body: { error: { details: [{ field: 'columns.2.to' }] } },
  });
  t.match(await call('PATCH', path, { lists: ['0123456789abcdef01234567'] }), { status: 400 });
  t.equal((await call('PATCH', path, { columns: [{ column: 2, to: null }] })).status, 200);
  t.match(await call('POST', `${path}/start`), { status: 400, body: { error: { details: [{ field: 'columns' }] } } });
  t.match(
    await call('PATCH', path, {
      columns: [
        { column: 2, to: 'phone' },
        { column: 4, to: 'customFields.seats', type: 'number' },
      ],
      lists: [list.id],
      tags: ['fair'],
      consent: { kind: 'express-written', at: '2026-03-01', source: 'cards of the fair' },
    }),
    { status: 200 },
  );
  const done = await run(id);
  t.match(done, { state: 'done', added: 1, merged: 1, rejected: 4, problem: null, rowsRead: 7 });
  t.notOk(done.firstRows?.length, 'the rows shown are gone');
  t.match(await app.contacts.byPhone('+12125550100'), {
    name: 'Ada Example',
    customFields: { Plan: 'platinum', seats: 5, Remark: 'two\nlines' },
    consent: { kind: 'express-written', source: 'cards of the fair' },
  });
  t.equal((await call('GET', `/api/contact-lists/${list.id}`)).body.size, 1);

  const rejected = (await call('GET', `${path}/rejected`)).body.items;
  t.same(
    rejected.map((each: { line: number; column: string }) => [each.line, each.column]),
    [
      [4, 'Mobile'],
      [6, 'Seats'],
      [7, '7'],
      [9, 'Mobile'],
    ],
  );
  t.match(rejected[0].reason, /number/);
  const csv = await (
    await fetch(new URL(`${path}/rejected.csv`, url), { headers: { authorization: `Bearer ${token}` } })
  ).text();
  t.match(csv, /^line,column,reason,Name,Mobile,Plan,Seats,Remark\r\n4,Mobile,/);
  t.match(csv, /,"'=HYPERLINK\(""x""\)",/, 'no formula reaches a spreadsheet');
  t.match(await call('PATCH', path, { country: 'AT' }), { status: 409 });

  const again = await upload(file);
  t.match(again, { status: 409, body: { error: { code: 'IMPORT_REPEATED', details: { importId: id } } } });
  const asked = await upload(file, { query: '?again=true' });
  t.equal(asked.status, 201);
  t.match(await call('PATCH', `/api/contacts/imports/${asked.body.import.id}`, { country: 'AT' }), {
    body: { import: { country: 'AT' } },
  });
  t.match(await run(asked.body.import.id), { state: 'done' });
  t.match(await app.contacts.byPhone('+436641234567'), { name: "Eve 'Ö' Muster" }, 'read in the country of the import');
});

const people = 'Vorname;Handy\r\nJosé;0664 1234567\r\nZoë;0664 1234568\r\n';
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const ways: [name: string, content: Buffer, encoding: string][] = [
  ['UTF-8 with a mark', Buffer.from(`\ufeff${people}`), 'utf-8'],
  ['UTF-16, little end first', utf16(people), 'utf-16le'],
  ['UTF-16, big end first', utf16(people).swap16(), 'utf-16be'],
  ['UTF-16 without a mark', Buffer.from(people, 'utf16le'), 'utf-16le'],
  ['tabs', Buffer.from(people.replaceAll(';', '\t')), 'utf-8'],
  ['pipes', Buffer.from(people.replaceAll(';', '|')), 'utf-8'],
  ['Windows-1252', Buffer.from(people, 'latin1'), 'windows-1252'],
];

test('a file is read as what it is, whatever its encoding and delimiter', async t => {
  const { call, upload, run } = await desk(t);
  let last = '';
  for (const [name, content, encoding] of ways) {
    const { body } = await upload(content);
    t.equal(body.import.encoding, encoding, name);
    t.same(
      body.import.firstRows,
      [
        ['Vorname', 'Handy'],
        ['José', '0664 1234567'],
        ['Zoë', '0664 1234568'],
      ],
      name,
    );
    last = body.import.id;
  }
  await call('PATCH', `/api/contacts/imports/${last}`, { country: 'AT' });
  t.match(await run(last), { added: 2, rejected: 0 });
  const { items } = (await call('GET', '/api/contacts?fields=firstName')).body;
  t.same(items.map((each: { firstName: string }) => each.firstName).sort(), ['José', 'Zoë']);
});

const oldWorkbook = (part: string) =>
  Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(part, 'utf16le')]);

test('what is no table is refused with the reason', async t => {
  const { upload, call } = await desk(t);
  const header = 'phone,name\n';
  const cases: [name: string, content: Buffer | string, reason: RegExp][] = [
    ['an empty file', '', /empty/],
    ['only empty lines', '\n\n\n', /no rows/],
    ['gzip, cut off', Buffer.from([0x1f, 0x8b, 8, 0, 0]), /gzip/],
    ['half a workbook', Buffer.from('PK\u0003\u0004rest'), /broken ZIP archive or workbook/],
    [
      'a workbook of 21 MB',
      Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(21 * 1024 ** 2)]),
      /20 MB; save/,
    ],
    ['an old workbook', oldWorkbook('Workbook'), /old Excel workbook; save the sheet as CSV/],
    ['a protected workbook', oldWorkbook('EncryptedPackage'), /protected by a password/],
    ['a PDF', '%PDF-1.7', /PDF/],
    ['a binary file', Buffer.from([1, 2, 0, 3, 0, 0, 9, 200, 0]), /binary/],
    ['10,000 columns', `${'a,'.repeat(10_000)}\n`, /columns/],
    ['a huge line', `phone\n"${'x'.repeat(300_000)}`, /quotation mark/],
    ['NUL among the text', `${header}+12125550100,A\0B\n`, /binary/],
  ];
  for (const [name, content, reason] of cases) {
    const { status, body } = await upload(content);
    t.match(
      { status, error: body.error },
      { status: 422, error: { code: 'IMPORT_FILE_REFUSED', message: reason } },
      name,
    );
  }
  t.same((await call('GET', '/api/contacts/imports')).body.items, [], 'nothing is left of them');
  t.equal((await call('POST', '/api/contacts/imports', { file: 'x' })).status, 415);

  const late = (await upload(`${header}${'+12125550100,Ada\n'.repeat(20)}+12125550101,"${'x'.repeat(300_000)}`)).body
    .import;
  t.match(late, { state: 'uploaded' }, 'what is wrong further down shows when it is read');
});

test('a workbook is looked at, another sheet chosen, and imported like any file', async t => {
  const { upload, call, run, app } = await desk(t);
  const file = workbookOf({
    Cover: [],
    People: [
      ['Mobile', 'Name', 'Seats', 'Consent', 'Consent date', 'Consent source'],
      [2025550100, 'Ada Example', 4, 'express', new Date('2026-03-01'), 'card'],
      ['2.0255501E+09', 'Bob Sample', 1],
      [12345, 'Cyd Sample', { formula: '1/0', result: '#DIV/0!' }],
    ],
    'Phone list': [['Phone'], ['+436641234567']],
  });
  const uploaded = await upload(file);
  t.match(uploaded, {
    status: 201,
    body: { import: { kind: 'xlsx', sheet: 'Cover', sheets: ['Cover', 'People', 'Phone list'], columns: [] } },
  });
  const path = `/api/contacts/imports/${uploaded.body.import.id}`;
  t.match(await call('POST', `${path}/start`), { status: 400 }, 'a sheet without numbers is not imported');
  t.match(await call('PATCH', path, { sheet: 'Other' }), {
    status: 400,
    body: { error: { details: [{ field: 'sheet' }] } },
  });
  const changed = await call('PATCH', path, { sheet: 'People', country: 'AT' });
  t.match(changed.body.import, { sheet: 'People', hasHeader: true });
  t.same(changed.body.import.firstRows[1], ['2025550100', 'Ada Example', '4', 'express', '2026-03-01', 'card']);
  t.same((await call('PATCH', path, { country: 'US' })).body.import.columns[0].to, 'phone');
  const done = await run(uploaded.body.import.id);
  t.match(done, { state: 'done', added: 1, rejected: 2, rowsRead: 4, bytesRead: file.length });
  t.match(await app.contacts.byPhone('+12025550100'), {
    name: 'Ada Example',
    customFields: { Seats: '4' },
    consent: { kind: 'express', at: new Date('2026-03-01'), source: 'card' },
  });
  const rejected = (await call('GET', `${path}/rejected`)).body.items;
  t.match(rejected, [
    { line: 3, column: 'Mobile', reason: /turned into a decimal number by a spreadsheet/ },
    { line: 4, column: 'Mobile', cells: ['12345', 'Cyd Sample', '#DIV/0!', '', '', ''] },
  ]);
  t.match(await upload(file), { status: 409, body: { error: { code: 'IMPORT_REPEATED' } } });
});

test('a file that turns out wrong further down fails with what is wrong, and what was read stays', async t => {
  const { upload, run, app } = await desk(t);
  const rows = Array.from({ length: 1500 }, (_, index) => `${phone(index)},Ada`).join('\n');
  const { body } = await upload(`phone,name\n${rows}\n+12125559999,"never closed`);
  const failed = await run(body.import.id);
  t.match(failed, {
    state: 'failed',
    problem: { code: 'IMPORT_FILE_REFUSED', message: /quotation marks/ },
    added: 999,
  });
  t.ok(await app.contacts.byPhone(phone(0)));
});

test('an import that waits is stopped at once, and numbers for the do-not-call list hold when it is done', async t => {
  const { upload, call, run, app } = await desk(t);
  const first = (await upload('phone\n+12125550100\n')).body.import;
  t.match(await call('POST', `/api/contacts/imports/${first.id}/stop`), {
    status: 202,
    body: { import: { state: 'stopped' } },
  });
  t.equal((await call('POST', `/api/contacts/imports/${first.id}/start`)).status, 409);

  const base = '/api/suppressions/imports';
  const list = (
    await upload('Number,Name\n(212) 555-0100,Ada\n+12125550101,Bob\n12,Cyd\n212 555 0100,Ada\n', { path: base })
  ).body.import;
  t.match(list, { target: 'suppressions', columns: [{ to: 'phone' }, { to: null }] });
  t.equal((await call('GET', `/api/contacts/imports/${list.id}`)).status, 404, 'not among imports of people');
  t.equal((await call('PATCH', `${base}/${list.id}`, { reason: 'list of the regulator' })).status, 200);
  t.match(await run(list.id, base), { state: 'done', added: 2, merged: 1, rejected: 1 });
  t.match(await app.suppressions.of('+12125550100'), { reason: 'list of the regulator', source: 'import' });
  t.equal((await call('GET', '/api/contacts')).body.items.length, 0);
});

test('contacts are exported as CSV that the import reads back', async t => {
  const { call, upload, url, token, app } = await desk(t);
  await app.contacts.add(
    Array.from({ length: 250 }, (_, index) => ({
      phone: phone(index),
      name: index === 0 ? '=1+1 Example' : `Ada ${index}`,
      tags: ['vip', 'spring'],
      consent: { kind: 'express', at: '2026-03-01', source: 'form, "web"' },
    })),
    { origin: 'api', by: 'user:1' },
  );
  const get = (path: string) => fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });
  const csv = await (await get('/api/contacts/export?tag=vip')).text();
  t.equal(csv.split('\r\n').length, 252);
  t.match(csv, /,'=1\+1,Example,/);
  t.equal((await get('/api/contacts/export?fields=secret')).status, 400);
  t.equal(await (await get('/api/contacts/export?fields=phone&phone=0007')).text(), `phone\r\n${phone(7)}\r\n`);
  const { columns } = (await upload(csv)).body.import;
  const to = Object.fromEntries(columns.map((each: { header: string; to: string }) => [each.header, each.to]));
  t.match(to, {
    phone: 'phone',
    firstName: 'firstName',
    tags: 'tags',
    consentKind: 'consent.kind',
    consentAt: 'consent.at',
  });
  t.equal((await call('GET', '/api/audit?action=contacts.export')).body.items.length, 2);
});
