/** @file The oracle: whole networks in scalar float64, slow and obvious. The other engines are judged against it. */

import type { Matrix } from '../core/index.js';
import { createMatrix } from '../core/index.js';
import {
  checkBatch,
  checkColumns,
  checkCompile,
  checkDirections,
  checkParameters,
  checkUndropped,
  requireIdle,
} from './checks.js';
import type {
  Batch,
  CompileOptions,
  DerivativeLoss,
  Derivatives,
  DerivativeSample,
  Engine,
  OutsideLoss,
  Program,
  Sample,
  Update,
} from './engine.js';
import { isNumberLoss } from './engine.js';
import { referenceDerivatives, referenceGradientByDerivatives } from './jet-network.js';
import { table } from './reference-layers.js';
import type { ReferenceRun } from './reference-network.js';
import { referenceGradient, referenceGradientBy, referencePredict } from './reference-network.js';
import type { NetworkSpec, ParameterLayout } from './spec.js';
import { parameterLayout } from './spec.js';

export const referenceEngine: Engine = {
  name: 'reference',
  compile: (spec, options) => new ReferenceProgram(spec, options),
};

type ReferenceGradient = ReturnType<typeof referenceGradient>;
type Masks = NonNullable<ReferenceRun['dropout']>;

function masksOf(update: Update): Masks {
  return { probability: update.dropout, seed: update.dropoutSeed };
}

class ReferenceProgram implements Program {
  readonly layout: ParameterLayout;
  private readonly parameters: Float64Array;
  private readonly optimiser: AdamW;
  private lossSum = 0;
  private lossCount = 0;
  private isAsking = false;

  constructor(
    readonly spec: NetworkSpec,
    private readonly options: CompileOptions,
  ) {
    checkCompile(spec, options);
    this.layout = parameterLayout(spec);
    this.parameters = new Float64Array(this.layout.size);
    this.optimiser = new AdamW(this.layout, options);
  }

  setParameters(flat: ArrayLike<number>): void {
    checkParameters(this.layout.size, flat);
    this.parameters.set(flat);
    this.optimiser.reset();
  }

  async getParameters(): Promise<Float32Array> {
    return Float32Array.from(this.parameters);
  }

  step(batch: Batch, update: Update): void {
    this.descend(this.evaluate(batch, masksOf(update)), update);
  }

  stepBy(sample: Sample, loss: OutsideLoss, update: Update): void {
    this.descend(this.evaluateBy(sample, loss, masksOf(update)), update);
  }

  readLoss(): Promise<number> {
    requireIdle(this.isAsking);
    const mean = this.lossSum / this.lossCount;
    this.lossSum = this.lossCount = 0;
    return Promise.resolve(mean);
  }

  async predict(X: Matrix, rows?: Uint32Array): Promise<Matrix> {
    requireIdle(this.isAsking);
    checkColumns(this.spec, X, 'predict');
    const chosen = rows ? gather(X.data, rows, X.cols) : X.data;
    const n = rows?.length ?? X.rows;
    const out = createMatrix(n, this.spec.outputs);
    out.data.set(referencePredict({ spec: this.spec, parameters: this.parameters, x: chosen.subarray(0, n * X.cols) }));
    return out;
  }

  async gradient(batch: Batch): Promise<ReferenceGradient> {
    return this.evaluate(batch);
  }

  async gradientBy(sample: Sample, loss: OutsideLoss): Promise<ReferenceGradient> {
    return this.evaluateBy(sample, loss);
  }

  async derivatives(X: Matrix, directions: Matrix): Promise<Derivatives> {
    requireIdle(this.isAsking);
    checkColumns(this.spec, X, 'derivatives');
    checkDirections(this.spec, directions);
    const { spec, parameters } = this;
    return referenceDerivatives({ spec, parameters, x: X.data, directions: directions.data });
  }

  stepByDerivatives(sample: DerivativeSample, loss: DerivativeLoss, update: Update): void {
    checkUndropped(update);
    this.descend(this.evaluateDerivatives(sample, loss), update);
  }

  async gradientByDerivatives(sample: DerivativeSample, loss: DerivativeLoss): Promise<ReferenceGradient> {
    return this.evaluateDerivatives(sample, loss);
  }

