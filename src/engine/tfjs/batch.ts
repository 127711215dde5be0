/** @file Many trainings of one network in TensorFlow.js: each launch serves all lanes, and an epoch reads back once. */

import type { Matrix } from '../../core/index.js';
import { check, createMatrix, ToolkitError } from '../../core/index.js';
import { checkBatch, checkColumns, checkCompile, checkParameters } from '../checks.js';
import type { Batch, BatchedProgram, CompileOptions, GradientResult, LaneStep, PredictRows } from '../engine.js';
import type { NetworkSpec, ParameterLayout } from '../spec.js';
import { denseInputs, factorCount, isProductLayer, layerInputs, layerOutputs, parameterLayout } from '../spec.js';
import type { AdamState, Factors } from './adamw.js';
import { controls, descend, factorsOf } from './adamw.js';
import { dropoutMask, gatherBatches, gatherRows, laneDropout } from './host.js';
import type { Drop } from './network.js';
import { TfjsNetwork } from './network.js';
import type { Runtime } from './runtime.js';
import { use } from './runtime.js';
import type { Tensor } from './vendor.js';

/** Floats that the widest intermediate of a prediction may take: rows are predicted in blocks of this size. */
const PREDICT_FLOATS = 2 ** 23;
const PREDICT_ROWS = 8192;

/** What lives on the device between steps. */
interface DeviceState extends AdamState {
  /** [lanes] sums of losses since they were read. */
  readonly losses: Tensor;
  readonly kept: Tensor;
}

export class TfjsBatch implements BatchedProgram {
  readonly layout: ParameterLayout;
  private readonly network: TfjsNetwork;
  private readonly factors: { readonly rate: Tensor; readonly decay: Tensor };
  private state: DeviceState | null = null;
  private isDisposed = false;
  private readonly steps: number[];
  private counts: number[];

  constructor(
    private readonly runtime: Runtime,
    readonly spec: NetworkSpec,
    private readonly options: CompileOptions,
    readonly lanes: number,
  ) {
    checkCompile(spec, options);
    check(Number.isInteger(lanes) && lanes >= 1, 'compile', 'lanes must be a positive integer', lanes);
    this.layout = parameterLayout(spec);
    this.network = new TfjsNetwork(runtime, spec, options.loss, this.layout);
    this.steps = new Array<number>(lanes).fill(0);
    this.counts = new Array<number>(lanes).fill(0);
    this.factors = this.uploadFactors(factorsOf(this.layout, options));
    this.setParameters(Array.from({ length: lanes }, () => new Float32Array(this.layout.size)));
  }

  setParameters(flats: readonly ArrayLike<number>[]): void {
    const { lanes, layout } = this;
    check(flats.length === lanes, 'setParameters', `there must be ${lanes} blocks, one per lane`, flats.length);
    for (const flat of flats) checkParameters(layout.size, flat);
    const { tf } = this.open();
    this.release();
    const all = new Float32Array(lanes * layout.size);
    flats.forEach((flat, lane) => all.set(flat, lane * layout.size));
    const zeros = (): Tensor => tf.zeros([lanes, layout.size]);
    const weights = tf.tensor(all, [lanes, layout.size]);
    this.state = { weights, first: zeros(), second: zeros(), losses: tf.zeros([lanes]), kept: weights.clone() };
    this.steps.fill(0);
    this.counts.fill(0);
  }

  async getParameters(): Promise<Float32Array[]> {
    return this.read((state) => state.weights);
  }

  async kept(): Promise<Float32Array[]> {
    return this.read((state) => state.kept);
  }

  keep(lanes: readonly number[]): void {
    if (lanes.length === 0) return;
    this.replace(({ kept, weights }) => {
      if (lanes.length === this.lanes) return { kept: this.runtime.tf.clone(weights) };
      const chosen = Array.from({ length: this.lanes }, (_, lane) => lanes.includes(lane));
      const { tf } = this.runtime;
      return { kept: tf.where(tf.tensor(chosen, [this.lanes, 1], 'bool'), weights, kept) };
    });
  }

