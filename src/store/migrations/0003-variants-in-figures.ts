import type { Migration } from '../migration.ts';

/** Figures are kept for each variant of a campaign: calls that were counted before that are counted again, the difference by itself. */
export const variantsInFigures: Migration = {
  number: 3,
  name: 'variants-in-figures',
  up: async ({ backfill }) => {
    await backfill('figures', {
      collection: 'calls',
      filter: {
        variant: { $type: 'string' },
        figuresDue: { $ne: true },
        'figures.counted.day': { $exists: true },
        'figures.counted.variant': { $exists: false },
      },
      // The version tells whoever is counting it in this moment that it changed.
      change: () => ({ $set: { figuresDue: true }, $inc: { version: 1 } }),
    });
  },
};
