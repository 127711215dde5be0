/** @file The seed of tests with randomness. */

/** Parameters of fast-check's `assert`: the run's seed, and how many cases. */
export function seeded(numRuns = 100): { seed: number; numRuns: number } {
  return { seed: Number(process.env.TEST_SEED ?? 1), numRuns };
}
