/** @file Options by name: one that nobody reads was meant to be another. */

import { check } from '../core/index.js';
import { nearestName } from '../data/index.js';

/** Throws a usage error for an option that is not among the known ones, with the nearest. */
export function checkKnown(where: string, options: object, known: Readonly<Record<string, true>>): void {
  const names = Object.keys(known);
  for (const name of Object.keys(options)) {
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? `Known are ${names.join(', ')}.` : `Did you mean ${nearest}?`;
    check(Object.hasOwn(known, name), where, 'every option must be known', name, hint);
  }
}
