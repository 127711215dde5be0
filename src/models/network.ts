/** @file How every network is trained: what its settings mean, its first weights, a second try where it diverges. */

import type { SavedState } from '../core/index.js';
import { checkData, Rng } from '../core/index.js';
import type { CompileOptions, Engine, NetworkSpec, ParameterLayout } from '../engine/index.js';
import { parameterLayout } from '../engine/index.js';
import type { TrainingRun } from './course.js';
import { Course } from './course.js';
import type { FitContext, FitReport, Model, NetworkRecipe, Sample } from './estimator.js';
import { NetworkModel } from './network-model.js';
import type { NetworkTarget } from './network-target.js';
import { fitNetworkTarget } from './network-target.js';
import { judgeLoss } from './number-loss.js';
import type { TargetScaling } from './target.js';
import { lossSpec, outputCount } from './target.js';
import type { TrainingParams } from './training.js';

export type { NetworkRecipe } from './estimator.js';
export type { TrainingParams } from './training.js';
export { TRAINING_DEFAULTS } from './training.js';

/** Rate factor of the learned scale in front of the network (field practice: RealMLP uses 6). */
const FRONT_SCALE_RATE = 6;
/** A diverged fit is tried once more with its learning rate times this. */
export const RETRY_RATE = 0.3;

/** Trains; a fit that diverges twice keeps its best finite epoch, or its first weights, and says so in the notes. */
export async function fitNetwork(recipe: NetworkRecipe, train: Sample, ctx: FitContext): Promise<Model> {
  const plan = planTraining(recipe, train, ctx);
  const first = await trainAlone(plan, startCourse(plan, 1));
  const second = first.divergedAt === null ? null : await trainAlone(plan, startCourse(plan, RETRY_RATE));
  return modelOf(plan, first, second);
}

async function trainAlone(plan: TrainingPlan, course: Course): Promise<TrainingRun> {
  const program = plan.ctx.engine.compile(plan.spec, { ...plan.options, batchSize: course.batchSize });
  try {
    return await course.run(program);
  } finally {
    program.dispose();
  }
}

/** Everything that a training depends on besides its learning rate. */
export interface TrainingPlan {
  readonly recipe: NetworkRecipe;
  readonly train: Sample;
  readonly ctx: FitContext;
  readonly scaling: TargetScaling;
  readonly target: NetworkTarget;
  readonly spec: NetworkSpec;
  readonly layout: ParameterLayout;
  readonly options: Omit<CompileOptions, 'batchSize'>;
}

export function planTraining(recipe: NetworkRecipe, train: Sample, ctx: FitContext): TrainingPlan {
  requireFinite(recipe.kind, train);
  const target = fitNetworkTarget(recipe.kind, train, ctx, recipe.training);
  const { scaling, loss } = target;
  const spec = recipe.spec(train.X.cols, outputCount(scaling));
  const layout = parameterLayout(spec);
  const options = {
    loss: lossSpec(scaling.task, recipe.training.labelSmoothing, loss),
    rateScale: layout.tensors.map((tensor) => (tensor.name === 'front.scale' ? FRONT_SCALE_RATE : 1)),
    decayScale: layout.tensors.map((tensor) => (isDecayed(tensor.name) ? 1 : 0)),
  };
  return { recipe, train, ctx, scaling, target, spec, layout, options };
}

/** A training at its first weights. */
export function startCourse(
  { recipe, train, ctx, scaling, target, spec, layout }: TrainingPlan,
  rateFactor: number,
): Course {
  const { training } = recipe;
  const rng = new Rng(ctx.seed);
  const weights = rowWeights({ ...train, weights: target.weights }, scaling, training.classWeights);
  const first = recipe.initialWeights(spec, train, rng.split('weights'));
  const out = layout.tensors.find(({ name }) => name === 'out.b')!;
  first.set(priorLogits(train, scaling, weights), out.offset);
  const epochs = training.epochs || epochsFor(train.rows.length);
  return new Course({
    first,
    params: training,
    scaling,
    judgedBy: scaling.task === 'regression' ? judgeLoss(ctx.metric, train, target.loss) : undefined,
    train: { ...train, weights },
    ctx,
    rng,
    batchSize: batchSizeOf({ recipe, train }),
    epochs,
    rateFactor,
  });
}

