import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import type { Migration } from '../migration.ts';

/** Gives the installation an identity of its own, so that what several of them share (a Redis, a bucket) can be told apart. */
export const installation: Migration = {
  number: 1,
  name: 'installation',
  up: async ({ step }) => {
    await step('identity', async db => {
      const settings = db.collection('settings');
      await settings.createIndex({ key: 1 }, { unique: true });
      const now = new Date();
      const value = { id: randomBytes(12).toString('hex'), since: now };
      const fields = { _id: new mongo.ObjectId(), value, schemaVersion: 1, version: 1, createdAt: now, updatedAt: now };
      await settings.updateOne({ key: 'installation' }, { $setOnInsert: fields }, { upsert: true });
    });
  },
};
