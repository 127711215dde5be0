/** @file Programs on the fused SIMD kernels: batches in, steps and predictions out. */

import type { Matrix } from '../../core/index.js';
import { createMatrix, ToolkitError } from '../../core/index.js';
import { checkBatch, checkColumns, checkCompile, checkParameters, requireIdle } from '../checks.js';
import type { Batch, CompileOptions, Engine, GradientResult, OutsideLoss, Program, Sample, Update } from '../engine.js';
import type { NetworkSpec, ParameterLayout } from '../spec.js';
import type { Activations } from './arena.js';
import { blockCount, ROWS } from './arena.js';
import type { WasmBuild } from './build.js';
import { wasmBuild } from './build.js';
import { WasmNetwork } from './network.js';

/** The default engine everywhere: the better build this machine can run. */
export const wasmEngine: Engine = {
  name: 'wasm',
  compile: (spec, options) => new WasmProgram(spec, options, wasmBuild()),
};

/** The engine on one named build, for comparisons. */
export function wasmEngineOf(build: WasmBuild): Engine {
  return { name: 'wasm', compile: (spec, options) => new WasmProgram(spec, options, build) };
}

/** Bytes of linear memory a program takes; see WasmNetwork. */
export function programBytes(program: Program): number {
  return program instanceof WasmProgram ? program.bytes : 0;
}

/** Consecutive tensors with one rate and one decay: elements [offset, offset + size). */
interface Segment {
  readonly offset: number;
  readonly rate: number;
  readonly decay: number;
  size: number;
}

class WasmProgram implements Program {
  readonly layout: ParameterLayout;
  readonly bytes: number;
  private readonly segments: readonly Segment[];
  private network: WasmNetwork | null;
  private steps = 0;
  private lossSum = 0;
  private lossCount = 0;
  /** While a loss from outside is asked: outputs and what lies behind them are of its rows. */
  private isAsking = false;

  constructor(
    readonly spec: NetworkSpec,
    private readonly options: CompileOptions,
    build: WasmBuild,
  ) {
    checkCompile(spec, options);
    this.network = new WasmNetwork(spec, options.loss, { batchSize: options.batchSize, build });
    this.layout = this.network.layout;
    this.bytes = this.network.bytes;
    this.segments = planSegments(this.layout, options);
  }

  setParameters(flat: ArrayLike<number>): void {
    checkParameters(this.layout.size, flat);
    const { floats, blocks } = this.open();
    const size = this.layout.size;
    floats.set(flat, blocks.weights / 4);
    floats.fill(0, blocks.first / 4, blocks.first / 4 + size);
    floats.fill(0, blocks.second / 4, blocks.second / 4 + size);
    this.steps = 0;
  }

  async getParameters(): Promise<Float32Array> {
    return this.copy(this.open().blocks.weights);
  }

  step(batch: Batch, update: Update): void {
    const blocks = this.load(batch);
    this.advance(blocks, (network) => network.lossAndGradient(blocks), update);
  }

  stepBy(sample: Sample, loss: OutsideLoss, update: Update): void {
    const blocks = this.loadInputs(sample);
    this.advance(blocks, (network) => this.judge(network, loss, sample.count), update);
  }

  readLoss(): Promise<number> {
    requireIdle(this.isAsking);
    const mean = this.lossSum / this.lossCount;
    this.lossSum = this.lossCount = 0;
    return Promise.resolve(mean);
  }

  async predict(X: Matrix, rows?: Uint32Array): Promise<Matrix> {
    checkColumns(this.spec, X, 'predict');
    const network = this.open();
    const n = rows?.length ?? X.rows;
    const out = createMatrix(n, this.spec.outputs);
    for (let start = 0; start < n; start += this.options.batchSize) {
      const count = Math.min(this.options.batchSize, n - start);
      gatherColumns(network, network.x, { from: X.data, cols: X.cols, rows, start, count });
      network.forward(blockCount(count));
      scatterColumns(network, network.output, out, { start, count });
    }
    return out;
  }

  async gradient(batch: Batch): Promise<GradientResult> {
    const blocks = this.load(batch);
    return this.prove(blocks, batch.count, (network) => network.lossAndGradient(blocks));
  }

  async gradientBy(sample: Sample, loss: OutsideLoss): Promise<GradientResult> {
    const blocks = this.loadInputs(sample);
    return this.prove(blocks, sample.count, (network) => this.judge(network, loss, sample.count));
  }

  dispose(): void {
    this.network = null;
  }

  private open(): WasmNetwork {
    if (!this.network)
      throw new ToolkitError('state', { where: 'program', rule: 'it must not be used after dispose()' });
    requireIdle(this.isAsking);
    return this.network;
  }

  /** A loss from outside; the output becomes its gradient, 0 in the padding. */
  private judge(network: WasmNetwork, loss: OutsideLoss, count: number): number {
    const { cols } = network.output;
    const [outputs, slopes] = [createMatrix(count, cols), createMatrix(count, cols)];
    scatterColumns(network, network.output, outputs, { start: 0, count });
    this.isAsking = true;
    try {
      return loss(outputs.data, slopes.data);
    } finally {
      this.isAsking = false;
      gatherColumns(network, network.output, { from: slopes.data, cols, rows: undefined, start: 0, count });
    }
  }

  private copy(address: number): Float32Array {
    return this.open().floats.slice(address / 4, address / 4 + this.layout.size);
  }