/** Rows of a step, at most. */
export function batchSizeOf({ recipe, train }: Pick<TrainingPlan, 'recipe' | 'train'>): number {
  const n = train.rows.length;
  return Math.min(recipe.training.batchSize || batchSizeFor(n), n);
}

/** The model of the first training, or of the second where the first diverged. */
export function modelOf(plan: TrainingPlan, first: TrainingRun, second: TrainingRun | null): Model {
  const notes: string[] = [];
  if (second) notes.push(`diverged at step ${first.divergedAt}; retried at ${RETRY_RATE} times the learning rate`);
  if (second && second.divergedAt !== null) {
    notes.push(`diverged again at step ${second.divergedAt}; the best epoch before it is kept`);
  }
  const { weights, bestEpoch, planned, curve, steps } = second ?? first;
  const report: FitReport = { parameters: plan.layout.size, bestStep: bestEpoch, plannedSteps: planned, curve, notes };
  return new NetworkModel(plan.recipe.kind, plan.spec, weights, plan.scaling, report, plan.ctx.engine, steps);
}

/** Weight matrices and mixing weights decay; offsets, scales and frequencies do not. */
function isDecayed(name: string): boolean {
  return name.endsWith('.W') || name.endsWith('.a');
}

/** Sample weights times class weights (n / (k * count), as scikit-learn's 'balanced'); undefined where all are 1. */
function rowWeights(
  train: Sample,
  scaling: TargetScaling,
  mode: TrainingParams['classWeights'],
): Float32Array | undefined {
  if (mode === 'none' || scaling.task === 'regression') return train.weights;
  const counts = new Float64Array(scaling.k);
  for (const row of train.rows) counts[train.y[row]]++;
  const out = new Float32Array(train.y.length);
  for (const row of train.rows) {
    out[row] = ((train.weights?.[row] ?? 1) * train.rows.length) / (scaling.k * counts[train.y[row]]);
  }
  return out;
}

/** What the output says before anything is learned: log-odds of the class shares (plus half a row each), 0 for regression. */
function priorLogits(train: Sample, { task, k }: TargetScaling, weights: Float32Array | undefined): number[] {
  if (task === 'regression') return [0];
  const shares = new Array<number>(k).fill(0.5);
  for (const row of train.rows) shares[train.y[row]] += weights?.[row] ?? 1;
  const logs = shares.map(Math.log);
  return task === 'binary' ? [logs[1] - logs[0]] : logs.map((log) => log - Math.max(...logs));
}

/** Small sets need many noisy steps, large ones few calm ones (the steps of RealMLP's own rule). */
function batchSizeFor(n: number): number {
  if (n <= 1024) return 64;
  if (n <= 8192) return 128;
  if (n <= 30_000) return 256;
  return n <= 100_000 ? 512 : 1024;
}

/** About 450,000 rows seen, in 16 to 150 epochs: with a decaying rate more buys little, on small sets and on large ones. */
function epochsFor(n: number): number {
  return Math.min(150, Math.max(16, Math.round(450_000 / n)));
}

function requireFinite(kind: string, sample: Sample): void {
  const { X } = sample;
  for (const row of sample.rows) {
    for (let j = 0; j < X.cols; j++) {
      const value = X.data[row * X.cols + j];
      checkData(Number.isFinite(value), `${kind}.fit`, `X must be finite (at row ${row}, column ${j})`, value);
    }
    const y = sample.y[row];
    checkData(Number.isFinite(y), `${kind}.fit`, `y must be finite (at row ${row})`, y);
  }
  checkData(sample.rows.length > 0, `${kind}.fit`, 'the sample must have at least one row', 0);
}

/** A trained network from its saved state; predicts on `engine`. */
export function restoreNetwork(state: SavedState, engine: Engine): Model {
  return NetworkModel.restore(state, engine);
}
