import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng, ToolkitError } from '../../src/core/index.js';
import { FUNCTIONS } from '../../src/engine/activations.js';
import type { DerivativeLoss, Derivatives, NetworkSpec } from '../../src/engine/index.js';
import { ACTIVATIONS, referenceEngine, wasmEngine } from '../../src/engine/index.js';
import { referenceDerivatives, referenceGradientByDerivatives } from '../../src/engine/jet-network.js';
import { referencePredict } from '../../src/engine/reference-network.js';
import { assertClose } from '../support/close.js';
import { lrnn, mlp, MSE, randomParameters } from './support/networks.js';

const ROWS = 3;
const DIRECTIONS = 2;
const UPDATE = {
  ...{ learningRate: 0.01, weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ dropout: 0, dropoutSeed: 0, clipNorm: Infinity },
};

const NETWORKS: Record<string, NetworkSpec> = {};
for (const activation of ACTIVATIONS) {
  for (const projection of ['dense', 'axis'] as const) {
    for (const sharing of ['neuron', 'basis', 'layer'] as const) {
      const layer = { rank: 3, width: 3, hidden: 2, projection, sharing, activation };
      NETWORKS[`${projection} ${sharing} ${activation}`] = lrnn([layer], { inputs: 2, outputs: 2 });
    }
  }
  NETWORKS[`mlp ${activation}`] = mlp([{ width: 3, activation }], { inputs: 2 });
  NETWORKS[`mlp behind a basis of ${activation}`] = mlp(
    [{ width: 3, activation: 'tanh', basis: { hidden: 2, activation } }],
    { inputs: 2, inputSkip: true, frontScale: true },
  );
}
const small = { rank: 3, width: 2, hidden: 2 };
NETWORKS['deep with skip and front scale'] = lrnn([{ ...small, projection: 'axis', sharing: 'basis' }, small, small], {
  ...{ inputs: 2, outputs: 2, inputSkip: true, frontScale: true },
});

interface Case {
  readonly spec: NetworkSpec;
  readonly parameters: Float64Array;
  readonly x: Float64Array;
  readonly directions: Float64Array;
}

function draw(spec: NetworkSpec, seed: number): Case {
  const rng = new Rng(seed);
  const numbers = (size: number) => Float64Array.from({ length: size }, () => rng.normal());
  return {
    spec,
    parameters: Float64Array.from(randomParameters(spec, rng)),
    x: numbers(ROWS * spec.inputs),
    directions: numbers(DIRECTIONS * spec.inputs),
  };
}

/** Outputs at x + t v. */
function moved({ spec, parameters, x, directions }: Case, direction: number, t: number): Float64Array {
  const own = directions.subarray(direction * spec.inputs, (direction + 1) * spec.inputs);
  return referencePredict({ spec, parameters, x: x.map((value, i) => value + t * own[i % spec.inputs]) });
}

/** A loss in which every output and derivative counts, and none like another. */
const mixed: DerivativeLoss = (outputs, gradient) => {
  let value = 0;
  const count = (part: Float64Array, slopes: Float64Array, weight: number): void =>
    part.forEach((o, i) => {
      value += weight * Math.sin(o + i);
      slopes[i] = weight * Math.cos(o + i);
    });
  count(outputs.values, gradient.values, 1);
  outputs.first.forEach((part, k) => count(part, gradient.first[k], 0.7 - k));
  outputs.second.forEach((part, k) => count(part, gradient.second[k], 0.4 + k));
  return value;
};

function differences(values: Float64Array, step: number, loss: () => number): Float64Array {
  return values.map((value, i) => {
    values[i] = value + step;
    const above = loss();
    values[i] = value - step;
    const below = loss();
    values[i] = value;
    return (above - below) / (2 * step);
  });
}

