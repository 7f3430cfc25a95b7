import { test } from 'tap';
import { findLanguage } from '../../src/text/language.ts';
import { Postings } from '../../src/text/postings.ts';
import { type TextFields, termScores } from '../../src/text/text-fields.ts';
import { compileTextQuery, parseSearch } from '../../src/text/text-query.ts';
import { insensitive, termsOf } from '../../src/text/tokens.ts';

const english = findLanguage('english');
const fields: TextFields = {
  weights: { title: 10, 'turns.text': 1 },
  defaultLanguage: 'english',
  languageOverride: 'language',
};

const documents = {
  billing: {
    title: 'Billing question',
    turns: [{ text: 'My invoice was wrong' }, { text: 'We corrected the invoices' }],
  },
  delivery: { title: 'Late delivery', turns: [{ text: 'The café is closed on Monday mornings' }] },
  mixed: { title: 'Delivery and billing', turns: [{ text: 'Wrong invoice, late parcel' }] },
  german: { title: 'Rechnung', language: 'none', turns: [{ text: 'The running Rechnungen' }] },
};
type Key = keyof typeof documents;

function search(operand: Record<string, unknown>): Key[] {
  const postings = new Postings<Key>(fields);
  for (const key of Object.keys(documents) as Key[]) postings.add(key, documents[key]);
  const scores = postings.search(compileTextQuery(operand, fields), key => documents[key]);
  return [...scores].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

const searches: [string, Record<string, unknown>, Key[]][] = [
  ['any of the words is enough', { $search: 'parcel monday' }, ['mixed', 'delivery']],
  ['inflections meet', { $search: 'invoicing' }, ['billing', 'mixed']],
  ['a heavier field ranks higher', { $search: 'late' }, ['delivery', 'mixed']],
  ['accents do not matter', { $search: 'cafe' }, ['delivery']],
  ['accents matter when asked', { $search: 'cafe', $diacriticSensitive: true }, []],
  ['the accent itself still matches', { $search: 'café', $diacriticSensitive: true }, ['delivery']],
  ['case does not matter', { $search: 'MONDAY' }, ['delivery']],
  ['case matters when asked', { $search: 'monday', $caseSensitive: true }, []],
  ['the case itself still matches', { $search: 'Monday', $caseSensitive: true }, ['delivery']],
  ['a phrase must occur as it is written', { $search: '"wrong invoice"' }, ['mixed']],
  ['words beside a phrase do not widen the search', { $search: '"wrong invoice" monday' }, ['mixed']],
  ['a minus excludes', { $search: 'invoice -parcel' }, ['billing']],
  ['a minus excludes a phrase', { $search: 'invoice -"wrong invoice"' }, ['billing']],
  ['only exclusions find nothing', { $search: '-parcel' }, []],
  ['stop words find nothing', { $search: 'the was on' }, []],
  ['a document in no language keeps its words', { $search: 'running', $language: 'none' }, ['german']],
  ['without a language stop words count', { $search: 'the', $language: 'none' }, ['german']],
  ['an empty search finds nothing', { $search: '' }, []],
];

for (const [name, operand, expected] of searches) {
  test(name, async t => t.same(search(operand), expected));
}

test('a hyphen inside a word separates and does not exclude', async t => {
  t.same(parseSearch('pre-market -open "quoted words" -"not these"'), {
    words: ['pre-market', 'quoted words'],
    excludedWords: ['open'],
    phrases: ['quoted words'],
    excludedPhrases: ['not these'],
  });
  t.same(termsOf('pre-market', english, insensitive), ['pre', 'market']);
});

test('words of any script are found', async t => {
  t.same(termsOf('Ünïcode Ωmega 日本 don’t 42nd', findLanguage('none')), ['unicode', 'ωmega', '日本', "don't", '42nd']);
});

test('a term counts by repetition, share of its text and weight', async t => {
  const scores = termScores({ title: 'invoice', turns: [{ text: 'parcel parcel late' }] }, fields);
  t.equal(scores.get('invoic'), 10);
  t.equal(scores.get('late')?.toFixed(4), (0.5 / 3 + 0.5).toFixed(4));
  t.equal(scores.get('parcel')?.toFixed(4), (1.5 * (1 / 3 + 0.5)).toFixed(4));
  t.equal(termScores({ title: 'parcel' }, fields).get('parcel'), 11, 'a text that is one term counts a tenth more');
});

test('the wildcard covers every string field', async t => {
  const everything: TextFields = {
    weights: { '$**': 1, title: 5 },
    defaultLanguage: 'english',
    languageOverride: 'language',
  };
  const scores = termScores({ title: 'alpha', deep: { list: ['beta', { more: 'gamma' }] }, count: 3 }, everything);
  t.same([...scores.keys()].sort(), ['alpha', 'beta', 'gamma']);
  t.ok((scores.get('alpha') ?? 0) > (scores.get('beta') ?? 0));
});

test('removing a document leaves nothing of it behind', async t => {
  const postings = new Postings<string>(fields);
  postings.add('a', documents.billing);
  postings.add('b', documents.mixed);
  postings.remove('b', documents.mixed);
  postings.remove('a', documents.billing);
  t.equal(postings.size, 0);
});

test('field names from the prototype are fields like any other', async t => {
  const odd = { weights: { constructor: 1 }, defaultLanguage: 'english', languageOverride: '__proto__' };
  t.equal(termScores({ title: 'x' }, odd).size, 0);
  t.same([...termScores({ constructor: 'alpha' } as never, odd).keys()], ['alpha']);
});

test('languages that cannot be stemmed are refused by name', async t => {
  t.throws(() => compileTextQuery({ $search: 'x', $language: 'german' }, fields), /german.*MONGODB_URI/);
  t.throws(() => compileTextQuery({ $search: 'x', $language: 'klingon' }, fields), { code: 17262 });
  t.throws(() => termScores({ title: 'x', language: 'klingon' }, fields), { code: 17262 });
});

test('wrong operands are refused by field', async t => {
  t.throws(() => compileTextQuery('x', fields), { code: 2 });
  t.throws(() => compileTextQuery({ $search: 1 }, fields), { code: 14 });
  t.throws(() => compileTextQuery({ $search: 'x', $fuzzy: true }, fields), /\$fuzzy/);
  t.throws(() => compileTextQuery({ $search: 'x', $caseSensitive: 1 }, fields), { code: 14 });
});
