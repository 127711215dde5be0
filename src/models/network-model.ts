/** @file A trained network: weights, what its outputs mean, and an engine to run it on. */

import type { JsonObject, Matrix, SavedState } from '../core/index.js';
import { check, checkData } from '../core/index.js';
import type { Engine, NetworkSpec, Program } from '../engine/index.js';
import { parameterLayout } from '../engine/index.js';
import type { FitReport, Model, Steps } from './estimator.js';
import type { TargetScaling } from './target.js';
import { lossSpec, outputCount, predictionsFrom, scalingToJson } from './target.js';

/** Rows that a prediction handles at a time. */
const PREDICT_BATCH = 256;

export class NetworkModel implements Model {
  private program: Program | undefined;

  constructor(
    readonly kind: string,
    readonly spec: NetworkSpec,
    readonly weights: Float32Array,
    private readonly scaling: TargetScaling,
    readonly report: FitReport,
    private readonly engine: Engine,
    readonly steps?: Steps,
  ) {}

  async predict(X: Matrix): Promise<Matrix> {
    check(X.cols === this.spec.inputs, `${this.kind}.predict`, `X must have ${this.spec.inputs} columns`, X.cols);
    const raw = await this.compiled().predict(X);
    for (let i = 0; i < raw.data.length; i++) {
      if (Number.isFinite(raw.data[i])) continue;
      const row = Math.floor(i / raw.cols);
      checkData(false, `${this.kind}.predict`, 'X must be finite and moderate', raw.data[i], `Row ${row}.`);
    }
    return predictionsFrom(raw, this.scaling);
  }

  save(): SavedState {
    const tensors: Record<string, Float32Array> = {};
    const shapes: Record<string, readonly number[]> = {};
    for (const { name, shape, offset, size } of parameterLayout(this.spec).tensors) {
      tensors[name] = this.weights.slice(offset, offset + size);
      shapes[name] = shape;
    }
    const json = {
      spec: this.spec as unknown as JsonObject,
      scaling: scalingToJson(this.scaling),
      report: this.report as unknown as JsonObject,
    };
    return { kind: this.kind, version: 1, json, tensors, shapes };
  }

  static restore(state: SavedState, engine: Engine): NetworkModel {
    const spec = state.json.spec as unknown as NetworkSpec;
    const layout = parameterLayout(spec);
    const weights = new Float32Array(layout.size);
    for (const { name, offset, size } of layout.tensors) {
      const data = state.tensors[name];
      checkData(data?.length === size, state.kind, `tensor ${name} must have ${size} numbers`, data?.length);
      weights.set(data, offset);
    }
    const scaling = state.json.scaling as unknown as TargetScaling;
    return new NetworkModel(state.kind, spec, weights, scaling, state.json.report as unknown as FitReport, engine);
  }

  dispose(): void {
    this.program?.dispose();
    this.program = undefined;
  }

  private compiled(): Program {
    if (!this.program) {
      const loss = lossSpec(this.scaling.task, 0);
      this.program = this.engine.compile(this.spec, { loss, batchSize: PREDICT_BATCH });
      this.program.setParameters(this.weights);
      if (this.spec.outputs !== outputCount(this.scaling)) throw new Error('outputs do not fit the task');
    }
    return this.program;
  }
}
