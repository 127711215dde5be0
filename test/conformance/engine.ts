/** @file What every engine promises: the golden networks, the reference over awkward sizes, and the contract's details. */

import { expect } from 'chai';

import { allRows, Rng, selectRows } from '../../src/core/index.js';
import type { Batch, Engine, LossSpec, NetworkSpec, Program, Update } from '../../src/engine/index.js';
import { ACTIVATIONS, parameterLayout, referenceEngine } from '../../src/engine/index.js';
import { goldens } from '../engine/support/goldens.js';
import {
  lrnn,
  mlp,
  MSE,
  NUMBER_LOSSES,
  randomBatch,
  randomMatrix,
  randomParameters,
} from '../engine/support/networks.js';
import type { Tolerance } from '../support/close.js';
import { assertClose } from '../support/close.js';

/** float32 gradients are sums over the batch of terms of size 1: atol is what their rounding may leave of a cancelled sum. */
export const GRADIENT: Tolerance = { rtol: 1e-3, atol: 2e-5 };
export const OUTPUT: Tolerance = { rtol: 1e-4, atol: 1e-5 };

export const UPDATE: Update = {
  learningRate: 0.01,
  weightDecay: 0.02,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  dropout: 0,
  dropoutSeed: 0,
  clipNorm: Infinity,
};

const CROSS: LossSpec = { kind: 'crossEntropy', labelSmoothing: 0.1 };
const BINARY: LossSpec = { kind: 'binaryCrossEntropy', labelSmoothing: 0.05 };

interface Case {
  readonly spec: NetworkSpec;
  readonly loss: LossSpec;
  readonly count: number;
}

/** Every kind of layer at a batch of 9, every size that is not a multiple of something at one kind. */
function cases(): Record<string, Case> {
  const all: Record<string, Case> = {};
  for (const activation of ACTIVATIONS) {
    for (const projection of ['dense', 'axis'] as const) {
      for (const sharing of ['neuron', 'basis', 'layer'] as const) {
        if (projection === 'axis' && sharing === 'layer') continue; // equal neurons: LayerNorm of rounding errors
        const spec = lrnn([{ projection, sharing, activation }]);
        all[`${projection} ${sharing} ${activation}`] = { spec, loss: MSE, count: 9 };
      }
    }
    const layers = [
      { width: 7, activation },
      { width: 6, activation },
    ];
    all[`mlp ${activation}`] = { spec: mlp(layers, { outputs: 2 }), loss: MSE, count: 9 };
    const embedded = { width: 7, activation: 'silu', basis: { hidden: 5, activation } } as const;
    all[`mlp behind a basis of ${activation}`] = { spec: mlp([embedded, layers[1]]), loss: MSE, count: 9 };
  }
  const deep = lrnn([{ projection: 'axis', sharing: 'basis', hidden: 7 }, {}], {
    inputSkip: true,
    frontScale: true,
    outputs: 3,
  });
  for (const count of [...Array.from({ length: 17 }, (_, i) => i + 1), 31, 33, 64, 100, 257]) {
    all[`axis, dense, skip and front scale on ${count} rows`] = { spec: deep, loss: CROSS, count };
  }
  for (const size of [1, 2, 3, 5, 6, 7, 8, 11, 13]) {
    all[`rank ${size}`] = { spec: lrnn([{ rank: size }, { rank: size }]), loss: MSE, count: 10 };
    all[`width ${size}`] = { spec: lrnn([{ width: size }, {}]), loss: MSE, count: 10 };
    all[`hidden ${size}`] = { spec: lrnn([{ hidden: size }]), loss: MSE, count: 10 };
    all[`basis of rank ${size}`] = {
      spec: lrnn([{ projection: 'axis', sharing: 'basis', rank: size }]),
      loss: MSE,
      count: 10,
    };
    all[`basis of hidden ${size}`] = {
      spec: lrnn([{ projection: 'axis', sharing: 'basis', hidden: size }]),
      loss: MSE,
      count: 10,
    };
    const basis = { hidden: size, activation: 'tanh' } as const;
    all[`mlp behind a basis of ${size}`] = {
      spec: mlp([{ width: 6, activation: 'relu', basis }], { inputs: 3, inputSkip: true, frontScale: true }),
      loss: MSE,
      count: 10,
    };
    all[`mlp of width ${size}`] = { spec: mlp([{ width: size, activation: 'silu' }]), loss: MSE, count: 10 };
    all[`${size} columns`] = {
      spec: lrnn([{ projection: 'axis' }, {}], { inputs: size, inputSkip: true }),
      loss: MSE,
      count: 10,
    };
  }
  for (const outputs of [1, 2, 7]) {
    all[`${outputs} outputs, mse`] = { spec: lrnn([{}], { outputs }), loss: MSE, count: 12 };
    all[`${outputs} classes`] = { spec: lrnn([{}], { outputs }), loss: CROSS, count: 12 };
  }
  all['one logit'] = { spec: lrnn([{ activation: 'tanh' }], { frontScale: true }), loss: BINARY, count: 12 };
  const functions = { width: 5, activation: 'tanh', basis: { hidden: 3, activation: 'sin' } } as const;
  all['a basis in the middle of an mlp'] = {
    spec: mlp([{ width: 6, activation: 'silu' }, functions, functions], {
      inputSkip: true,
      frontScale: true,
      outputs: 3,
    }),
    loss: CROSS,
    count: 12,
  };
  for (const loss of NUMBER_LOSSES) {
    all[`one output, ${loss.kind}`] = { spec: lrnn([{ activation: 'tanh' }], { frontScale: true }), loss, count: 21 };
    all[`three outputs, ${loss.kind}`] = {
      spec: mlp([{ width: 6, activation: 'silu' }], { outputs: 3 }),
      loss,
      count: 9,
    };
  }
  all['an axis layer in the middle'] = {
    spec: lrnn([{}, { projection: 'axis' }, { projection: 'axis', sharing: 'basis' }], { inputSkip: true }),
    loss: MSE,
    count: 12,
  };
  return all;
}

