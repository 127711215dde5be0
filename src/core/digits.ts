/** @file How many digits a number deserves: by how sure it is, not by how many it has. */

const MOST_DECIMALS = 6;
/** Of scores whose sureness nobody knows: digits of the first one. */
const DIGITS = 4;

/**
 * Decimals of scores that stand below each other: two digits of the first one's standard error are shown, and nothing finer.
 *
 * Units    spread: standard deviation over the folds; without one (or with none) four digits of the first score
 */
export function scoreDecimals(scores: readonly (number | null)[], spread?: number | null, folds = 1): number {
  const error = spread ? spread / Math.sqrt(Math.max(1, folds)) : 0;
  if (Number.isFinite(error) && error > 0) return decimalsAt(error, 2);
  const first = scores.find((score) => score !== null && score !== 0 && Number.isFinite(score)) ?? 1;
  return decimalsAt(Math.abs(first), DIGITS);
}

/** Decimals that show so many digits of a size above 0, at most six. */
function decimalsAt(size: number, digits: number): number {
  return Math.min(MOST_DECIMALS, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
}

/** `p < 0.001`, `p = 0.012`, `p = 0.41`, `p > 0.99`. */
export function chanceWords(p: number): string {
  if (p < 0.001) return 'p < 0.001';
  if (p > 0.99) return 'p > 0.99';
  return `p = ${p.toFixed(p < 0.0995 ? 3 : 2)}`;
}

/** So many digits are never too many for a float32, and so many always enough. */
const [FEWEST_DIGITS, MOST_DIGITS] = [7, 9];

/**
 * A float32 without digits that say nothing: 0.3, not 0.30000001192092896. Read back into a float32 it has the very bits.
 */
export function shortFloat(value: number): number {
  for (let digits = FEWEST_DIGITS; digits < MOST_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(MOST_DIGITS));
}
