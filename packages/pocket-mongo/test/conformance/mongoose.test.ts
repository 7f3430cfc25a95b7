import mongoose, { Schema } from 'mongoose';
import { type Check, conformance, failure, type Loose } from './servers.ts';

/** A check with a mongoose connection of its own to the database of the scene. */
function withModels(
  check: (t: Parameters<Check>[0], connection: mongoose.Connection, name: string) => Promise<unknown>,
): Check {
  return async (t, c, { uri }) => {
    const connection = await mongoose.createConnection(uri, { dbName: c.dbName, autoIndex: true }).asPromise();
    try {
      await check(t, connection, c.collectionName);
    } finally {
      await connection.close();
    }
  };
}

const address = new Schema({ street: String, city: { type: String, required: true } });
const person = (name: string) =>
  new Schema(
    {
      name: { type: String, required: true, trim: true },
      mail: { type: String, unique: true, sparse: true },
      age: { type: Number, min: 0 },
      balance: Schema.Types.Decimal128,
      addresses: [address],
      extra: { type: Map, of: String },
      raw: Buffer,
      big: BigInt,
      friends: [{ type: Schema.Types.ObjectId, ref: name }],
    },
    { timestamps: true, optimisticConcurrency: true },
  );

conformance('mongoose', {
  'create, find, save, delete': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    const ada = await Person.create({ name: ' Ada ', age: 36, addresses: [{ city: 'London' }] });
    t.equal(ada.name, 'Ada');
    ada.addresses.push({ city: 'Paris' } as Loose);
    ada.addresses[0]!.street = 'Main Street';
    ada.age = 37;
    await ada.save();
    const found = await Person.findOne({ 'addresses.city': 'Paris' }).lean();
    t.match(found, { name: 'Ada', age: 37, addresses: [{ city: 'London', street: 'Main Street' }, { city: 'Paris' }] });
    t.ok(found!.createdAt <= found!.updatedAt);
    await ada.deleteOne();
    t.equal(await Person.countDocuments(), 0);
  }),
  'validation and casting happen before the server is asked': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    t.match(await failure(Person.create({ age: 1 })), { name: 'ValidationError' });
    t.match(await failure(Person.create({ name: 'x', age: -1 })), { name: 'ValidationError' });
    await Person.create({ name: 'x', age: '12' as Loose });
    t.equal(await Person.countDocuments({ age: 12 }), 1);
  }),
  'unique indexes are built and enforced': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    await Person.init();
    await Person.create([{ name: 'a', mail: 'a@example.test' }, { name: 'b' }, { name: 'c' }]);
    t.match(await failure(Person.create({ name: 'd', mail: 'a@example.test' })), {
      code: 11000,
      keyValue: { mail: 'a@example.test' },
    });
    t.strictSame(await Person.syncIndexes(), []);
    t.strictSame(await Person.diffIndexes(), { toDrop: [], toCreate: [] });
  }),
  'a stale document does not overwrite': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    const { _id } = await Person.create({ name: 'x', age: 1 });
    const [one, two] = await Promise.all([Person.findById(_id).orFail(), Person.findById(_id).orFail()]);
    one.age = 2;
    await one.save();
    two.age = 3;
    t.match(await failure(two.save()), { name: 'VersionError' });
    t.equal((await Person.findById(_id))!.age, 2);
  }),
  'special types': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    await Person.create({ name: 'x', balance: '12.50', raw: Buffer.from('abc'), big: 2n ** 60n, extra: { a: 'b' } });
    const found = (await Person.findOne({ balance: mongoose.Types.Decimal128.fromString('12.5') }))!;
    t.equal(String(found.balance), '12.50');
    t.equal(found.raw!.toString(), 'abc');
    t.equal(found.big, 2n ** 60n);
    t.equal(found.extra!.get('a'), 'b');
  }),
  populate: withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    const [a, b] = await Person.create([{ name: 'a' }, { name: 'b' }]);
    await Person.create({ name: 'c', friends: [b!._id, a!._id] });
    const found = await Person.findOne({ name: 'c' }).populate<{ friends: { name: string }[] }>('friends', 'name');
    t.strictSame(
      found!.friends.map(friend => friend.name),
      ['b', 'a'],
    );
  }),
  'findOneAndUpdate, upsert and defaults': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    const made = await Person.findOneAndUpdate(
      { mail: 'z@example.test' },
      { $set: { name: 'Z' }, $inc: { age: 1 } },
      { upsert: true, returnDocument: 'after' },
    );
    t.match(made, { name: 'Z', age: 1, mail: 'z@example.test' });
    t.ok(made!.createdAt);
    const result = await Person.updateOne({ name: 'Z' }, { age: 5 });
    t.match(result, { matchedCount: 1, modifiedCount: 1 });
  }),
  'arrays of subdocuments: update by position, pull, timestamps': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    const { _id, addresses } = await Person.create({ name: 'x', addresses: [{ city: 'A' }, { city: 'B' }] });
    await Person.updateOne(
      { _id, 'addresses._id': addresses[1]!._id },
      { $set: { 'addresses.$.street': 's', 'addresses.$.city': 'C' } },
    );
    await Person.updateOne({ _id }, { $pull: { addresses: { city: 'A' } } });
    t.match((await Person.findById(_id).lean())!.addresses, [{ city: 'C', street: 's' }]);
  }),
  'bulkWrite and insertMany tell errors by item': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    await Person.init();
    const error = await failure(
      Person.insertMany(
        [
          { name: 'a', mail: 'm' },
          { name: 'b', mail: 'm' },
          { name: 'c', mail: 'n' },
        ],
        { ordered: false },
      ),
    );
    t.match(error, { code: 11000, insertedDocs: [{ name: 'a' }, { name: 'c' }] });
    const result = await Person.bulkWrite([
      { updateOne: { filter: { name: 'a' }, update: { age: 3 } } },
      { deleteOne: { filter: { name: 'c' } } },
      { insertOne: { document: { name: 'd' } as Loose } },
    ]);
    t.match(result, { modifiedCount: 1, deletedCount: 1, insertedCount: 1 });
  }),
  'cursors and lean queries': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    await Person.insertMany(Array.from({ length: 300 }, (_, i) => ({ name: `p${i}`, age: i })));
    let sum = 0;
    for await (const { age } of Person.find({ age: { $gte: 100 } })
      .sort('age')
      .lean()
      .cursor({ batchSize: 25 }))
      sum += age!;
    t.equal(sum, (100 + 299) * 100);
    t.strictSame(
      (await Person.find().sort({ age: -1 }).skip(1).limit(2).select('age -_id').lean()).map(p => p.age),
      [298, 297],
    );
    t.equal(await Person.exists({ name: 'nobody' }), null);
    t.equal((await Person.distinct('age', { age: { $lt: 10 } })).length, 10);
  }),
  aggregation: withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    await Person.insertMany([
      { name: 'a', age: 1 },
      { name: 'a', age: 2 },
      { name: 'b', age: 5 },
    ]);
    t.strictSame(await Person.aggregate([{ $group: { _id: '$name', sum: { $sum: '$age' } } }, { $sort: { _id: 1 } }]), [
      { _id: 'a', sum: 3 },
      { _id: 'b', sum: 5 },
    ]);
  }),
  'discriminators share a collection': withModels(async (t, connection, name) => {
    const Base = connection.model(name, new Schema({ at: Date }, { discriminatorKey: 'kind' }), name);
    const Call = Base.discriminator(`${name}_call`, new Schema({ to: String }), 'call');
    const Mail = Base.discriminator(`${name}_mail`, new Schema({ subject: String }), 'mail');
    await Call.create({ to: '+12125550123' });
    await Mail.create({ subject: 'x' });
    t.equal(await Base.countDocuments(), 2);
    t.equal(await Call.countDocuments(), 1);
    t.match(await Base.findOne({ kind: 'mail' }), { subject: 'x' });
  }),
  'a session runs several operations': withModels(async (t, connection, name) => {
    const Person = connection.model(name, person(name), name);
    const session = await connection.startSession();
    await Person.create([{ name: 'in a session' }], { session });
    t.equal(await Person.countDocuments({}, { session }), 1);
    await session.endSession();
  }),
});
