/** @file What engines promise that have a door for losses from outside: the gradients, the steps and the order of rows. */

import { expect } from 'chai';

import type { ToolkitError } from '../../src/core/index.js';
import { Rng } from '../../src/core/index.js';
import type { Batch, Engine, NetworkSpec, OutsideLoss, Program } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import { lrnn, mlp, MSE, randomBatch, randomParameters } from '../engine/support/networks.js';
import { assertClose } from '../support/close.js';
import { GRADIENT, OUTPUT, UPDATE } from './engine.js';

/** The same as mse on the batch's rows, said from outside. */
function squares({ y, rows, start }: Batch, k: number): OutsideLoss {
  return (outputs, gradient) => {
    let sum = 0;
    outputs.forEach((output, i) => {
      const error = output - y[rows[start + Math.floor(i / k)] * k + (i % k)];
      gradient[i] = (2 * error) / outputs.length;
      sum += error * error;
    });
    return sum / outputs.length;
  };
}

/** Binds every output to every other one: half the square of a sum with weights that differ, (sum_i c_i o_i - 1)^2 / 2. */
const BOUND: OutsideLoss = (outputs, gradient) => {
  const weight = (i: number): number => Math.cos(1.3 * i + 0.4) / Math.sqrt(outputs.length);
  let off = -1;
  outputs.forEach((output, i) => (off += weight(i) * output));
  outputs.forEach((_, i) => (gradient[i] = off * weight(i)));
  return (off * off) / 2;
};

