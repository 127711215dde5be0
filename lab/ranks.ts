/** @file Who stands where over several data sets, and which distances of ranks are more than chance. */

/** Mean rank of each column over the rows of scores, 1 the lowest score; equal scores share their ranks. */
export function meanRanks(scores: readonly (readonly number[])[]): number[] {
  const ranks = scores.map((row) =>
    row.map((own) => {
      const below = row.filter((other) => other < own).length;
      const equal = row.filter((other) => other === own).length;
      return below + (equal + 1) / 2;
    }),
  );
  return scores[0].map((_, k) => ranks.reduce((sum, row) => sum + row[k], 0) / ranks.length);
}

/** Quantiles at 95 % of the studentised range over sqrt(2), for 2, 3, ... 10 columns. Source: Demsar 2006, table 5a */
const NEMENYI = [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164];

/** The distance of mean ranks of k columns over n rows that chance exceeds once in twenty. */
export function criticalDifference(k: number, n: number): number {
  return NEMENYI[k - 2] * Math.sqrt((k * (k + 1)) / (6 * n));
}