describe('derivatives by inputs', () => {
  for (const activation of ACTIVATIONS) {
    it(`begin with those of ${activation}: each is the slope of the one before it`, () => {
      const { value, slope, taylor } = FUNCTIONS[activation];
      const at = (u: number): Float64Array => {
        const f = new Float64Array(5);
        taylor(u, f, 1);
        return f.subarray(1);
      };
      for (const u of [-9.3, -2, -0.4, 0.3, 1.1, 5.7]) {
        const [f, above, below] = [at(u), at(u + 1e-5), at(u - 1e-5)];
        assertClose(f.subarray(0, 2), [value(u), slope(u)], { rtol: 1e-14, atol: 0 });
        const slopes = [0, 1, 2].map((order) => (above[order] - below[order]) / 2e-5);
        assertClose(f.subarray(1), slopes, { rtol: 1e-7, atol: 1e-9 }, `at ${u}`);
      }
      expect(Array.from(at(0)).every(Number.isFinite)).to.equal(true);
      expect(at(0)[1]).to.equal(slope(0));
    });
  }

  for (const [name, spec] of Object.entries(NETWORKS)) {
    it(`are those of central differences: ${name}`, () => {
      for (const seed of [1, 2]) {
        const run = draw(spec, seed);
        const found = referenceDerivatives(run);
        expect(found.values).to.deep.equal(referenceDerivatives({ ...run, directions: [] }).values);
        assertClose(found.values, referencePredict(run), { rtol: 1e-10, atol: 1e-10 }, 'values');
        for (let k = 0; k < DIRECTIONS; k++) {
          const [h, H] = [1e-6, 2e-4];
          const slope = moved(run, k, h).map((value, i) => (value - moved(run, k, -h)[i]) / (2 * h));
          assertClose(found.first[k], slope, { rtol: 1e-5, atol: 1e-6 }, `first, ${k}`);
          // What is nearly 0 / 0 in a LayerNorm of equal neurons, and near 0 in spder, bends too much for three points.
          const [above, below] = [moved(run, k, H), moved(run, k, -H)];
          const bend = above.map((value, i) => (value - 2 * found.values[i] + below[i]) / (H * H));
          if (isSmooth(name)) assertClose(found.second[k], bend, { rtol: 1e-3, atol: 1e-3 }, `second, ${k}`);
          else expect(found.second[k].every(Number.isFinite)).to.equal(true);
        }
      }
    });

    it(`are trained down their gradient: ${name}`, () => {
      const run = draw(spec, 3);
      const evaluate = () => referenceGradientByDerivatives(run, mixed);
      const { gradient, inputGradient } = evaluate();
      const scale = Math.max(...gradient.map(Math.abs));
      const tolerance = isSmooth(name) ? { rtol: 1e-4, atol: 1e-6 * scale } : { rtol: 1e-3, atol: 1e-4 * scale };
      const loss = () => evaluate().loss;
      assertClose(gradient, differences(run.parameters, 1e-6, loss), tolerance, 'gradient');
      assertClose(inputGradient, differences(run.x, 1e-6, loss), tolerance, 'inputGradient');
    });
  }

  it('of two directions say a mixed derivative', () => {
    const run = draw(lrnn([{ rank: 4 }], { inputs: 2 }), 5);
    const { second } = referenceDerivatives({ ...run, directions: [1, 1, 1, -1] });
    const corner = (s: number, t: number): number =>
      referencePredict({ ...run, x: run.x.map((value, i) => value + 1e-4 * (i % 2 === 0 ? s : t)) })[0];
    const mixedDifference = (corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / 4e-8;
    expect((second[0][0] - second[1][0]) / 4).to.be.closeTo(mixedDifference, 1e-4 * Math.abs(mixedDifference) + 1e-4);
  });

  it('are 0 beyond what a network sees: those of a constant direction, and of an affine network of relu', () => {
    const run = draw(mlp([{ width: 6, activation: 'relu' }], { inputs: 2, outputs: 3 }), 6);
    const { first, second } = referenceDerivatives({ ...run, directions: [0, 0, 1, 0] });
    for (const part of [first[0], ...second]) expect(Array.from(part).every((value) => value === 0)).to.equal(true);
    expect(first[1].some((value) => value !== 0)).to.equal(true);
  });

  it('are none of a row with a missing input, and of no other', () => {
    const run = draw(mlp([{ width: 3, activation: 'tanh' }], { inputs: 2 }), 7);
    run.x[3] = NaN;
    const { values, first, second } = referenceDerivatives(run);
    for (const part of [values, ...first, ...second])
      expect(Array.from(part, Number.isNaN)).to.deep.equal([false, true, false]);
  });
});

describe('programs that differentiate by inputs', () => {
  const spec = lrnn([{ rank: 6, width: 2 }], { inputs: 1 });
  const X: Matrix = { rows: 24, cols: 1, data: Float32Array.from({ length: 24 }, (_, i) => -1 + i / 11.5) };
  const directions: Matrix = { rows: 1, cols: 1, data: Float32Array.of(1) };
  const sample = { X, rows: allRows(24), start: 0, count: 24, directions };
  const program = () => {
    const made = referenceEngine.compile(spec, { loss: MSE, batchSize: 24 });
    made.setParameters(randomParameters(spec, new Rng(8)));
    return made;
  };
  /** f'' = -9 f, f(-1) = 1: a wave. */
  const wave: DerivativeLoss = ({ values, second }, gradient) => {
    let loss = 10 * (values[0] - 1) ** 2;
    gradient.values[0] = 20 * (values[0] - 1);
    values.forEach((value, i) => {
      const off = second[0][i] + 9 * value;
      loss += off ** 2 / 24;
      gradient.second[0][i] += off / 12;
      gradient.values[i] += (9 * off) / 12;
    });
    return loss;
  };

  it('solve a differential equation: their loss falls to a hundredth', async () => {
    const solver = program();
    solver.stepByDerivatives!(sample, wave, UPDATE);
    const before = await solver.readLoss();
    for (let step = 0; step < 150; step++) solver.stepByDerivatives!(sample, wave, UPDATE);
    await solver.readLoss();
    solver.stepByDerivatives!(sample, wave, UPDATE);
    expect(await solver.readLoss()).to.be.below(before / 100);
  });

  it('give what they train on, of the rows asked for', async () => {
    const own = program();
    const all: Derivatives = await own.derivatives!(X, directions);
    let seen: number[] = [];
    const { loss, gradient } = await own.gradientByDerivatives!(
      { ...sample, rows: Uint32Array.of(5, 2, 9), start: 1, count: 2 },
      ({ values, first, second }) => {
        seen = [values, first[0], second[0]].map((part) => part[1]);
        return 7;
      },
    );
    expect(seen).to.deep.equal([all.values[9], all.first[0][9], all.second[0][9]]);
    expect(loss).to.equal(7);
    expect(Array.from(gradient).every((g) => g === 0)).to.equal(true);
  });

  it('are there on the reference alone, and the fast engine says so', () => {
    expect(wasmEngine.compile(spec, { loss: MSE, batchSize: 24 })).to.not.have.property('derivatives');
  });

  it('refuse directions of another space, dropout, and a loss that asks them', async () => {
    const own = program();
    const flat = { rows: 1, cols: 2, data: Float32Array.of(1, 0) };
    await refused(() => own.derivatives!(X, flat), 'directions must have 1 columns, got 2');
    await refused(
      () => own.stepByDerivatives!(sample, wave, { ...UPDATE, dropout: 0.5 }),
      'dropout must be 0 where derivatives are trained, got 0.5',
    );
    const before = await own.getParameters();
    const asking: DerivativeLoss = () => {
      own.stepByDerivatives!(sample, wave, UPDATE);
      return 0;
    };
    await refused(() => own.stepByDerivatives!(sample, asking, UPDATE), 'must not be asked');
    expect(await own.getParameters()).to.deep.equal(before);
    own.stepByDerivatives!(sample, wave, UPDATE);
  });
});

async function refused(work: () => unknown, message: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).to.be.instanceOf(ToolkitError);
    expect((error as Error).message).to.include(message);
    return;
  }
  expect.fail('nothing was refused');
}

/** Whether its outputs bend gently enough to be compared with differences. */
function isSmooth(name: string): boolean {
  return !name.includes('spder') && !name.startsWith('axis layer');
}
