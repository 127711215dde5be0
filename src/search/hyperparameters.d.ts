/** The part of hpjs (npm: hyperparameters) that we use; the package has no types of its own. */
declare module 'hyperparameters' {
  export class RandomState {
    constructor(seed: number);
  }
  export const sample: {
    /** Replaces every distribution in a nested expression by one draw. */
    randomSample(expression: unknown, options: { rng: RandomState }): unknown;
  };
}
