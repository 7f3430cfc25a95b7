import { conformance, failure, type Loose } from './servers.ts';

const stories = [
  { _id: 1, title: 'The quick brown fox', body: 'jumps over lazy dogs' },
  { _id: 2, title: 'Slow turtles', body: 'a quick nap for foxes' },
  { _id: 3, title: 'Nothing', body: 'else happens at the café' },
];

const ids = (documents: Loose[]): unknown[] => documents.map(({ _id }) => _id);

conformance('text search', {
  'words, phrases and exclusions': async (t, c) => {
    await c.insertMany(stories);
    await c.createIndex({ title: 'text', body: 'text' }, { weights: { title: 10 } });
    const search = async ($search: string, more: Loose = {}) =>
      ids(
        await c
          .find({ $text: { $search, ...more } })
          .sort({ _id: 1 })
          .toArray(),
      );
    t.strictSame(await search('fox'), [1, 2]);
    t.strictSame(await search('jumping nothing'), [1, 3]);
    t.strictSame(await search('"brown fox"'), [1]);
    t.strictSame(await search('quick -nap'), [1]);
    t.strictSame(await search('the'), []);
    t.strictSame(await search('cafe'), [3]);
    t.strictSame(await search('cafe', { $diacriticSensitive: true }), []);
    t.strictSame(await search('quick', { $caseSensitive: true }), [1, 2]);
    t.strictSame(await search('Quick', { $caseSensitive: true }), []);
  },
  'the score of a match can be shown and ordered by': async (t, c) => {
    await c.insertMany(stories);
    await c.createIndex({ title: 'text', body: 'text' }, { weights: { title: 10 } });
    const filter = { $text: { $search: 'quick' } };
    const score = { $meta: 'textScore' } as const;
    const found = await c.find(filter, { projection: { score } }).sort({ score }).toArray();
    t.strictSame(ids(found), [1, 2]);
    t.ok(found[0]?.['score'] > found[1]?.['score'] && found[1]?.['score'] > 0);
    const stages = [{ $match: filter }, { $project: { title: 1 } }, { $sort: { s: score } }, { $project: { score } }];
    const piped = await c.aggregate(stages).toArray();
    t.strictSame(
      piped.map(({ _id, score }) => ({ _id, score })),
      found.map(({ _id, score }) => ({ _id, score })),
    );
  },
  'other conditions narrow the search': async (t, c) => {
    await c.insertMany(stories);
    await c.createIndex({ title: 'text', body: 'text' });
    t.strictSame(ids(await c.find({ $text: { $search: 'quick' }, _id: { $gt: 1 } }).toArray()), [2]);
    t.equal(await c.countDocuments({ $text: { $search: 'quick' } }), 2);
  },
  'the index follows every change': async (t, c) => {
    await c.createIndex({ '$**': 'text' } as Loose);
    await c.insertMany(stories);
    await c.updateOne({ _id: 3 }, { $set: { deep: { list: ['wolves'] } } });
    t.strictSame(ids(await c.find({ $text: { $search: 'wolf wolves' } }).toArray()), [3]);
    await c.replaceOne({ _id: 1 }, { title: 'gone' });
    await c.deleteOne({ _id: 2 });
    t.strictSame(ids(await c.find({ $text: { $search: 'fox quick' } }).toArray()), []);
  },
  'a search needs an index, and the first stage': async (t, c) => {
    await c.insertMany(stories);
    t.match(await failure(c.find({ $text: { $search: 'x' } }).toArray()), { code: 27 });
    await c.createIndex({ title: 'text' });
    t.match(await failure(c.aggregate([{ $limit: 1 }, { $match: { $text: { $search: 'x' } } }]).toArray()), {
      code: 17313,
    });
    t.ok(await failure(c.createIndex({ body: 'text' })), 'a collection has one text index');
  },
  'the index is listed with its weights': async (t, c) => {
    await c.createIndex(
      { title: 'text', body: 'text' },
      { name: 'words', weights: { title: 3 }, default_language: 'none' },
    );
    t.match(
      (await c.indexes()).find(({ name }) => name === 'words'),
      {
        key: { _fts: 'text', _ftsx: 1 },
        weights: { body: 1, title: 3 },
        default_language: 'none',
      },
    );
  },
  'a document in a language unknown to the index is not stored': async (t, c) => {
    await c.createIndex({ title: 'text' });
    await c.insertOne({ _id: 1, title: 'hello' });
    t.match(await failure(c.insertOne({ _id: 2, title: 'x', language: 'klingon' })), { code: 17262 });
    t.match(await failure(c.updateOne({ _id: 1 }, { $set: { language: 'klingon' } })), { code: 17262 });
    t.strictSame(await c.find({}).toArray(), [{ _id: 1, title: 'hello' }]);
    t.strictSame(ids(await c.find({ $text: { $search: 'hello' } }).toArray()), [1]);
  },
});
