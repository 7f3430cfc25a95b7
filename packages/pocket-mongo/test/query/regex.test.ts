import { test } from 'tap';
import { compileRegex } from '../../src/query/regex.ts';
import { Random } from '../bson/random-values.ts';

const rows: [pattern: string, options: string, matching: string[], others: string[]][] = [
  ['^ab', '', ['abc'], ['xab', 'AB']],
  ['^ab', 'i', ['ABc'], ['xab']],
  ['b$', '', ['ab', 'ab\n'], ['ab\n\n', 'ba']],
  ['^b', 'm', ['a\nb'], ['ab']],
  ['a.b', '', ['axb', 'a\u{1f600}b'], ['a\nb']],
  ['a.b', 's', ['a\nb'], []],
  ['a b # comment\n c', 'x', ['abc'], ['a b c']],
  ['[ ]a', 'x', [' a'], ['a']],
  ['(?i)abc', '', ['ABC'], ['abd']],
  ['\\Aab\\z', '', ['ab'], ['ab\n', 'xab']],
  ['ab\\Z', '', ['ab', 'ab\n'], ['abc']],
  ['\\Qa.b\\E+', '', ['a.bb'], ['axb']],
  ['[[:alpha:]_]+[[:digit:]]', '', ['a_1'], ['11']],
  ['[]a]', '', [']', 'a'], ['b']],
  ['(?P<n>a)b', '', ['ab'], ['b']],
  ['a(?#note)b', '', ['ab'], ['a']],
  ['(?:a|b)c(?=d)(?!de)', '', ['acdx'], ['acde', 'ac']],
  ['(?<=x)a', '', ['xa'], ['a']],
  ['\\-\\_\\/', '', ['-_/'], ['-']],
  ['^\\+1\\d{10}$', '', ['+12125550123'], ['12125550123']],
  ['é', 'i', ['É'], ['e']],
];

test('patterns of MongoDB on the engine of JavaScript', async t => {
  for (const [pattern, options, matching, others] of rows) {
    const { test: matches } = compileRegex(pattern, options);
    for (const text of matching) t.ok(matches(text), `/${pattern}/${options} takes ${JSON.stringify(text)}`);
    for (const text of others) t.notOk(matches(text), `/${pattern}/${options} leaves ${JSON.stringify(text)}`);
  }
});

test('what the engine does not have is refused by name', async t => {
  for (const pattern of ['a\\Kb', '(?i:a)b', '[[:^alpha:]]', '[[:nope:]]']) {
    t.throws(() => compileRegex(pattern, ''), { code: 238, message: /not supported by the embedded store/ }, pattern);
  }
  t.throws(() => compileRegex('(', ''), { code: 51091 });
  t.throws(() => compileRegex('a', 'q'), { code: 2 });
});

test('the literal start of a pattern, for indexes', async t => {
  const prefixes: [pattern: string, options: string, prefix: string | undefined][] = [
    ['^abc', '', 'abc'],
    ['^abc.*x', '', 'abc'],
    ['^ab?c', '', 'a'],
    ['^ab*', '', 'a'],
    ['^ab+c', '', 'ab'],
    ['^ab{2}', '', 'a'],
    ['^a\\.b', '', 'a.b'],
    ['^a\\db', '', 'a'],
    ['\\Aab', '', 'ab'],
    ['^ab|cd', '', undefined],
    ['^(ab)', '', undefined],
    ['abc', '', undefined],
    ['^abc', 'i', undefined],
    ['^abc', 'm', undefined],
    ['^a b', 'x', undefined],
  ];
  for (const [pattern, options, prefix] of prefixes) {
    t.equal(compileRegex(pattern, options).prefix, prefix, `/${pattern}/${options}`);
  }
});

test('whatever a pattern matches starts with its prefix', async t => {
  const random = new Random(3);
  const pieces = ['a', 'b', 'ab', '\\.', '.', '?', '*', '+', '(a)', '(a|b)', '[ab]', '{1,2}', '$', '\\Qa\\E', '\\d'];
  let tried = 0;
  let wrong = 0;
  for (let i = 0; i < 4_000; i += 1) {
    const pattern = `^${Array.from({ length: 1 + random.below(5) }, () => random.pick(pieces)).join('')}`;
    let regex: ReturnType<typeof compileRegex>;
    try {
      regex = compileRegex(pattern, '');
    } catch {
      continue; // a quantifier without anything to repeat
    }
    for (let n = 0; n < 20; n += 1) {
      const text = Array.from({ length: random.below(6) }, () => random.pick(['a', 'b', '.', '1'])).join('');
      if (!regex.test(text)) continue;
      tried += 1;
      if (regex.prefix !== undefined && !text.startsWith(regex.prefix)) wrong += 1;
    }
  }
  t.equal(wrong, 0);
  t.ok(tried > 3_000, `${tried} matches`);
});