  step(work: readonly (LaneStep | null)[]): void {
    check(work.length === this.lanes, 'step', `there must be ${this.lanes} entries, one per lane`, work.length);
    for (const lane of work) if (lane) checkBatch(this.spec, this.options.batchSize, lane.batch);
    if (work.every((lane) => lane === null)) return;
    const host = gatherBatches(
      this.spec,
      this.options.loss,
      work.map((lane) => lane?.batch ?? null),
    );
    this.replace((state, { tf, fused }) => {
      const x = tf.tensor(host.x, [this.lanes, host.n, this.spec.inputs]);
      const judge = {
        target: tf.tensor(host.target, [this.lanes, host.n, this.spec.outputs]),
        share: tf.tensor(host.share, [this.lanes, host.n, 1]),
      };
      const drop = this.dropper(work, host.n);
      const { losses, gradient } = this.network.evaluate(state.weights, x, judge, { drop });
      const control = controls(work, this.steps);
      const update = { gradient, control, ...this.factors };
      const adam = fused ? fused.descend(state, update) : descend(tf, state, update);
      return { ...adam, losses: tf.add(state.losses, losses) };
    });
    work.forEach((lane, i) => {
      if (lane) this.counts[i] += host.poisoned[i] ? Number.NaN : 1;
    });
  }

  async drain(): Promise<void> {
    this.open();
    await this.data(this.opened().losses);
  }

  async readLosses(): Promise<number[]> {
    const { counts } = this;
    this.counts = new Array<number>(this.lanes).fill(0);
    const [...sums] = await this.data(this.opened().losses);
    this.replace((_, { tf }) => ({ losses: tf.zeros([this.lanes]) }));
    return sums.map((sum, lane) => sum / counts[lane]);
  }

  async predict(samples: readonly (PredictRows | null)[]): Promise<(Matrix | null)[]> {
    for (const sample of samples) if (sample) checkColumns(this.spec, sample.X, 'predict');
    const counts = samples.map((sample) => (sample ? (sample.rows?.length ?? sample.X.rows) : 0));
    const out = samples.map((sample, lane) => (sample ? createMatrix(counts[lane], this.spec.outputs) : null));
    const block = this.predictRows();
    const blocks: Promise<void>[] = [];
    for (let start = 0; start < Math.max(...counts); start += block) {
      blocks.push(this.predictBlock(samples, out, start, Math.min(block, Math.max(...counts) - start)));
    }
    await Promise.all(blocks);
    return out;
  }

  /** For proofs, lane by lane. */
  async gradients(batches: readonly Batch[]): Promise<GradientResult[]> {
    for (const batch of batches) checkBatch(this.spec, this.options.batchSize, batch);
    const { tf } = this.open();
    const { lanes, spec, layout } = this;
    const host = gatherBatches(spec, this.options.loss, batches);
    const tensors = tf.tidy(() => {
      const x = tf.tensor(host.x, [lanes, host.n, spec.inputs]);
      const target = tf.tensor(host.target, [lanes, host.n, spec.outputs]);
      const judge = { target, share: tf.tensor(host.share, [lanes, host.n, 1]) };
      const { losses, gradient, inputGradient } = this.network.evaluate(this.opened().weights, x, judge, {
        wantsInput: true,
      });
      return [losses, gradient, inputGradient!];
    });
    const [losses, gradient, inputGradient] = await Promise.all(tensors.map((tensor) => this.data(tensor)));
    for (const tensor of tensors) tensor.dispose();
    const width = host.n * spec.inputs;
    return batches.map(({ count }, lane) => ({
      loss: host.poisoned[lane] ? Number.NaN : losses[lane],
      gradient: gradient.slice(lane * layout.size, (lane + 1) * layout.size),
      inputGradient: inputGradient.slice(lane * width, lane * width + count * spec.inputs),
    }));
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.release();
    this.factors.rate.dispose();
    this.factors.decay.dispose();
    this.isDisposed = true;
  }

  private uploadFactors({ rate, decay }: Factors): { rate: Tensor; decay: Tensor } {
    const { tf } = this.open();
    const row = [1, this.layout.size];
    return { rate: tf.tensor(rate, row), decay: tf.tensor(decay, row) };
  }

