/** @file "Did you mean": the name closest to what was typed. */

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
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  const shown = names.slice(0, 8).map((name) => `"${name}"`);
  return `The columns are ${shown.join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}.`;
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
