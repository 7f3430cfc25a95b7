import { test } from 'tap';
import { createGoogleAccount } from '../../src/contacts/google-account.ts';
import { createGoogleSheets } from '../../src/contacts/google-sheets.ts';
import { startApp } from '../helpers/app.ts';
import { startGoogleTwin } from '../helpers/google-twin.ts';

const id = '1AbCdEfGhIjKlMnOpQrStUvWxYz';
const address = `https://docs.google.com/spreadsheets/d/${id}/edit`;
const people = {
  title: 'Spring fair',
  sheets: [
    { title: 'Notes', sheetId: 0, rows: [['nothing here']] },
    {
      title: "Ada's people",
      sheetId: 77,
      rows: [
        ['Mobile', 'Name', 'Seats', 'Member', ''],
        [2025550100, 'Ada Example', 4, true, ''],
        [],
        ['12', 'Bob Sample'],
        ['(202) 555-0101', 'Cyd\nSample', '', '', ''],
      ],
      rowCount: 1000,
    },
  ],
};

test('what stands in a Google sheet is imported through the same mapping', async t => {
  const google = await startGoogleTwin(t);
  google.spreadsheets.set(id, people);
  const { app, call: ask, signIn } = await startApp(t, { env: google.env });
  const token = await signIn();
  const call = (method: string, path: string, body?: object) => ask(method, path, { token, ...(body ? { body } : {}) });
  const take = (body: object) => call('POST', '/api/contacts/imports/google-sheets', body);

  const taken = await take({ spreadsheet: `${address}#gid=77` });
  t.match(taken, {
    status: 201,
    body: {
      import: {
        kind: 'google-sheet',
        fileName: "Spring fair – Ada's people",
        sheet: "Ada's people",
        state: 'uploaded',
        columns: [{ to: 'phone' }, { to: 'name' }, { to: 'customFields.Seats' }, { to: 'customFields.Member' }],
        firstRows: [['Mobile'], ['2025550100', 'Ada Example', '4', 'true']],
      },
    },
  });
  const over = new Promise<void>(resolve =>
    app.jobs.events.on('done', job => job.name === 'contacts.import' && resolve()),
  );
  const path = `/api/contacts/imports/${taken.body.import.id}`;
  await call('POST', `${path}/start`);
  await over;
  t.match((await call('GET', path)).body.import, { state: 'done', added: 2, rejected: 1 });
  t.match((await call('GET', `${path}/rejected`)).body.items, [
    { line: 4, column: 'Mobile', reason: /service number/ },
  ]);
  t.match(await app.contacts.byPhone('+12025550101'), { name: 'Cyd Sample' });
  t.match(await take({ spreadsheet: id, sheet: "Ada's people" }), {
    status: 409,
    body: { error: { code: 'IMPORT_REPEATED' } },
  });
  t.match(await take({ spreadsheet: id, sheet: "Ada's people", range: 'A1:B2', again: true }), {
    status: 201,
    body: {
      import: {
        columns: [{ to: 'phone' }, { to: 'name' }],
        firstRows: [
          ['Mobile', 'Name'],
          ['2025550100', 'Ada Example'],
        ],
      },
    },
  });

  const refusals: [name: string, body: object, status: number, code: string, message: RegExp][] = [
    [
      'no address of Google',
      { spreadsheet: 'https://example.com/spreadsheets/d/1' },
      400,
      'VALIDATION_FAILED',
      /address of a Google sheet/,
    ],
    ['another id', { spreadsheet: `${id}x` }, 422, 'GOOGLE_SHEET_NOT_FOUND', /copy it from the browser/],
    ['another sheet', { spreadsheet: id, sheet: 'People' }, 400, 'VALIDATION_FAILED', /one of Notes, Ada's people/],
    ['no range', { spreadsheet: id, range: 'A1' }, 400, 'VALIDATION_FAILED', /such as A:F/],
    ['a range outside', { spreadsheet: id, range: 'B5:C9' }, 400, 'VALIDATION_FAILED', /lies outside the sheet/],
  ];
  for (const [name, body, status, code, message] of refusals)
    t.match(await take(body), { status, body: { error: { code, message } } }, name);
  google.spreadsheets.set(id, { ...people, shared: false });
  const unshared = await take({ spreadsheet: id });
  t.match(unshared, { status: 422, body: { error: { code: 'GOOGLE_SHEET_NOT_SHARED' } } });
  t.match(unshared.body.error.message, google.email, 'says whom to share it with');
  t.same(google.refusedGrants, []);
  t.equal(google.state.tokens, 1, 'one token served them all');
  t.equal((await call('GET', '/api/audit?action=import.upload')).status, 200);
});

test('without a service account it is told what is missing', async t => {
  const { call, signIn } = await startApp(t);
  const token = await signIn();
  t.match(await call('POST', '/api/suppressions/imports/google-sheets', { token, body: { spreadsheet: id } }), {
    status: 503,
    body: { error: { code: 'GOOGLE_NOT_CONFIGURED', message: /GOOGLE_SERVICE_ACCOUNT_FILE/ } },
  });
});

const reader = (env: Awaited<ReturnType<typeof startGoogleTwin>>['env'], now = () => new Date()) =>
  createGoogleSheets({
    baseUrl: env.GOOGLE_SHEETS_BASE_URL,
    account: createGoogleAccount({ key: env.GOOGLE_SERVICE_ACCOUNT, tokenUrl: env.GOOGLE_TOKEN_URL, now }),
  });

test('a long sheet is read page by page, and not beyond 100,000 rows', async t => {
  const google = await startGoogleTwin(t);
  const rows = Array.from({ length: 12_000 }, (_, index) => [index]);
  google.spreadsheets.set(id, { title: 'Long', sheets: [{ title: 'S', sheetId: 0, rows, rowCount: 300_000 }] });
  const lines: number[] = [];
  for await (const { line } of (await reader(google.env).find({ spreadsheet: id })).rows()) lines.push(line);
  t.equal(lines.length, 12_000);
  t.same(lines.slice(-1), [12_000]);
  t.same(google.reads.slice(0, 2), ["'S'!A1:A5000", "'S'!A5001:A10000"]);
  t.equal(google.reads.length, 22, 'what is empty behind the limit is one read');
  const longer = Array.from({ length: 100_002 }, () => [1]);
  google.spreadsheets.set(id, { title: 'Long', sheets: [{ title: 'S', sheetId: 0, rows: longer }] });
  const all = async () => {
    for await (const _ of (await reader(google.env).find({ spreadsheet: id })).rows());
  };
  await t.rejects(all(), { code: 'GOOGLE_SHEET_REFUSED', message: /100,000 rows.*CSV/ });
});

test('what Google refuses is told in plain words', async t => {
  const google = await startGoogleTwin(t);
  google.spreadsheets.set(id, people);
  const sheets = reader(google.env);
  const soon = { 'retry-after': '0' };
  google.next.push({ status: 429, headers: soon }, { status: 503, headers: soon }, { status: 401 });
  t.match(await sheets.find({ spreadsheet: id }), { sheet: 'Notes' }, 'tried again with a new token');
  t.equal(google.state.tokens, 2);
  for (let index = 0; index < 4; index += 1) google.next.push({ status: 429, headers: soon });
  await t.rejects(sheets.find({ spreadsheet: id }), { code: 'GOOGLE_BUSY', message: /in a minute/ });
  const details = [{ reason: 'SERVICE_DISABLED' }];
  google.next.push({ status: 403, body: { error: { code: 403, message: 'x', details } } });
  await t.rejects(sheets.find({ spreadsheet: id }), { code: 'GOOGLE_CREDENTIALS_REFUSED', message: /switched off/ });
  google.next.push({ status: 400, body: { error: { code: 400, message: 'not supported for this document' } } });
  await t.rejects(sheets.find({ spreadsheet: id }), { code: 'GOOGLE_SHEET_REFUSED', message: /not supported/ });
  google.next.push({ status: 401 }, { status: 401 });
  await t.rejects(sheets.find({ spreadsheet: id }), { code: 'GOOGLE_CREDENTIALS_REFUSED' });
  google.state.revoked = true;
  await t.rejects(reader(google.env).find({ spreadsheet: id }), {
    code: 'GOOGLE_CREDENTIALS_REFUSED',
    message: /revoked or deleted.*clock is wrong/,
  });
  google.state.revoked = false;
  const late = reader(google.env, () => new Date(Date.now() - 2 * 60 * 60_000));
  await t.rejects(late.find({ spreadsheet: id }), { code: 'GOOGLE_CREDENTIALS_REFUSED' }, 'a clock that is wrong');
  const away = reader({ ...google.env, GOOGLE_TOKEN_URL: 'http://127.0.0.1:9/token' });
  await t.rejects(away.find({ spreadsheet: id }), { code: 'GOOGLE_UNAVAILABLE' });
});
