import { test, default as top } from 'tap';
import type { NewCall } from '../../src/calls/call-document.ts';
import { CallRepository } from '../../src/calls/call-repository.ts';
import { createCallSearch, mostCounted } from '../../src/calls/call-search.ts';
import { startApp } from '../helpers/app.ts';
import { startTestStore } from '../helpers/store.ts';
import { turnOf } from './journal-site.ts';

const site = await startApp(top);
const token = await site.signIn();
const { calls, journal } = site.app.callRecords;
const get = (path: string) => site.call('GET', path, { token });

const agentId = '6a1f0c2d3e4b5a6978879aab';
const made: string[] = [];
/** Eight calls, each begun an hour after the one before. */
const first = Date.parse('2026-11-01T08:00:00Z');
for (let index = 0; index < 8; index += 1) {
  const call: Partial<NewCall> & Record<string, unknown> = {
    direction: index % 2 ? 'inbound' : 'outbound',
    to: index % 2 ? '+12125550100' : `+1312555012${index}`,
    from: index % 2 ? `+1415555013${index}` : '+12125550100',
    state: 'completed',
    outcome: index < 4 ? 'conversation' : 'voicemail',
    result: index === 2 ? 'opt-out' : 'none',
    durationSeconds: 10 * index,
    endedAt: new Date(first + index * 3_600_000),
    contactName: ['=1+1', '+49 30', '-7', '@SUM(A1)', '\tTab', '\rReturn', 'O"Brien, Jr.\nand sons', 'Zoë'][index]!,
    ...(index < 2 ? { agentId: agentId as never } : {}),
  };
  const stored = await calls.begin(call as NewCall);
  const createdAt = new Date(first + index * 3_600_000);
  await site.app.store.connection.collection('calls').updateOne({ _id: stored._id }, { $set: { createdAt } });
  made.push(stored._id.toHexString());
}
const said: readonly (readonly [number, string])[] = [
  [0, 'Could you send the brochure about solar panels?'],
  [3, 'The panels on our roof are broken'],
  [5, 'Please call another day'],
];
for (const [index, text] of said) {
  journal.turn(made[index]!, 0, turnOf(text));
  await journal.written(made[index]!);
}
await site.app.store.connection
  .collection('transcripts')
  .updateOne({ callId: (await calls.findById(made[5]!))!._id }, { $set: { createdAt: new Date(first) } });

const found = async (query: string): Promise<number[]> => {
  const { status, body } = await get(`/api/calls?${query}`);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.items.map(({ id }: { id: string }) => made.indexOf(id));
};

for (const [query, expected] of [
  ['', [7, 6, 5, 4, 3, 2, 1, 0]],
  ['outcome=voicemail', [7, 6, 5, 4]],
  ['status=completed&direction=inbound', [7, 5, 3, 1]],
  ['result=opt-out', [2]],
  [`agentId=${agentId}`, [1, 0]],
  ['number=122', [2]],
  ['number=%2B1%20(312)%20555-0124', [4]],
  ['number=5550135', [5]],
  ['number=0100&direction=outbound', [6, 4, 2, 0]],
  ['since=2026-11-01T10:00:00Z&until=2026-11-01T12:00:00Z', [3, 2]],
  ['minSeconds=20&maxSeconds=40', [4, 3, 2]],
  ['sort=createdAt&minSeconds=50', [5, 6, 7]],
  ['text=panels', [3, 0]],
  ['text=panels%20-roof', [0]],
  ['text=%22solar%20panels%22', [0]],
  ['text=panels&outcome=voicemail', []],
  ['text=day&number=135', [5]],
] as const)
  test(`calls by ${query || 'nothing'}`, async t => {
    t.same(await found(query), expected);
    const { body } = await get(`/api/calls/count?${query.replace(/sort=\w+&/, '')}`);
    t.same(body, { count: expected.length, more: false }, 'and as many are counted');
  });

test('counting ends at its bound, and what the store gives up is told with what helps', async t => {
  const asked: object[] = [];
  const searchOver = (countFound: () => Promise<number>) =>
    createCallSearch({
      calls: {
        search: async () => ({ items: [], nextCursor: null }),
        countFound: (_: unknown, terms: object) => {
          asked.push(terms);
          return countFound();
        },
      } as never,
      transcripts: { callsSaying: async () => [] },
    });
  t.same(await searchOver(async () => mostCounted).count({}), { count: mostCounted, more: false });
  t.same(await searchOver(async () => mostCounted + 1).count({}), { count: mostCounted, more: true });
  t.match(asked, [{ most: mostCounted + 1, withinMs: Number }, {}]);
  t.equal(await calls.countFound({}, { most: 3 }), 3, 'the store counts no further');

  // A store of its own, since whoever reads first meets the failure.
  const store = await startTestStore(t);
  const slow = new CallRepository(store);
  await slow.ensureIndexes();
  const admin = store.connection.getClient().db('admin');
  const search = createCallSearch({ calls: slow, transcripts: { callsSaying: async () => [] } });
  for (const [what, command, ask] of [
    ['the list', 'find', () => search.page({})],
    ['the count', 'aggregate', () => search.count({})],
  ] as const) {
    const data = { failCommands: [command], errorCode: 50 };
    await admin.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
    const refusal = { code: 'SEARCH_TOO_SLOW', message: 'The search took too long. Choose a shorter range.' };
    await t.rejects<unknown>(ask(), refusal, what);
  }
});

test('pages of every kind of list go on where the one before ended', async t => {
  for (const query of [
    'number=0100&limit=3',
    'sort=createdAt&minSeconds=0&limit=3',
    'text=panels%20day&limit=1',
    'limit=3',
  ]) {
    const all: number[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await get(`/api/calls?${query}${cursor && `&cursor=${cursor}`}`);
      all.push(...body.items.map(({ id }: { id: string }) => made.indexOf(id)));
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }
    t.equal(new Set(all).size, all.length, `${query}: none twice`);
    t.equal(all.length, query.startsWith('text') ? 3 : 8, `${query}: all of them`);
  }
});

test('what is asked wrongly is named', async t => {
  for (const query of [
    'number=12',
    'number=abc',
    'since=yesterday',
    'minSeconds=-1',
    'outcome=nice',
    'text=a',
    'colour=red',
  ])
    t.equal((await get(`/api/calls?${query}`)).status, 400, query);
  t.same((await get('/api/calls?fields=id,outcome&limit=1')).body.items, [{ id: made[7], outcome: 'voicemail' }]);
});

test('calls as CSV: every one, and no cell is a formula', async t => {
  const answer = await get('/api/calls/export?fields=id,from,contactName');
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
  t.equal(
    answer.body,
    [
      'id,from,contactName',
      `${made[7]},+14155550137,Zoë`,
      `${made[6]},+12125550100,"O""Brien, Jr.\nand sons"`,
      `${made[5]},+14155550135,"'\rReturn"`,
      `${made[4]},+12125550100,'\tTab`,
      `${made[3]},+14155550133,'@SUM(A1)`,
      `${made[2]},+12125550100,'-7`,
      `${made[1]},+14155550131,'+49 30`,
      `${made[0]},+12125550100,'=1+1`,
      '',
    ].join('\r\n'),
  );
  const some = await get('/api/calls/export?outcome=voicemail&fields=id');
  t.equal(some.body.split('\r\n').length, 6);
  t.match(await get('/api/calls/export?fields=secret'), { status: 400 });
  t.match(await get('/api/calls/export?number=1'), {
    status: 400,
    body: { error: { details: [{ field: 'number' }] } },
  });
  const audit = await get('/api/audit?action=calls.export');
  t.equal(audit.body.items.length, 2);
});