type Sizes = 'all' | 'few' | 'none';

function isOneOfManySizes(title: string): boolean {
  return /(\b\d+ columns| \d+ rows| \d+)$/.test(title) && !/ (7|13|257 rows)$/.test(title);
}

/** Registers the suite. `sizes` says which of the reference's cases to run, where a device takes long for each. */
export function describeEngine(name: string, engine: Engine, { sizes = 'all' }: { sizes?: Sizes } = {}): void {
  const compile = (spec: NetworkSpec, loss: LossSpec, batchSize: number): Program =>
    engine.compile(spec, { loss, batchSize });

  describe(`engine ${name}: golden networks`, () => {
    for (const golden of goldens()) {
      it(`agrees with PyTorch on ${golden.name}`, async () => {
        const program = compile(golden.spec, golden.loss, golden.n);
        program.setParameters(golden.parameters);
        const X = { rows: golden.n, cols: golden.spec.inputs, data: Float32Array.from(golden.x) };
        const y = Float32Array.from(golden.y);
        const result = await program.gradient({ X, y, rows: allRows(golden.n), start: 0, count: golden.n });
        assertClose((await program.predict(X)).data, golden.output, OUTPUT, 'output');
        assertClose([result.loss], [golden.lossValue], OUTPUT, 'loss');
        assertClose(result.gradient, golden.gradient, GRADIENT, 'gradient');
        assertClose(result.inputGradient, golden.inputGradient, GRADIENT, 'inputGradient');
      });
    }
  });

  describe(`engine ${name}: the reference over awkward sizes`, () => {
    for (const [title, { spec, loss, count }] of Object.entries(cases())) {
      if (sizes === 'none' || (sizes === 'few' && isOneOfManySizes(title))) continue;
      it(`has the outputs, loss and gradients of ${title}`, async () => {
        const rng = new Rng(11).split(title);
        const parameters = randomParameters(spec, rng);
        const batch = randomBatch(spec, loss, count, rng, true);
        const [ours, truth] = [compile(spec, loss, count), referenceEngine.compile(spec, { loss, batchSize: count })];
        for (const program of [ours, truth]) program.setParameters(parameters);
        const [actual, expected] = [await ours.gradient(batch), await truth.gradient(batch)];
        assertClose((await ours.predict(batch.X)).data, (await truth.predict(batch.X)).data, OUTPUT, 'output');
        assertClose([actual.loss], [expected.loss], OUTPUT, 'loss');
        assertClose(actual.gradient, expected.gradient, GRADIENT, 'gradient');
        assertClose(actual.inputGradient, expected.inputGradient, GRADIENT, 'inputGradient');
      });
    }
  });

  describe(`engine ${name}: steps`, () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'basis', activation: 'tanh' }, {}], {
      inputSkip: true,
      frontScale: true,
      outputs: 3,
    });
    const track = async (
      update: Partial<Update>,
      options: { weighted?: boolean; scaled?: boolean; loss?: LossSpec } = {},
    ): Promise<void> => {
      const { loss: own = CROSS } = options;
      const rng = new Rng(5);
      const parameters = randomParameters(spec, rng);
      const tensors = parameterLayout(spec).tensors.length;
      const scales = options.scaled
        ? {
            rateScale: Array.from({ length: tensors }, (_, i) => 1 + (i % 3)),
            decayScale: Array.from({ length: tensors }, (_, i) => i % 2),
          }
        : {};
      const compiled = { loss: own, batchSize: 16, ...scales };
      const programs = [engine.compile(spec, compiled), referenceEngine.compile(spec, compiled)];
      for (const program of programs) program.setParameters(parameters);
      for (let step = 0; step < 8; step++) {
        const batch = randomBatch(spec, own, 9 + (step % 4), rng, options.weighted);
        for (const program of programs) program.step(batch, { ...UPDATE, dropoutSeed: 1000 + step, ...update });
      }
      const [loss, expectedLoss] = await Promise.all(programs.map((program) => program.readLoss()));
      assertClose([loss], [expectedLoss], { rtol: 1e-4, atol: 0 }, 'loss');
      // Adam divides by the gradient's size: where that is near 0, one step of 0.01 is as uncertain as its sign.
      const [actual, expected] = await Promise.all(programs.map((program) => program.getParameters()));
      assertClose(actual, expected, { rtol: 1e-3, atol: 1e-3 }, 'parameters');
    };

    it('follow the reference through eight steps of AdamW', () => track({}));
    it('follow it with dropout: the masks are the same', () => track({ dropout: 0.3 }));
    it('follow it with a clipped gradient', () => track({ clipNorm: 0.05 }));
    it('follow it with row weights', () => track({}, { weighted: true }));
    it('follow it with rates and decays of their own for each tensor', () =>
      track({ weightDecay: 0.5 }, { scaled: true }));
    it('follow it with everything at once', () =>
      track({ dropout: 0.1, clipNorm: 0.5 }, { weighted: true, scaled: true }));

    for (const loss of NUMBER_LOSSES) {
      it(`follow it down the ${loss.kind} loss`, () => track({}, { loss, weighted: true }));
    }

    it('report the mean loss since the last reading, and NaN when there was none', async () => {
      const program = compile(spec, CROSS, 16);
      program.setParameters(randomParameters(spec, new Rng(1)));
      const batch = randomBatch(spec, CROSS, 16, new Rng(2));
      const still = { ...UPDATE, learningRate: 0 };
      const { loss } = await program.gradient(batch);
      program.step(batch, still);
      program.step(batch, still);
      assertClose([await program.readLoss()], [loss], OUTPUT);
      expect(await program.readLoss()).to.be.NaN;
    });

    it('repeat to the bit from the same start', async () => {
      const run = (): Promise<Float32Array> => {
        const rng = new Rng(9);
        const program = compile(spec, CROSS, 16);
        program.setParameters(randomParameters(spec, rng));
        for (let step = 0; step < 5; step++) {
          program.step(randomBatch(spec, CROSS, 13, rng), { ...UPDATE, dropout: 0.2, dropoutSeed: step });
        }
        return program.getParameters();
      };
      expect(await run()).to.deep.equal(await run());
    });

    it('forget the moments when parameters are set', async () => {
      const rng = new Rng(9);
      const parameters = randomParameters(spec, rng);
      const [one, two] = [randomBatch(spec, CROSS, 13, rng), randomBatch(spec, CROSS, 13, rng)];
      const [used, fresh] = [compile(spec, CROSS, 16), compile(spec, CROSS, 16)];
      used.setParameters(parameters);
      for (let step = 0; step < 3; step++) used.step(one, UPDATE);
      for (const program of [used, fresh]) {
        program.setParameters(parameters);
        program.step(two, UPDATE);
      }
      expect(await used.getParameters()).to.deep.equal(await fresh.getParameters());
    });

    it('leave the weights alone where every row weighs nothing', async () => {
      const program = compile(spec, CROSS, 16);
      const parameters = randomParameters(spec, new Rng(3));
      program.setParameters(parameters);
      const batch: Batch = { ...randomBatch(spec, CROSS, 10, new Rng(4)), weights: new Float32Array(13) };
      program.step(batch, { ...UPDATE, weightDecay: 0 });
      expect(await program.getParameters()).to.deep.equal(parameters);
    });
  });

  describe(`engine ${name}: predictions and the rest of the contract`, () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'basis' }, { rank: 6 }], { inputSkip: true, outputs: 2 });
    const ready = (batchSize: number): Program => {
      const program = compile(spec, MSE, batchSize);
      program.setParameters(randomParameters(spec, new Rng(21)));
      return program;
    };

    it('predicts a batch of n like n batches of one', async () => {
      const X = randomMatrix(37, spec.inputs, new Rng(1));
      const together = await ready(16).predict(X);
      const single = ready(1);
      for (let row = 0; row < X.rows; row++) {
        const alone = await single.predict(selectRows(X, [row]));
        assertClose(alone.data, selectRows(together, [row]).data, OUTPUT, `row ${row}`);
      }
    });

    it('predicts chosen rows in their order, repeats included', async () => {
      const X = randomMatrix(20, spec.inputs, new Rng(2));
      const rows = Uint32Array.of(19, 3, 3, 0, 7);
      const chosen = await ready(4).predict(X, rows);
      assertClose(chosen.data, selectRows(await ready(4).predict(X), rows).data, OUTPUT);
    });

    it('predicts no rows', async () => {
      const none = await ready(4).predict(randomMatrix(0, spec.inputs, new Rng(3)));
      expect(none).to.include({ rows: 0, cols: 2 });
    });

    it('permutes predictions with the rows', async () => {
      const X = randomMatrix(33, spec.inputs, new Rng(4));
      const order = new Rng(5).shuffle(allRows(33));
      const program = ready(33);
      assertClose(
        (await program.predict(selectRows(X, order))).data,
        selectRows(await program.predict(X), order).data,
        OUTPUT,
      );
    });

    it('does not drop anything when predicting, nor remember a step’s rows', async () => {
      const program = ready(16);
      const X = randomMatrix(5, spec.inputs, new Rng(6));
      const before = await program.predict(X);
      program.step(randomBatch(spec, MSE, 16, new Rng(7)), {
        ...UPDATE,
        learningRate: 0,
        weightDecay: 0,
        dropout: 0.5,
      });
      expect((await program.predict(X)).data).to.deep.equal(before.data);
    });

    it('returns the parameters it was given, to the bit', async () => {
      const program = compile(spec, MSE, 3);
      const parameters = randomParameters(spec, new Rng(8));
      program.setParameters(parameters);
      expect(await program.getParameters()).to.deep.equal(parameters);
    });

    it('hands out a copy of the parameters', async () => {
      const program = ready(3);
      const before = await program.getParameters();
      (await program.getParameters()).fill(0);
      expect(await program.getParameters()).to.deep.equal(before);
    });

    it('reads X from a SharedArrayBuffer', async () => {
      const X = randomMatrix(9, spec.inputs, new Rng(9));
      const shared = new Float32Array(new SharedArrayBuffer(X.data.byteLength));
      shared.set(X.data);
      const program = ready(4);
      expect((await program.predict({ ...X, data: shared })).data).to.deep.equal((await program.predict(X)).data);
    });

    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      it(`does not hide an input of ${bad}, even behind tanh and relu`, async () => {
        for (const activation of ['tanh', 'relu'] as const) {
          const network = mlp([{ width: 5, activation }]);
          const program = compile(network, MSE, 8);
          program.setParameters(randomParameters(network, new Rng(1)));
          const batch = randomBatch(network, MSE, 6, new Rng(2));
          const row = batch.rows[batch.start + 1];
          batch.X.data[row * 4 + 2] = bad;
          const predicted = await program.predict(batch.X);
          expect(Array.from(predicted.data, Number.isFinite)).to.deep.equal(
            Array.from(predicted.data, (_, i) => i !== row),
          );
          program.step(batch, UPDATE);
          expect(Number.isFinite(await program.readLoss())).to.equal(false);
        }
      });
    }

    it('is disposed of twice without harm', () => {
      const program = ready(2);
      program.dispose();
      program.dispose();
    });

    it('refuses a matrix of another width', async () => {
      const X = randomMatrix(3, 5, new Rng(1));
      const message = await ready(4)
        .predict(X)
        .then(() => 'accepted', String);
      expect(message).to.contain('predict: X must have 4 columns, got 5.');
    });

    it('refuses a batch that is larger than it was compiled for', () => {
      const batch = randomBatch(spec, MSE, 5, new Rng(1));
      expect(() => ready(4).step(batch, UPDATE)).to.throw('step: count must be in [1, 4], got 5.');
      expect(() => ready(4).step({ ...batch, start: 6, count: 4 }, UPDATE)).to.throw(
        'step: start + count must be at most 8, got 10.',
      );
    });

    it('refuses a block of parameters of another size', () => {
      expect(() => ready(4).setParameters([1, 2, 3])).to.throw(/setParameters: the block must have \d+ numbers, got 3/);
    });

    it('refuses options that make no sense', () => {
      expect(() => compile(spec, MSE, 0)).to.throw('compile: batchSize must be a positive integer, got 0.');
      expect(() => compile(spec, { kind: 'mse', labelSmoothing: 1 }, 4)).to.throw(
        'compile: labelSmoothing must be in [0, 1), got 1.',
      );
      const quantile = { kind: 'quantile', labelSmoothing: 0 } as const;
      expect(() => compile(spec, quantile, 4)).to.throw(
        'compile: shape of quantile must be between 0 and 1, got undefined.',
      );
      expect(() => compile(spec, { ...quantile, kind: 'tweedie', shape: 2 }, 4)).to.throw(
        'compile: shape of tweedie must be between 1 and 2, got 2.',
      );
      expect(() => compile(spec, { ...quantile, kind: 'huber', shape: 0 }, 4)).to.throw(
        'compile: shape of huber must be between 0 and Infinity, got 0.',
      );
      expect(() => compile(spec, BINARY, 4)).to.throw('compile: outputs must be 1 for binaryCrossEntropy, got 2.');
      expect(() => engine.compile(spec, { loss: MSE, batchSize: 4, rateScale: [1] })).to.throw(
        /compile: rateScale must have \d+ entries/,
      );
    });
  });
}
