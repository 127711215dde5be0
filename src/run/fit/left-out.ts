/** @file Families that a table has too many rows for: they are left out, and a note says so. */

import type { Family } from '../../core/index.js';
import { check } from '../../core/index.js';
import { grouped } from '../../data/index.js';
import { catalogEntry } from '../../models/index.js';

/** Throws usage: nothing is left to train. */
export function familiesFor(models: readonly Family[], rows: number): readonly Family[] {
  const kept = models.filter((family) => rows <= mostRows(family));
  const isLeft = kept.some((family) => family !== 'ensemble');
  check(isLeft, 'models', `must name a family that takes ${rows} rows`, models.join(','), 'Leave --models out.');
  return kept;
}

/** One sentence for each. Throws usage: nothing is left to train. */
export function leftOutNotes(models: readonly Family[], rows: number): string[] {
  familiesFor(models, rows);
  return models
    .filter((family) => rows > mostRows(family))
    .map(
      (family) =>
        `${family} is left out: it takes at most ${grouped(mostRows(family))} rows, and there are ${grouped(rows)}`,
    );
}

function mostRows(family: Family): number {
  return family === 'ensemble' ? Infinity : (catalogEntry(family).maxRows ?? Infinity);
}
