/** @file Names of columns: trimmed, unique, never empty. */

import { checkData } from '../core/index.js';
import { tidy } from './tidy.js';

/**
 * Names for the columns. An empty one becomes `column <place>` with a note; two equal ones are refused, because a model
 * that finds its columns by name could not tell them apart.
 */
export function nameColumns(cells: readonly string[], fileName: string): { names: string[]; notes: string[] } {
  const names = cells.map((cell) => tidy(cell));
  const taken = new Map<string, number>();
  const notes: string[] = [];
  names.forEach((name, j) => {
    if (name === '') return;
    const first = taken.get(name);
    checkData(
      first === undefined,
      'csv',
      'column names must differ',
      name,
      `It names columns ${(first ?? 0) + 1} and ${j + 1} of ${fileName}.`,
    );
    taken.set(name, j);
  });
  names.forEach((name, j) => {
    if (name !== '') return;
    let given = `column ${j + 1}`;
    while (taken.has(given)) given += "'";
    taken.set(given, j);
    names[j] = given;
    notes.push(`Column ${j + 1} has no name in the header; it is called "${given}"`);
  });
  if (names.every((name) => name !== '' && Number.isFinite(Number(name)))) {
    notes.push(
      `The header holds only numbers (${names.slice(0, 3).join(', ')} ...); is the first line of ${fileName} a row?`,
    );
  }
  return { names, notes };
}