  /** A step on what is loaded; `lossOf` leaves the output's gradient in its place. */
  private advance(blocks: number, lossOf: (network: WasmNetwork) => number, update: Update): void {
    const network = this.open();
    const dropout = update.dropout > 0 ? { probability: update.dropout, seed: update.dropoutSeed } : undefined;
    network.forward(blocks, dropout);
    this.lossSum += lossOf(network);
    this.lossCount++;
    network.backward(blocks, false, dropout);
    this.descend(network, update);
  }

  private prove(blocks: number, count: number, lossOf: (network: WasmNetwork) => number): GradientResult {
    const network = this.open();
    network.forward(blocks);
    const loss = lossOf(network);
    network.backward(blocks, true);
    const dx = createMatrix(count, this.spec.inputs);
    scatterColumns(network, network.inputGradient, dx, { start: 0, count });
    return { loss, gradient: this.copy(network.blocks.gradient), inputGradient: dx.data };
  }

  /** Gathers the inputs into blocks; returns how many. */
  private loadInputs(sample: Sample): number {
    checkBatch(this.spec, this.options.batchSize, sample);
    const network = this.open();
    const { X, rows, start, count } = sample;
    gatherColumns(network, network.x, { from: X.data, cols: X.cols, rows, start, count });
    return blockCount(count);
  }

  /** Gathers the batch into blocks; returns how many. */
  private load(batch: Batch): number {
    const blocks = this.loadInputs(batch);
    const network = this.open();
    const { rows, start, count } = batch;
    gatherColumns(network, network.y, { from: batch.y, cols: network.y.cols, rows, start, count });
    gatherShares(network, batch);
    return blocks;
  }

  private descend({ kernels, blocks }: WasmNetwork, update: Update): void {
    const { learningRate, weightDecay, clipNorm } = update;
    const [beta1, beta2] = [Math.fround(update.beta1), Math.fround(update.beta2)];
    const norm = clipNorm < Infinity ? Math.sqrt(kernels.sumSquares(blocks.gradient, this.layout.size)) : 0;
    const scale = norm > clipNorm ? clipNorm / norm : 1;
    this.steps++;
    const correction = 1 / Math.sqrt(1 - beta2 ** this.steps);
    for (const segment of this.segments) {
      const rate = learningRate * segment.rate;
      const keep = 1 - rate * weightDecay * segment.decay;
      const at = segment.offset * 4;
      const block = [blocks.weights + at, blocks.gradient + at, blocks.first + at, blocks.second + at] as const;
      const pace = rate / (1 - beta1 ** this.steps);
      kernels.adamw(...block, segment.size, scale, pace, keep, beta1, beta2, update.epsilon, correction);
    }
  }
}

function planSegments(layout: ParameterLayout, { rateScale, decayScale }: CompileOptions): Segment[] {
  const segments: Segment[] = [];
  layout.tensors.forEach(({ offset, size }, i) => {
    const [rate, decay] = [rateScale?.[i] ?? 1, decayScale?.[i] ?? 1];
    const last = segments.at(-1);
    if (last && last.rate === rate && last.decay === decay) last.size += size;
    else segments.push({ offset, size, rate, decay });
  });
  return segments;
}

/** Rows `rows[start ..]` (or start, start + 1, ...) of a row-major array. */
interface RowSource {
  readonly from: Float32Array;
  readonly cols: number;
  readonly rows: Uint32Array | undefined;
  readonly start: number;
  readonly count: number;
}

/** Transposes rows into blocks; the last block is filled up with rows of zeros. */
function gatherColumns({ floats }: WasmNetwork, to: Activations, source: RowSource): void {
  const { from, cols, rows, start, count } = source;
  for (let r = 0; r < count; r++) {
    let at = (to.at + Math.floor(r / ROWS) * to.stride) / 4 + (r % ROWS);
    let read = (rows ? rows[start + r] : start + r) * cols;
    for (let j = 0; j < cols; j++) {
      floats[at] = from[read++];
      at += ROWS;
    }
  }
  for (let r = count; r % ROWS !== 0; r++) {
    let at = (to.at + Math.floor(r / ROWS) * to.stride) / 4 + (r % ROWS);
    for (let j = 0; j < cols; j++) {
      floats[at] = 0;
      at += ROWS;
    }
  }
}

/** Each row's weight over the sum of all, 0 in the padding (and everywhere when the sum is 0). */
function gatherShares({ floats, share }: WasmNetwork, { weights, rows, start, count }: Batch): void {
  let total = count;
  if (weights) {
    total = 0;
    for (let r = 0; r < count; r++) total += weights[rows[start + r]];
  }
  const unit = total === 0 ? 0 : 1 / total;
  const first = share / 4;
  for (let r = 0; r < count; r++) floats[first + r] = weights ? weights[rows[start + r]] * unit : unit;
  for (let r = count; r % ROWS !== 0; r++) floats[first + r] = 0;
}

/** Blocks back into rows start, start + 1, ... of a matrix. */
function scatterColumns(
  { floats }: WasmNetwork,
  from: Activations,
  to: Matrix,
  { start, count }: { start: number; count: number },
): void {
  for (let r = 0; r < count; r++) {
    const at = (from.at + Math.floor(r / ROWS) * from.stride) / 4 + (r % ROWS);
    for (let c = 0; c < to.cols; c++) to.data[(start + r) * to.cols + c] = floats[at + c * ROWS];
  }
}
