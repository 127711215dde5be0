/** @file How everything here is timed: contenders take turns within one run, and medians of blocks are compared. */

export interface Effort {
  /** V8 compiles WebAssembly twice, the second time in the background: so long nothing is measured. */
  readonly warmMs: number;
  /** The least duration of one measurement. */
  readonly blockMs: number;
  /** Measurements of each contender. */
  readonly rounds: number;
}

export const FULL: Effort = { warmMs: 400, blockMs: 40, rounds: 9 };

/** Does something `calls` times. */
export type Work = (calls: number) => void | Promise<void>;

/**
 * Median milliseconds per call of each contender.
 *
 * Rounds alternate their order, so that a machine growing slower or faster favours nobody.
 */
export async function compare<K extends string>(
  contenders: Readonly<Record<K, Work>>,
  { warmMs, blockMs, rounds }: Effort,
  now: () => number = () => performance.now(),
): Promise<Record<K, number>> {
  const entries = Object.entries<Work>(contenders);
  const time = async (work: Work, calls: number): Promise<number> => {
    const start = now();
    await work(calls);
    return (now() - start) / calls;
  };
  const calls = new Map<Work, number>();
  for (const [, work] of entries) {
    const until = now() + warmMs;
    let perCall = await time(work, 1);
    while (now() < until) perCall = await time(work, callsFor(perCall, blockMs));
    calls.set(work, callsFor(perCall, blockMs));
  }
  const times = new Map<Work, number[]>(entries.map(([, work]) => [work, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [, work] of round % 2 ? [...entries].reverse() : entries) {
      times.get(work)!.push(await time(work, calls.get(work)!));
    }
  }
  return Object.fromEntries(entries.map(([name, work]) => [name, median(times.get(work)!)])) as Record<K, number>;
}

function callsFor(msPerCall: number, blockMs: number): number {
  return Math.max(1, Math.min(1_000_000, Math.ceil(blockMs / Math.max(msPerCall, 1e-6))));
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

/** The slope of log y against log x by least squares: 1 where y grows as x does. */
export function logLogSlope(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanU, meanV] = [mean(u), mean(v)];
  const covariance = u.reduce((sum, value, i) => sum + (value - meanU) * (v[i] - meanV), 0);
  return covariance / u.reduce((sum, value) => sum + (value - meanU) ** 2, 0);
}
