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