  private dropper(work: readonly (LaneStep | null)[], n: number): Drop {
    if (!work.some((lane) => lane && lane.update.dropout > 0)) return (h) => h;
    const { fused, tf } = this.runtime;
    const masks = this.spec.layers.map((_, layer) => {
      if (fused) return fused.dropMasks(work.map((lane) => (lane ? laneDropout(lane.update, layer) : null)));
      const shape: [number, number, number] = [this.lanes, n, layerOutputs(this.spec, layer)];
      return tf.tensor(dropoutMask(this.spec, layer, work, n), shape);
    });
    return (h, layer) => (fused ? fused.drop(h, masks[layer]) : tf.mul(h, masks[layer]));
  }

  private async predictBlock(
    samples: readonly (PredictRows | null)[],
    out: readonly (Matrix | null)[],
    start: number,
    n: number,
  ): Promise<void> {
    const { inputs: d, outputs: k } = this.spec;
    const x = new Float32Array(this.lanes * n * d);
    const ends = samples.map((sample, lane) => {
      const end = Math.min(start + n, out[lane]?.rows ?? 0);
      if (sample) gatherRows(sample.X.data, d, rowsBetween(sample, start, end), x.subarray(lane * n * d));
      return end;
    });
    const { tf } = this.open();
    const output = tf.tidy(() => this.network.forward(this.opened().weights, tf.tensor(x, [this.lanes, n, d])));
    const values = await this.data(output);
    output.dispose();
    out.forEach((matrix, lane) => {
      if (!matrix) return;
      const count = Math.max(0, ends[lane] - start);
      const own = values.subarray(lane * n * k, (lane * n + count) * k);
      poison(own, x.subarray(lane * n * d, (lane * n + count) * d), count);
      matrix.data.set(own, start * k);
    });
  }

  /** Rows that one block of predictions may have without an intermediate too large. */
  private predictRows(): number {
    const { spec, lanes } = this;
    const widths = spec.layers.map((layer, i) => {
      if (!isProductLayer(layer)) return Math.max(layer.width, denseInputs(layer.basis, layerInputs(spec, i)));
      const terms = this.runtime.fused ? 1 : layer.hidden;
      return layer.rank * factorCount(layer, layerInputs(spec, i)) * terms;
    });
    const rows = Math.floor(PREDICT_FLOATS / (lanes * Math.max(spec.inputs, ...widths)));
    return Math.min(PREDICT_ROWS, Math.max(16, rows));
  }

  private async read(choose: (state: DeviceState) => Tensor): Promise<Float32Array[]> {
    this.open();
    const all = await this.data(choose(this.opened()));
    const { size } = this.layout;
    return Array.from({ length: this.lanes }, (_, lane) => all.slice(lane * size, (lane + 1) * size));
  }

  /** Reads a tensor; what went wrong on the device since comes out here. */
  private async data(tensor: Tensor): Promise<Float32Array> {
    try {
      return (await tensor.data()) as Float32Array;
    } finally {
      this.runtime.check();
    }
  }

  /** Replaces parts of the state by what `make` computes; everything else it made is freed. */
  private replace(make: (state: DeviceState, runtime: Runtime) => Partial<DeviceState>): void {
    const runtime = this.open();
    const old = this.opened();
    const made = runtime.tf.tidy(() => ({ ...make(old, runtime) }));
    for (const name of Object.keys(made) as (keyof DeviceState)[]) old[name].dispose();
    this.state = { ...old, ...made };
    runtime.check();
  }

  private opened(): DeviceState {
    this.open();
    return this.state!;
  }

  private open(): Runtime {
    if (this.isDisposed) {
      throw new ToolkitError('state', { where: 'program', rule: 'it must not be used after dispose()' });
    }
    use(this.runtime);
    return this.runtime;
  }

  private release(): void {
    for (const tensor of Object.values(this.state ?? {})) (tensor as Tensor).dispose();
    this.state = null;
  }
}

function rowsBetween({ rows }: PredictRows, start: number, end: number): ArrayLike<number> {
  if (rows) return rows.subarray(start, Math.max(start, end));
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** A row with a non-finite input must not look fine because tanh, relu or a shader swallowed it. */
function poison(output: Float32Array, x: Float32Array, rows: number): void {
  if (rows === 0) return;
  const [k, d] = [output.length / rows, x.length / rows];
  for (let row = 0; row < rows; row++) {
    let isFinite = true;
    for (let j = row * d; j < (row + 1) * d; j++) isFinite &&= x[j] - x[j] === 0;
    if (!isFinite) output.fill(Number.NaN, row * k, (row + 1) * k);
  }
}
