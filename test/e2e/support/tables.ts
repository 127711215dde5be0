/** @file Tables made up for the command line: text, as a user would bring it. */

import { Rng } from '../../../src/core/index.js';

export type Row = readonly (string | number)[];

/** Lines of a CSV. Cells must need no quotes. */
export function csv(header: string, rows: readonly Row[]): string {
  return [header, ...rows.map((row) => row.join(','))].join('\n') + '\n';
}

/** `width,colour,weight,grade`: a number, a category and a gap now and then, which decide a grade of two. Seeded. */
export function fruit(n: number, seed = 1): Row[] {
  const rng = new Rng(seed);
  return Array.from({ length: n }, () => {
    const width = 4 + 6 * rng.uniform();
    const colour = ['green', 'red', 'yellow'][rng.integer(3)];
    const weight = 20 * width + 15 * rng.normal();
    const score = width / 3 + (colour === 'red' ? 1 : 0) + 0.4 * rng.normal();
    return [width.toFixed(2), colour, rng.uniform() < 0.08 ? '' : weight.toFixed(1), score > 2.7 ? 'sweet' : 'sour'];
  });
}

export const FRUIT_HEADER = 'width,colour,weight,grade';

/** The table of `fruit` as a CSV. */
export const fruitCsv = (n: number, seed?: number): string => csv(FRUIT_HEADER, fruit(n, seed));
