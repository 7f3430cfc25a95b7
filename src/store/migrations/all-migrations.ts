import type { Migration } from '../migration.ts';
import { installation } from './0001-installation.ts';
import { numbersOfCalls } from './0002-numbers-of-calls.ts';
import { variantsInFigures } from './0003-variants-in-figures.ts';

/** The store's history in order. A number is given once and for ever; what was released is never edited. */
export const allMigrations: readonly Migration[] = [installation, numbersOfCalls, variantsInFigures];