/** Registers the suite. */
export function describeOutsideLosses(name: string, engine: Engine): void {
  describe(`engine ${name}: losses from outside`, () => {
    const deep = lrnn([{ projection: 'axis', sharing: 'basis' }, {}], {
      inputSkip: true,
      frontScale: true,
      outputs: 3,
    });
    const wide = mlp([{ width: 7, activation: 'sin' }], { outputs: 2 });
    const start = (spec: NetworkSpec, count: number, on = engine): Program => {
      const program = on.compile(spec, { loss: MSE, batchSize: count });
      program.setParameters(randomParameters(spec, new Rng(31)));
      return program;
    };

    it('must not ask the program that asks them: it refuses, and goes on as if they had not', async () => {
      const batch = randomBatch(wide, MSE, 9, new Rng(61));
      const program = start(wide, 9);
      const calm = await program.gradientBy!(batch, BOUND);
      const refusals: unknown[] = [];
      const asking: OutsideLoss = (outputs, gradient) => {
        for (const ask of [
          () => program.predict(batch.X),
          () => program.gradient(batch),
          () => program.gradientBy!(batch, BOUND),
          async () => program.stepBy!(batch, BOUND, UPDATE),
          async () => program.step(batch, UPDATE),
          async () => program.readLoss(),
        ]) {
          refusals.push(
            ask().then(
              () => 'answered',
              ({ kind }: ToolkitError) => kind,
            ),
          );
        }
        return BOUND(outputs, gradient);
      };
      const { loss, gradient } = await program.gradientBy!(batch, asking);
      expect(await Promise.all(refusals)).to.deep.equal(Array.from({ length: 6 }, () => 'state'));
      expect([loss, [...gradient]]).to.deep.equal([calm.loss, [...calm.gradient]]);
      const failing = program.gradientBy!(batch, () => {
        throw new Error('no loss');
      });
      expect(await failing.catch(({ message }: Error) => message)).to.equal('no loss');
      expect((await program.gradientBy!(batch, BOUND)).loss).to.equal(calm.loss);
    });

    for (const spec of [deep, wide]) {
      for (const count of [1, 7, 8, 9, 17, 64]) {
        const batch = randomBatch(spec, MSE, count, new Rng(32 + count));
        const title = `${spec.kind} on ${count} rows`;

        it(`have the gradients of the same loss from inside, ${title}`, async () => {
          const program = start(spec, count);
          const [inside, outside] = [
            await program.gradient(batch),
            await program.gradientBy!(batch, squares(batch, spec.outputs)),
          ];
          assertClose([outside.loss], [inside.loss], OUTPUT, 'loss');
          assertClose(outside.gradient, inside.gradient, GRADIENT, 'gradient');
          assertClose(outside.inputGradient, inside.inputGradient, GRADIENT, 'inputGradient');
        });

        it(`may bind the rows to each other, ${title}`, async () => {
          const [actual, expected] = [
            await start(spec, count).gradientBy!(batch, BOUND),
            await start(spec, count, referenceEngine).gradientBy!(batch, BOUND),
          ];
          assertClose([actual.loss], [expected.loss], OUTPUT, 'loss');
          assertClose(actual.gradient, expected.gradient, GRADIENT, 'gradient');
          assertClose(actual.inputGradient, expected.inputGradient, GRADIENT, 'inputGradient');
        });
      }
    }

    it('fall by what their gradient says', async () => {
      const batch = randomBatch(deep, MSE, 9, new Rng(38));
      const program = start(deep, 9);
      const from = await program.getParameters();
      const { gradient } = await program.gradientBy!(batch, BOUND);
      const norm = Math.sqrt(Float64Array.from(gradient).reduce((sum, g) => sum + g * g, 0));
      const lossAt = async (step: number): Promise<number> => {
        program.setParameters(from.map((value, i) => value + (step * gradient[i]) / norm));
        return (await program.gradientBy!(batch, BOUND)).loss;
      };
      const slope = ((await lossAt(1e-2)) - (await lossAt(-1e-2))) / 2e-2;
      // The curvature's share of a step of 1e-2 is of the order of 1e-4, the rounding of float32 outputs of 1e-5.
      assertClose([slope], [norm], { rtol: 1e-2, atol: 0 }, 'slope');
    });

    it('lead down the same way as the same loss from inside, with dropout and clipping', async () => {
      const [inside, outside] = [start(deep, 16), start(deep, 16)];
      const rng = new Rng(33);
      for (let step = 0; step < 6; step++) {
        const batch = randomBatch(deep, MSE, 9 + step, rng);
        const update = { ...UPDATE, dropout: 0.2, dropoutSeed: step, clipNorm: 0.3 };
        inside.step(batch, update);
        outside.stepBy!(batch, squares(batch, deep.outputs), update);
      }
      assertClose([await outside.readLoss()], [await inside.readLoss()], { rtol: 1e-4, atol: 0 }, 'loss');
      assertClose(
        await outside.getParameters(),
        await inside.getParameters(),
        { rtol: 1e-3, atol: 1e-3 },
        'parameters',
      );
    });

    it('are told the outputs that predict says, in the order of the batch', async () => {
      const program = start(wide, 9);
      const batch = randomBatch(wide, MSE, 9, new Rng(34));
      let seen: ArrayLike<number> = [];
      program.stepBy!(
        batch,
        (outputs) => {
          seen = Array.from(outputs);
          return 0;
        },
        { ...UPDATE, learningRate: 0 },
      );
      const rows = batch.rows.subarray(batch.start, batch.start + batch.count);
      assertClose(seen, (await program.predict(batch.X, rows)).data, OUTPUT, 'outputs');
    });

    it('change nothing where they write no gradient', async () => {
      const program = start(deep, 9);
      const before = await program.getParameters();
      program.stepBy!(randomBatch(deep, MSE, 9, new Rng(35)), () => 5, { ...UPDATE, weightDecay: 0 });
      expect(await program.getParameters()).to.deep.equal(before);
      expect(await program.readLoss()).to.equal(5);
    });

    it('undo nothing and count nothing where they throw', async () => {
      const program = start(deep, 9);
      const before = await program.getParameters();
      const batch = randomBatch(deep, MSE, 9, new Rng(36));
      const fail: OutsideLoss = () => {
        throw new Error('no loss today');
      };
      expect(() => program.stepBy!(batch, fail, UPDATE)).to.throw('no loss today');
      expect(await program.getParameters()).to.deep.equal(before);
      expect(await program.readLoss()).to.be.NaN;
    });

    it('refuse a sample that does not fit', () => {
      const batch = randomBatch(wide, MSE, 9, new Rng(37));
      expect(() => start(wide, 4).stepBy!(batch, BOUND, UPDATE)).to.throw('step: count must be in [1, 4], got 9.');
    });
  });
}
