/** @file The rows that stop a fit: their loss step by step, and what is said of them at some of the steps. */

import type { Matrix } from '../core/index.js';
import type { Sample, Steps } from './estimator.js';
import type { JudgeLoss } from './number-loss.js';
import type { TargetScaling } from './target.js';
import { predictionsFrom, rowLoss } from './target.js';

/** Steps that are kept grow by this factor: about 30 of a long fit, and none is more than 6 % of its way from one of them. */
const SPACING = 1.12;

/** Follows a fit on its validation rows. */
export class StoppingJudge {
  private readonly steps: number[] = [];
  private readonly losses: number[] = [];
  private readonly predictions: Matrix[] = [];
  private observed = 0;

  constructor(
    private readonly sample: Sample,
    private readonly scaling: TargetScaling,
    private readonly isKept = false,
    private readonly loss?: JudgeLoss,
  ) {}

  /** The weighted mean loss of the next step's raw outputs: that of numbers (squared error where left out), or cross-entropy in nats. */
  observe(raw: Matrix): number {
    const { sample, scaling, loss: own } = this;
    let sum = 0;
    let total = 0;
    for (let i = 0; i < raw.rows; i++) {
      const row = sample.rows[i];
      const weight = sample.weights?.[row] ?? 1;
      sum += weight * rowLoss(raw, i, sample.y[row], scaling, own);
      total += weight;
    }
    const loss = sum / total;
    const step = ++this.observed;
    if (this.isKept && Number.isFinite(loss) && step >= (this.steps.at(-1) ?? 0) * SPACING) {
      this.steps.push(step);
      this.losses.push(loss);
      this.predictions.push(predictionsFrom(raw, scaling));
    }
    return loss;
  }

  /** Undefined where nobody asked, or no step had a finite loss. */
  kept(): Steps | undefined {
    const { steps, losses, predictions } = this;
    return steps.length > 0 ? { steps, losses, predictions } : undefined;
  }
}
