/** @file A model that can be asked in two ways: as it is taken away, and row by row with models that have not seen the row. */

import type { PredictorParts } from '../../automl/index.js';
import { Predictor } from '../../automl/index.js';
import type { Matrix } from '../../core/index.js';
import { createMatrix } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import { takeRows } from '../frames.js';

export class FoldPredictor {
  private readonly whole: Predictor;
  private readonly byFold = new Map<number, Predictor>();

  /** `folds`: parts of which model i of every member has not seen the validation rows of fold i. */
  constructor(
    readonly parts: PredictorParts,
    private readonly folds: PredictorParts,
    private readonly engine: Engine,
  ) {
    this.whole = new Predictor(parts, engine);
  }

  /** Columns of every prediction: 1, or one probability per class. */
  get outputs(): number {
    return this.whole.outputs;
  }

  /** The model that is exported. */
  predict(frame: Frame): Promise<Matrix> {
    return this.whole.predict(frame);
  }

  /** Row i by the models of fold `folds[i]` alone, which did not train on it. */
  async predictOutOfFold(frame: Frame, folds: ArrayLike<number>): Promise<Matrix> {
    const out = createMatrix(frame.rowCount, this.outputs);
    for (const fold of new Set(Array.from(folds))) {
      const rows = Array.from(folds).flatMap((own, row) => (own === fold ? [row] : []));
      const { data } = await this.fold(fold).predict(takeRows(frame, rows));
      rows.forEach((row, i) => {
        out.data.set(data.subarray(i * this.outputs, (i + 1) * this.outputs), row * this.outputs);
      });
    }
    return out;
  }

  dispose(): void {
    for (const predictor of [this.whole, ...this.byFold.values()]) predictor.dispose();
  }

  private fold(fold: number): Predictor {
    let predictor = this.byFold.get(fold);
    if (!predictor) {
      const members = this.folds.members.map((member) => ({ ...member, folds: [member.folds[fold]] }));
      predictor = new Predictor({ ...this.folds, members }, this.engine);
      this.byFold.set(fold, predictor);
    }
    return predictor;
  }
}
