/** @file The engine on TensorFlow.js: the same networks, parameters and steps, on whatever backend a runtime brings. */

import type { Matrix } from '../../core/index.js';
import type { Batch, Engine, GradientResult, Program, Update } from '../engine.js';
import type { NetworkSpec, ParameterLayout } from '../spec.js';
import { TfjsBatch } from './batch.js';
import { laneLimit } from './memory.js';
import type { Runtime } from './runtime.js';

export function tfjsEngine(runtime: Runtime): Engine {
  return {
    name: runtime.name,
    compile: (spec, options) => new TfjsProgram(new TfjsBatch(runtime, spec, options, 1)),
    compileBatch: (spec, options, lanes) => new TfjsBatch(runtime, spec, options, lanes),
    laneLimit: (spec, batchSize) => laneLimit(spec, batchSize, runtime),
    keepsLanesApart: runtime.keepsLanesApart,
    close: () => runtime.close(),
  };
}

/** One lane on its own. */
class TfjsProgram implements Program {
  readonly spec: NetworkSpec;
  readonly layout: ParameterLayout;

  constructor(private readonly batch: TfjsBatch) {
    this.spec = batch.spec;
    this.layout = batch.layout;
  }

  setParameters(flat: ArrayLike<number>): void {
    this.batch.setParameters([flat]);
  }

  async getParameters(): Promise<Float32Array> {
    return (await this.batch.getParameters())[0];
  }

  step(batch: Batch, update: Update): void {
    this.batch.step([{ batch, update }]);
  }

  async readLoss(): Promise<number> {
    return (await this.batch.readLosses())[0];
  }

  async predict(X: Matrix, rows?: Uint32Array): Promise<Matrix> {
    return (await this.batch.predict([{ X, rows }]))[0]!;
  }

  async gradient(batch: Batch): Promise<GradientResult> {
    return (await this.batch.gradients([batch]))[0];
  }

  dispose(): void {
    this.batch.dispose();
  }
}
