import t from 'tap';
import { present, readCount, readId, readMoment, readOneOf, readWord } from '../../frontend/src/lib/address-words.ts';
import { localField, momentOfField, momentsOf, readRange } from '../../frontend/src/lib/date-range.ts';
import { parseViews, sameSearch, withView } from '../../frontend/src/lib/saved-views.ts';

t.test('an address that anybody may have written is read with care', async t => {
  const raw = {
    word: ' a ',
    digits: 77,
    empty: '  ',
    list: ['a'],
    id: 'a'.repeat(24),
    count: '90',
    far: '1e9',
    at: 'x',
  };
  t.equal(readWord(raw, 'word'), ' a ');
  t.equal(readWord(raw, 'digits'), '77', 'the router reads digits as a number');
  for (const name of ['empty', 'list', 'absent']) t.equal(readWord(raw, name), undefined, name);
  t.equal(readOneOf({ o: 'constructor' }, 'o', ['a', 'b']), undefined);
  t.equal(readOneOf({ o: 'b' }, 'o', ['a', 'b']), 'b');
  t.equal(readCount(raw, 'count'), 90);
  for (const name of ['far', 'word']) t.equal(readCount(raw, name), undefined, name);
  t.equal(readId(raw, 'id'), 'a'.repeat(24));
  t.equal(readId(raw, 'word'), undefined);
  t.equal(readMoment(raw, 'at'), undefined);
  t.equal(readMoment({ at: '2026-03-01T10:00:00+02:00' }, 'at'), '2026-03-01T08:00:00.000Z');
  t.same(present({ a: 1, b: undefined }), { a: 1 });
});

t.test('a range has a name or moments, and its days begin at midnight where the viewer is', async t => {
  const now = new Date(2026, 2, 19, 14, 32).getTime();
  const day = (date: number, month = 2) => new Date(2026, month, date).toISOString();
  t.same(momentsOf({ range: 'today' }, now), { since: day(19), until: null });
  t.same(momentsOf({ range: 'yesterday' }, now), { since: day(18), until: day(19) });
  t.same(momentsOf({ range: '7d' }, now), { since: day(13), until: null }, 'the running day is one of the seven');
  t.same(momentsOf({ range: '30d' }, now), { since: day(18, 1), until: null });
  t.same(momentsOf({}, now), { since: null, until: null });
  t.same(momentsOf({ from: day(1), to: day(2) }, now), { since: day(1), until: day(2) });

  t.same(readRange({ range: '7d', from: day(1) }), { range: '7d' }, 'a name goes before moments');
  t.same(readRange({ range: 'ever', from: day(1), to: 'soon' }), { from: day(1) });
  t.equal(localField(momentOfField('2026-03-19T09:05')), '2026-03-19T09:05', 'what a field shows is what was typed');
  t.equal(localField('soon'), '');
  t.equal(momentOfField(''), undefined);
});

t.test('saved views survive whatever stands in the storage', async t => {
  for (const damaged of [null, '', '{', '{}', '[1, null, {"name": 1}, {"name": "a"}, {"name": " ", "search": {}}]'])
    t.same(parseViews(damaged), [], `${damaged}`);
  const late = { name: 'Late', search: { outcome: 'busy' } };
  const views = withView(withView([], late), { name: 'Answered', search: { min: 0 } });
  t.same(
    views.map(({ name }) => name),
    ['Answered', 'Late'],
    'in the order of their names',
  );
  t.same(parseViews(JSON.stringify(views)), views);
  t.same(withView(views, { name: 'Late', search: {} }).length, 2, 'the same name replaces');
  t.ok(sameSearch({ a: 1, b: 2 }, { b: 2, a: 1 }));
  t.notOk(sameSearch({ a: 1 }, { a: 2 }));
});
