import { test } from 'tap';
import type { Document } from '../../src/bson/types.ts';
import { CollectionIndex } from '../../src/index/collection-index.ts';
import { parseIndexSpec } from '../../src/index/index-spec.ts';

const all = { start: { values: [], side: -1 }, end: { values: [], side: 1 } } as const;

/** An index over texts, filled in this order. */
function indexOf(texts: readonly string[]): CollectionIndex {
  const index = new CollectionIndex(parseIndexSpec({ key: { text: 1 }, name: 'text_1' }), { namespace: 'd.c' });
  for (const [id, text] of texts.entries()) {
    const document: Document = { _id: id, text };
    const change = index.prepare(undefined, document);
    index.apply({ id, document, bytes: 0 }, change!);
  }
  return index;
}

const textsOf = (index: CollectionIndex) => [...index.scan(all, false)].map(({ document }) => document['text']);
const byBytes = (texts: readonly string[]) =>
  [...texts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

test('texts stand in the order of their bytes, whatever came before them', t => {
  const plain = Array.from({ length: 600 }, (_, place) => `${(place * 7919) % 600} ada \u00e9 \u4e2d`);
  // By units of sixteen bits the face comes before the full-width letter, by bytes behind it.
  const others = ['\u{1f600}', '\uff21', '\u{1f600}a', '\uffee', '\ud7ff', '\ue000'];
  t.strictSame(textsOf(indexOf(plain)), byBytes(plain));
  t.strictSame(textsOf(indexOf([...plain, ...others])), byBytes([...plain, ...others]));
  t.strictSame(textsOf(indexOf([...others, ...plain])), byBytes([...plain, ...others]));
  t.end();
});

test('a text that is only asked for finds its place among plain ones', t => {
  const index = indexOf(['a', '\u4e2d', '\ud7ff']);
  const behind = { start: { values: ['\u{1f600}'], side: -1 }, end: all.end } as const;
  t.strictSame([...index.scan(behind, false)], []);
  const before = { start: all.start, end: { values: ['\uff21'], side: 1 } } as const;
  t.equal([...index.scan(before, false)].length, 3);
  t.end();
});