  dispose(): void {
    // Nothing is held outside the garbage collector's reach.
  }

  private descend({ loss, gradient }: ReferenceGradient, update: Update): void {
    this.lossSum += loss;
    this.lossCount++;
    clip(gradient, update.clipNorm);
    this.optimiser.update(this.parameters, gradient, update);
  }

  private evaluate(batch: Batch, dropout?: Masks): ReferenceGradient {
    requireIdle(this.isAsking);
    checkBatch(this.spec, this.options.batchSize, batch);
    const rows = batch.rows.subarray(batch.start, batch.start + batch.count);
    const { spec, parameters } = this;
    const { loss } = this.options;
    const x = gather(batch.X.data, rows, spec.inputs);
    const y = gather(batch.y, rows, isNumberLoss(loss.kind) ? spec.outputs : 1);
    const weights = batch.weights && gather(batch.weights, rows, 1);
    return referenceGradient({ spec, parameters, x, ...(dropout && { dropout }) }, loss, { y, weights });
  }

  private evaluateBy(sample: Sample, loss: OutsideLoss, dropout?: Masks): ReferenceGradient {
    requireIdle(this.isAsking);
    checkBatch(this.spec, this.options.batchSize, sample);
    const { spec, parameters } = this;
    const x = gather(sample.X.data, sample.rows.subarray(sample.start, sample.start + sample.count), spec.inputs);
    return referenceGradientBy({ spec, parameters, x, ...(dropout && { dropout }) }, (output) => {
      const gradient = table(output.n, output.cols);
      return { value: this.ask(() => loss(output.data.slice(), gradient.data)), gradient };
    });
  }

  private evaluateDerivatives(sample: DerivativeSample, loss: DerivativeLoss): ReferenceGradient {
    requireIdle(this.isAsking);
    checkBatch(this.spec, this.options.batchSize, sample);
    checkDirections(this.spec, sample.directions);
    const { spec, parameters } = this;
    const x = gather(sample.X.data, sample.rows.subarray(sample.start, sample.start + sample.count), spec.inputs);
    const run = { spec, parameters, x, directions: sample.directions.data };
    return referenceGradientByDerivatives(run, (outputs, gradient) => this.ask(() => loss(outputs, gradient)));
  }

  private ask(loss: () => number): number {
    this.isAsking = true;
    try {
      return loss();
    } finally {
      this.isAsking = false;
    }
  }
}

function gather(from: Float32Array, rows: Uint32Array, cols: number): Float32Array {
  const out = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => out.set(from.subarray(row * cols, (row + 1) * cols), i * cols));
  return out;
}

/** Scales `gradient` down to the Euclidean norm `limit`; a non-finite gradient is left to poison the weights. */
function clip(gradient: Float64Array, limit: number): void {
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  if (norm > limit) gradient.forEach((g, i) => (gradient[i] = (g * limit) / norm));
}

/** Decoupled weight decay: p -= rate (decay p + mHat / (sqrt(vHat) + epsilon)). */
class AdamW {
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private steps = 0;

  constructor(
    private readonly layout: ParameterLayout,
    private readonly options: CompileOptions,
  ) {
    this.first = new Float64Array(layout.size);
    this.second = new Float64Array(layout.size);
  }

  reset(): void {
    this.first.fill(0);
    this.second.fill(0);
    this.steps = 0;
  }

  update(parameters: Float64Array, gradient: Float64Array, settings: Update): void {
    const { beta1, beta2, epsilon } = settings;
    this.steps++;
    this.layout.tensors.forEach(({ offset, size }, index) => {
      const rate = settings.learningRate * (this.options.rateScale?.[index] ?? 1);
      const decay = settings.weightDecay * (this.options.decayScale?.[index] ?? 1);
      for (let i = offset; i < offset + size; i++) {
        this.first[i] = beta1 * this.first[i] + (1 - beta1) * gradient[i];
        this.second[i] = beta2 * this.second[i] + (1 - beta2) * gradient[i] ** 2;
        const mean = this.first[i] / (1 - beta1 ** this.steps);
        const deviation = Math.sqrt(this.second[i] / (1 - beta2 ** this.steps));
        parameters[i] -= rate * (decay * parameters[i] + mean / (deviation + epsilon));
      }
    });
  }
}
