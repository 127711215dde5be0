/** @file Families that a table has too many rows for, or whose predictions do not serve the task: they are left out, and a note says so. */

import type { Aim, Family } from '../../core/index.js';
import { check } from '../../core/index.js';
import { grouped } from '../../data/index.js';
import { catalogEntry } from '../../models/index.js';

/** Throws usage: nothing is left to train. */
export function familiesFor(models: readonly Family[], rows: number, aim?: Aim): readonly Family[] {
  const kept = models.filter((family) => rows <= mostRows(family) && !whyNot(family, aim));
  const isLeft = kept.some((family) => family !== 'ensemble');
  const what = aim === undefined ? `${rows} rows` : `${rows} rows and the task ${aim}`;
  check(isLeft, 'models', `must name a family that takes ${what}`, models.join(','), 'Leave --models out.');
  return kept;
}

/** One sentence for each. Throws usage: nothing is left to train. */
export function leftOutNotes(models: readonly Family[], rows: number, aim?: Aim): string[] {
  familiesFor(models, rows, aim);
  return models.flatMap((family) => {
    const why = whyNot(family, aim);
    if (why) return [`${family} is left out: ${why}`];
    if (rows <= mostRows(family)) return [];
    return [
      `${family} is left out: it takes at most ${grouped(mostRows(family))} rows, and there are ${grouped(rows)}`,
    ];
  });
}

function whyNot(family: Family, aim: Aim | undefined): string | undefined {
  return family === 'ensemble' || aim === undefined ? undefined : catalogEntry(family).unfit?.[aim];
}

function mostRows(family: Family): number {
  return family === 'ensemble' ? Infinity : (catalogEntry(family).maxRows ?? Infinity);
}
