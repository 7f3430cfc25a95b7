import { test } from 'tap';
import type { Membership } from '../../frontend/src/features/contacts/api/contacts.ts';
import {
  contactChange,
  fieldsOf,
  newContact,
  ownProblems,
} from '../../frontend/src/features/contacts/contact-form-fields.ts';
import { queryOf, readContactsSearch, tooFewDigits } from '../../frontend/src/features/contacts/contacts-search.ts';
import { whyNotNow } from '../../frontend/src/features/contacts/why-not-now.ts';
import { ApiError, fieldProblems } from '../../frontend/src/lib/api-error.ts';
import {
  columnChange,
  customTarget,
  numbersWithoutPlus,
  rowsOf,
  samplesOf,
  shareRead,
} from '../../frontend/src/lib/import-columns.ts';
import { tagsOf } from '../../frontend/src/lib/tags.ts';

const column = (at: number, header: string, to: string | null) => ({ column: at, header, to, type: 'text' as const });

test('a search of digits is for a number, of letters for a name, and too few digits ask for nothing', async t => {
  for (const [q, asked] of [
    ['ada', { name: 'ada' }],
    ['(212) 555', { phone: '(212) 555' }],
    ['12', {}],
    ['+1', {}],
  ] as const)
    t.same(queryOf({ q }), asked, q);
  t.ok(tooFewDigits('12'));
  t.notOk(tooFewDigits(undefined));
  t.same(readContactsSearch({ q: 123, consent: 'perhaps', list: 'x', order: 'name' }), { q: '123', order: 'name' });
});

test('only what was changed of a person is sent, and what was emptied is cleared', async t => {
  const before = { ...fieldsOf(undefined), firstName: 'Ada', company: 'Example Roofing', tags: 'a, b', lists: ['1'] };
  t.equal(contactChange(before, { ...before, tags: 'a,b ,' }), null);
  t.same(contactChange(before, { ...before, company: ' ', firstName: 'Bo', lists: [] }), {
    company: null,
    firstName: 'Bo',
    lists: [],
  });
  t.same(newContact({ ...before, phone: ' +12125550100 ', company: '', lists: [] }), {
    phone: '+12125550100',
    firstName: 'Ada',
    tags: ['a', 'b'],
  });
  t.same(tagsOf('a, b,, a '), ['a', 'b']);
});

test('own fields are changed, added and taken away, and only those', async t => {
  const field = (name: string, value: string, type: 'text' | 'number' | 'boolean' = 'text') => ({ name, value, type });
  const before = {
    ...fieldsOf(undefined),
    own: [field('Plan', 'basic'), field('Seats', '3', 'number'), field('Old', 'yes', 'boolean')],
  };
  t.equal(contactChange(before, { ...before, own: [...before.own] }), null);
  t.same(
    contactChange(before, {
      ...before,
      own: [field('Plan', ' gold '), field('Seats', '4,5', 'number'), field('Since', '2020'), field('Empty', '')],
    }),
    { customFields: { Old: null, Plan: 'gold', Seats: 4.5, Since: '2020' } },
  );
  t.same(newContact({ ...before, phone: '+12125550100', own: [field('VIP', 'no', 'boolean')] }), {
    phone: '+12125550100',
    customFields: { VIP: false },
  });
  t.same(ownProblems([field('Plan', 'a'), field('Plan', 'b'), field('1.', 'c'), field('Seats', 'x', 'number')], []), [
    undefined,
    'twice',
    'name',
    'number',
  ]);
  t.same(ownProblems([field('1.', 'c')], [field('1.', 'b')]), [undefined], 'a name that is there already may stay');
});

test('a field comes from one column: choosing it for another leaves the first one out', async t => {
  const columns = [column(1, 'Phone', 'phone'), column(2, 'Mobile', null)];
  t.same(columnChange(columns, 2, 'phone'), [
    { column: 1, to: null },
    { column: 2, to: 'phone' },
  ]);
  t.same(columnChange(columns, 1, null), [{ column: 1, to: null }]);
  t.equal(customTarget(column(3, '1. Plan (old)', null)), 'customFields.Plan  old');
  t.equal(customTarget(column(4, '#', null)), 'customFields.column 4');
});

test('samples leave out the header and what is empty; numbers without + are found', async t => {
  const file = {
    hasHeader: true,
    firstRows: [
      ['Phone', 'Name'],
      ['+12125550100', ''],
      ["'+12125550101", 'Bo'],
      ['0664 5550102', 'Cy'],
    ],
    columns: [column(1, 'Phone', 'phone'), column(2, 'Name', 'name')],
  };
  t.same(samplesOf(file, 2), ['Bo', 'Cy']);
  t.same(numbersWithoutPlus(file), ['0664 5550102']);
  t.equal(rowsOf({ rowsRead: 0, hasHeader: true }), 0);
  t.equal(shareRead({ bytesRead: 50, bytes: 100, state: 'running' }), 0.5);
  t.equal(shareRead({ bytesRead: 0, bytes: 100, state: 'done' }), 1);
});

test('why somebody is not called is what the rules said, or that their campaign does not run', async t => {
  const told = (campaign: string, state: string, message: string | null) =>
    whyNotNow({
      campaign: { id: '', name: '', state: campaign },
      person: { state, verdict: message && { message } },
    } as unknown as Membership);
  t.equal(told('running', 'waiting', 'It is 06:40 there'), 'It is 06:40 there');
  t.equal(told('running', 'waiting', null), null);
  t.equal(told('paused', 'waiting', 'It is 06:40 there'), 'The campaign is not running: paused.');
  t.equal(told('completed', 'blocked', 'No consent'), 'No consent');
  t.equal(told('running', 'in-call', 'old'), null);
});

test('what the server says of fields is found by field, parts of a field counting to it', async t => {
  const details = [
    { field: 'phone', problem: 'is too short' },
    { field: 'lists.0', problem: 'is no list' },
  ];
  t.same(fieldProblems(new ApiError({ code: 'VALIDATION_FAILED', message: '', status: 400, details })), {
    phone: 'is too short',
    lists: 'is no list',
  });
  t.same(fieldProblems(new Error('x')), {});
});
