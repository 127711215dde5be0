import { Rng } from '../../src/core/index.js';
import type { LossSpec, NetworkSpec } from '../../src/engine/index.js';
import { ACTIVATIONS } from '../../src/engine/index.js';
import { referenceGradient } from '../../src/engine/reference-network.js';
import type { Tolerance } from '../support/close.js';
import { assertClose } from '../support/close.js';
import { lrnn, mlp, MSE, NUMBER_LOSSES, randomParameters, targetDraw } from './support/networks.js';

const STEP = 1e-6;
const SEEDS = [1, 2, 3];
const ROWS = 5;

/**
 * Central differences of a float64 loss of size 1 are wrong by about 1e-16 / STEP = 1e-10 from rounding, hence atol;
 * relu's kinks are not hit within 1e-6 by these seeds.
 */
const TOLERANCE = { rtol: 5e-6, atol: 2e-9 };
/** An axis layer with sharing 'layer' has equal neurons: LayerNorm divides rounding by sqrt(1e-5), 316 times as much. */
const DEGENERATE = { rtol: 5e-6, atol: 316 * 2e-9 };

interface Problem {
  readonly spec: NetworkSpec;
  readonly loss: LossSpec;
  readonly tolerance?: Tolerance;
  readonly dropout?: { readonly probability: number; readonly seed: number };
}

function checkDifferences({ spec, loss, dropout, tolerance = TOLERANCE }: Problem, seed: number): void {
  const rng = new Rng(seed);
  const parameters = Float64Array.from(randomParameters(spec, rng));
  const x = Float64Array.from({ length: ROWS * spec.inputs }, () => rng.normal());
  const y = Float64Array.from({ length: ROWS * spec.outputs }, targetDraw(loss, 3, rng));
  const weights = Float64Array.from({ length: ROWS }, () => rng.uniform() + 0.5);
  const evaluate = () => referenceGradient({ spec, parameters, x, ...(dropout && { dropout }) }, loss, { y, weights });
  const { gradient, inputGradient } = evaluate();
  assertClose(
    gradient,
    differences(parameters, () => evaluate().loss),
    tolerance,
    'gradient',
  );
  assertClose(
    inputGradient,
    differences(x, () => evaluate().loss),
    tolerance,
    'inputGradient',
  );
}

function differences(values: Float64Array, loss: () => number): Float64Array {
  return values.map((value, i) => {
    values[i] = value + STEP;
    const above = loss();
    values[i] = value - STEP;
    const below = loss();
    values[i] = value;
    return (above - below) / (2 * STEP);
  });
}

const PROBLEMS: Record<string, Problem> = {};
for (const projection of ['dense', 'axis'] as const) {
  for (const sharing of ['neuron', 'basis', 'layer'] as const) {
    for (const activation of ACTIVATIONS) {
      const spec = lrnn([{ rank: 3, width: 2, hidden: 2, projection, sharing, activation }], { inputs: 3 });
      const tolerance = projection === 'axis' && sharing === 'layer' ? DEGENERATE : TOLERANCE;
      PROBLEMS[`${projection} ${sharing} ${activation}`] = { spec, loss: MSE, tolerance };
    }
  }
}
for (const activation of ACTIVATIONS) {
  const spec = mlp([{ width: 3, activation }], { inputs: 3 });
  PROBLEMS[`mlp ${activation}`] = { spec, loss: MSE };
  const embedded = mlp([{ width: 3, activation: 'tanh', basis: { hidden: 2, activation } }], {
    inputs: 3,
    inputSkip: true,
    frontScale: true,
  });
  PROBLEMS[`mlp behind a basis of ${activation}`] = { spec: embedded, loss: MSE };
}
const wide = { outputs: 3, inputs: 2 };
const small = { rank: 3, width: 2, hidden: 2 };
Object.assign(PROBLEMS, {
  'deep with skip and front scale': {
    spec: lrnn([{ ...small, projection: 'axis', sharing: 'basis' }, small, small], {
      inputSkip: true,
      frontScale: true,
    }),
    loss: MSE,
  },
  'mse of three outputs': { spec: lrnn([small], wide), loss: MSE },
  crossEntropy: { spec: lrnn([small], wide), loss: { kind: 'crossEntropy', labelSmoothing: 0 } },
  'crossEntropy with smoothing': {
    spec: mlp([{ width: 4, activation: 'silu' }], wide),
    loss: { kind: 'crossEntropy', labelSmoothing: 0.2 },
  },
  binaryCrossEntropy: { spec: lrnn([small]), loss: { kind: 'binaryCrossEntropy', labelSmoothing: 0 } },
  'binaryCrossEntropy with smoothing': {
    spec: mlp([{ width: 4, activation: 'tanh' }]),
    loss: { kind: 'binaryCrossEntropy', labelSmoothing: 0.1 },
  },
  dropout: { spec: lrnn([small, small], { inputSkip: true }), loss: MSE, dropout: { probability: 0.4, seed: 7 } },
} satisfies Record<string, Problem>);

for (const loss of NUMBER_LOSSES) {
  const { kind, shape } = loss;
  const title = shape === undefined ? kind : `${kind} ${shape}`;
  PROBLEMS[title] = { spec: lrnn([small]), loss };
  PROBLEMS[`${title} of three outputs`] = { spec: mlp([{ width: 4, activation: 'tanh' }], wide), loss };
}

describe('reference engine against central differences', () => {
  for (const [name, problem] of Object.entries(PROBLEMS)) {
    for (const seed of SEEDS) {
      it(`has the gradient of ${name}, seed ${seed}`, () => checkDifferences(problem, seed));
    }
  }
});
