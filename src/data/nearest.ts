/** @file "Did you mean": the name closest to what was typed. */

import { visible } from './tidy.js';

const MOST_SHOWN = 8;
const MOST_SIGNS = 60;
/** Names that are compared with each other, so that a request of very many columns costs little. */
const MOST_NAMES = 100;

/** The closest of `names` within two edits in five letters (case does not count), or undefined. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.ceil(0.4 * typed.length) + 1;
  for (const name of names) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** A hint for an unknown column: the nearest name, or the first few that exist. */
export function columnHint(typed: string, names: readonly string[]): string {
  const nearest = nearestName(typed, names);
  if (nearest !== undefined) return `Did you mean "${shown(nearest)}"?${doubtOf(typed, nearest)}`;
  const first = names.slice(0, MOST_SHOWN).map((name) => `"${shown(name)}"`);
  const more = names.length > MOST_SHOWN ? ` and ${names.length - MOST_SHOWN} more` : '';
  return `The columns are ${first.join(', ')}${more}.`;
}

/** A name with nothing invisible in it, cut where it is long. */
function shown(name: string): string {
  const text = visible(name);
  return text.length > MOST_SIGNS ? `${text.slice(0, MOST_SIGNS - 3)}...` : text;
}

/** What tells two names apart that look the same: a letter of another script, as a code. */
function doubtOf(typed: string, nearest: string): string {
  if (typed.length !== nearest.length) return '';
  const at = [...typed].findIndex((sign, i) => sign !== nearest[i]);
  const [given, wanted] = [typed.charCodeAt(at), nearest.charCodeAt(at)];
  if (at < 0 || (given < 0x250 && wanted < 0x250)) return '';
  const code = (sign: number): string => `U+${sign.toString(16).toUpperCase().padStart(4, '0')}`;
  return ` Its sign ${at + 1} is ${code(wanted)}, not ${code(given)}.`;
}

/** For each missing name the nearest of the extra ones, where one is near; every extra name goes to one missing name at most. */
export function likelyRenamed(missing: readonly string[], extra: readonly string[]): Record<string, string> {
  const left = new Set(extra.slice(0, MOST_NAMES));
  const found = Object.create(null) as Record<string, string>;
  for (const name of missing.slice(0, MOST_NAMES)) {
    const nearest = nearestName(name, [...left]);
    if (nearest === undefined) continue;
    found[name] = nearest;
    left.delete(nearest);
  }
  return found;
}

/** Levenshtein distance by rows; gives up (returns `limit`) where the lengths alone exceed it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(swap, previous[j] + 1, current[j - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}
