/** @file Loops over the rows of a column in pieces. */

/** Rows that a loop takes at a time: V8 compiles a function that is called often sooner, and better, than one that loops for long. */
export const LOOP_ROWS = 1 << 13;

/** Calls `run` for piece after piece of the rows until it stops before the end of one; gives where, or `end`. */
export function advance(from: number, end: number, run: (from: number, to: number) => number): number {
  for (let at = from; at < end; at += LOOP_ROWS) {
    const to = Math.min(at + LOOP_ROWS, end);
    const stopped = run(at, to);
    if (stopped < to) return stopped;
  }
  return end;
}

/** The smallest and the largest of some numbers, without NaN among them. */
export function rangeOf(numbers: Float64Array): [low: number, high: number] {
  let range: [number, number] = [Infinity, -Infinity];
  for (let from = 0; from < numbers.length; from += LOOP_ROWS) range = widened(range, numbers, from);
  return range;
}

function widened(range: readonly [number, number], numbers: Float64Array, from: number): [number, number] {
  const to = Math.min(from + LOOP_ROWS, numbers.length);
  let low = range[0];
  let high = range[1];
  for (let i = from; i < to; i++) {
    const number = numbers[i];
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return [low, high];
}
