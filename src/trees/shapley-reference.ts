/** @file Shapley values as they are defined: every coalition is asked. To be read, and to judge the fast ones by. */

/**
 * What each of d players adds, by the worth of all 2^d coalitions; bit j of a coalition is player j.
 *
 * Shapes   worth -> [outputs]; returns [d x outputs]
 * Source   Shapley 1953
 */
export function shapleyValues(d: number, worth: (coalition: number) => ArrayLike<number>): Float64Array {
  const worths = Array.from({ length: 2 ** d }, (_, coalition) => worth(coalition));
  const outputs = worths[0].length;
  const values = new Float64Array(d * outputs);
  for (let j = 0; j < d; j++) {
    for (let coalition = 0; coalition < 2 ** d; coalition++) {
      if ((coalition >> j) & 1) continue;
      const weight = orderShare(sizeOf(coalition), d);
      for (let c = 0; c < outputs; c++) {
        values[j * outputs + c] += weight * (worths[coalition | (1 << j)][c] - worths[coalition][c]);
      }
    }
  }
  return values;
}

/** The share of all orders in which a player comes right after a certain coalition of that size. */
function orderShare(size: number, d: number): number {
  return (factorial(size) * factorial(d - size - 1)) / factorial(d);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function sizeOf(coalition: number): number {
  return [...coalition.toString(2)].filter((bit) => bit === '1').length;
}
