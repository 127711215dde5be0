/** @file An executor whose folds take no time and end in a drawn order. */

import type { Executor, FoldJob, FoldOutcome } from '../../src/automl/index.js';
import type { Rng } from '../../src/core/index.js';

/** Scores that depend on the settings, the fold and the seed only; finishes in an order drawn from `rng`. */
export class FakeExecutor implements Executor {
  readonly ran: FoldJob[] = [];
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  constructor(
    readonly capacity: number,
    private readonly rng: Rng,
    private readonly outcome: (job: FoldJob) => FoldOutcome = scored,
    private readonly stopAfter = Infinity,
    private readonly stop: () => void = () => undefined,
  ) {}

  run(job: FoldJob): Promise<FoldOutcome> {
    this.ran.push(job);
    return new Promise((resolve, reject) => {
      this.waiting.push(() => (this.closed ? reject(new Error('closed')) : resolve(this.outcome(job))));
      setImmediate(() => this.release());
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    while (this.waiting.length > 0) this.release();
  }

  private release(): void {
    if (this.waiting.length === 0) return;
    if (this.ran.length > this.stopAfter) this.stop();
    this.waiting.splice(this.rng.integer(this.waiting.length), 1)[0]();
  }
}

export function scored(job: FoldJob): FoldOutcome {
  const { x } = job.params as { x: number };
  return {
    ok: true,
    score: (x - 0.3) ** 2 + job.fold / 100 + (job.seed % 97) / 1e5,
    predictions: Float32Array.of(x, job.fold),
    model: { kind: 'dummy', version: 1, json: { x }, tensors: {} },
    seconds: 0.01,
    prepared: {
      key: `network/${job.fold}`,
      recipe: { fold: job.fold },
      X: { rows: 0, cols: 0, data: new Float32Array() },
    },
  };
}
