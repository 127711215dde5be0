import { expect } from 'chai';
import fc from 'fast-check';

import type { JsonObject, SavedState } from '../../src/core/index.js';
import { allRows, matrixFrom, Rng } from '../../src/core/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import type { DataSize } from '../../src/models/entry.js';
import { changedBy, transformSpace, withTransforms } from '../../src/models/entry.js';
import type { Estimator, FitContext, Sample, TransformName } from '../../src/models/index.js';
import {
  catalogEntry,
  estimatorFor,
  linear,
  restoreModel,
  transformed,
  transformFrom,
} from '../../src/models/index.js';
import { fitTransform, slopeAt } from '../../src/models/transform.js';
import { hasLongTail } from '../../src/run/fit/search-plan.js';
import { assertClose } from '../support/close.js';
import { seeded } from '../support/seed.js';

const NAMES: readonly TransformName[] = ['log1p', 'quantile-normal'];
const context = { task: 'regression', k: 1, seed: 3, engine: wasmEngine } as const;
const sampleOf = (y: readonly number[], x = y.map((_, i) => i)): Sample => ({
  X: matrixFrom(x.map((value) => [value])),
  y: Float32Array.from(y),
  rows: allRows(y.length),
});

/** y = exp(x + noise): straight lines are right once logarithms are taken. */
function skewed(n: number, seed = 5): Sample {
  const rng = new Rng(seed);
  const x = Array.from({ length: n }, () => 3 * rng.uniform());
  return sampleOf(
    x.map((value) => 1000 * Math.exp(value + 0.5 * rng.normal())),
    x,
  );
}

describe('changes of a target', () => {
  it('bring every number in the range of the sample back, and rise', () => {
    const targets = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 300 });
    fc.assert(
      fc.property(targets, (y) => {
        const sample = sampleOf(y);
        const largest = Math.max(...sample.y);
        const { there, back } = fitTransform('log1p', sample);
        Float64Array.from(there(sample.y), back).forEach((value, i) => {
          expect(Math.abs(value - sample.y[i])).to.be.at.most(1e-5 * (largest + sample.y[i]) + 1e-9);
        });
        const line = fitTransform('quantile-normal', sample);
        const sorted = Float32Array.from(sample.y).sort();
        const scores = line.there(sorted);
        for (let i = 1; i < scores.length; i++) expect(scores[i]).to.be.at.least(scores[i - 1]);
      }),
      seeded(),
    );
  });

  it('give quantiles the scores of a normal distribution', () => {
    const y = Array.from({ length: 2001 }, (_, i) => Math.exp(i / 300));
    const { there, back } = fitTransform('quantile-normal', sampleOf(y));
    // The median and the quantiles at one and two standard deviations.
    const at = (p: number) => y[Math.round(2000 * p)];
    assertClose(there(Float32Array.of(at(0.5), at(0.841345), at(0.158655), at(0.97725))), [0, 1, -1, 2], {
      rtol: 0.01,
      atol: 0.01,
    });
    expect(back(1)).to.be.closeTo(at(0.841345), 0.01 * at(0.841345));
    expect([back(-99), back(99)]).to.deep.equal([back(-2.9), back(2.9)]);
  });

  it('take equal and nearly constant targets, and say how steep the way back is', () => {
    const many = fitTransform('quantile-normal', sampleOf([...new Array<number>(50).fill(0), 5, 7]));
    expect(many.back(many.there(Float32Array.of(0))[0])).to.be.closeTo(0, 1e-6);
    const same = fitTransform('quantile-normal', sampleOf([3, 3, 3]));
    expect(same.back(same.there(Float32Array.of(3))[0])).to.equal(3);
    expect(slopeAt(fitTransform('log1p', sampleOf([100, 300])), 999)).to.be.closeTo(1000, 1);
    expect(() => fitTransform('log1p', sampleOf([1, -0.5]))).to.throw(
      'targetTransform: log1p needs targets of 0 or more, got -0.5',
    );
  });

  it('are refused from a file that says none', () => {
    for (const json of [
      {},
      { kind: 'log1p', unit: 0 },
      { kind: 'line', x: [0, 0], y: [1, 2] },
      { kind: 'line', x: [0], y: [1] },
      { kind: 'line', x: [0, 1], y: [1, 2, 3] },
    ]) {
      expect(() => transformFrom(json), JSON.stringify(json)).to.throw('transformed.restore: ');
    }
  });
});

describe('a model of a changed target', () => {
  const rmse = (said: ArrayLike<number>, y: Float32Array) =>
    Math.sqrt(y.reduce((sum, value, i) => sum + (value - said[i]) ** 2 / y.length, 0));
  const mae = (said: ArrayLike<number>, y: Float32Array) =>
    y.reduce((sum, value, i) => sum + Math.abs(value - said[i]) / y.length, 0);

  it('errs less where the target is exponential, by absolute and by squared errors', async () => {
    const [train, validation, test] = [skewed(400), skewed(150, 6), skewed(600, 7)];
    const by = async (metric: string, name?: TransformName) => {
      const plain = linear();
      const model = await (name ? transformed(plain, name) : plain).fit(train, { ...context, metric, validation });
      return (await model.predict(test.X)).data;
    };
    for (const name of NAMES) {
      expect(mae(await by('mae', name), test.y), name).to.be.below(0.9 * mae(await by('mae'), test.y));
    }
    expect(rmse(await by('rmse', 'log1p'), test.y)).to.be.below(rmse(await by('rmse'), test.y));
  });

  it('says less than the median where errors count in parts of the target, by the factor that makes them least', async () => {
    const [train, validation, test] = [skewed(400), skewed(300, 6), skewed(2000, 7)];
    const estimator = estimatorFor('gbdt', { loss: 'mape', rounds: 40, targetTransform: 'log1p' });
    const model = await estimator.fit(train, { ...context, metric: 'mape', validation });
    const { stretch } = model.save().json as unknown as { readonly stretch: number };
    // Of a noise of 0.5 in logarithms the weighted median is exp(-0.25) = 0.78 of the median; the fit has a part of that from its weights.
    expect(stretch).to.be.within(0.6, 0.97);
    const { data } = await model.predict(test.X);
    const mape = (factor: number) =>
      test.y.reduce((sum, y, i) => sum + Math.abs(factor * data[i] - y) / y / test.y.length, 0);
    expect(mape(1)).to.be.below(0.99 * mape(1 / stretch));
    expect(mape(1)).to.be.below(1.02 * Math.min(...[0.7, 0.8, 0.9, 1.1].map(mape)));
  });

  it('is trained and judged by errors in parts of the target, and by logarithms, where these are asked for', async () => {
    const [train, own] = [skewed(60), skewed(40, 6)];
    const { weights: before, ...validation } = { ...own, weights: own.y.map((_, i) => 1 + (i % 3)) };
    for (const name of NAMES) {
      const { there, back } = fitTransform(name, train);
      // What a small error of the changed target is, in what the metric counts.
      const step = (metric: string, y: number) => {
        const to = back(there(Float32Array.of(y))[0] + 0.05) - back(there(Float32Array.of(y))[0] - 0.05);
        return metric === 'mape' ? to / y : (to / (1 + y)) ** 2;
      };
      const holds = (metric: string, { y, weights }: Sample, given: Sample) => {
        expect(y, name).to.deep.equal(there(given.y));
        const wanted = Array.from(given.y, (value, i) => (given.weights?.[i] ?? 1) * step(metric, value));
        const [sum, total] = [wanted.reduce((a, b) => a + b), given.weights?.reduce((a, b) => a + b) ?? given.y.length];
        assertClose(
          weights!,
          wanted.map((value) => (value * total) / sum),
          { rtol: 1e-4, atol: 1e-6 },
        );
      };
      for (const [metric, inside] of [
        ['mape', 'mae'],
        ['rmsle', 'rmse'],
      ]) {
        const judged = { ...validation, weights: before };
        const seen = await fitsOf((made) =>
          transformed(made, name).fit(train, { ...context, metric, validation: judged }),
        );
        expect([seen.ctx.metric, seen.train.weights]).to.deep.equal([inside, undefined]);
        holds(metric, seen.ctx.validation!, judged);
      }
      const parts = await fitsOf((made) => transformed(made, name, true).fit(train, { ...context, metric: 'mape' }));
      holds('mape', parts.train, train);
    }
  });

  it('errs in parts of the target about as little as trees of the target itself, whatever change it is', async () => {
    const [train, validation, test] = [skewed(300), skewed(100, 6), skewed(600, 7)];
    const by = async (targetTransform: string, loss: string) => {
      const made = estimatorFor('gbdt', { rounds: 60, loss, targetTransform });
      const model = await made.fit(train, { ...context, metric: 'mape', validation });
      const { data } = await model.predict(test.X);
      return test.y.reduce((sum, value, i) => sum + Math.abs(value - data[i]) / value / test.y.length, 0);
    };
    const plain = await by('none', 'absolute');
    // Parts of normal scores, which cross 0, made it more than a third worse.
    for (const name of NAMES) {
      for (const loss of ['mape', 'squared']) {
        expect(await by(name, loss), `${name} ${loss}`).to.be.below(1.15 * plain);
      }
    }
  });

  it('is stretched to the mean for metrics of means, and for no other', async () => {
    const [train, validation] = [skewed(400), skewed(400, 6)];
    const mean = async (metric: string) => {
      const model = await transformed(linear(), 'log1p').fit(train, { ...context, metric, validation });
      const { data } = await model.predict(validation.X);
      return data.reduce((sum, value) => sum + value, 0) / validation.y.reduce((sum, value) => sum + value, 0);
    };
    // Half a standard deviation of noise in logarithms makes the mean exp(1/8) of the median.
    expect(await mean('mae')).to.be.closeTo(Math.exp(-1 / 8), 0.05);
    expect(await mean('rmse')).to.be.closeTo(1, 0.05);
  });

  it('keeps to the targets that were seen, and survives a file to the bit, for every family', async () => {
    const small: Readonly<Record<string, JsonObject>> = {
      gbdt: { rounds: 5 },
      mlp: { epochs: 1, width: 4 },
      linear: {},
      knn: {},
    };
    const train = skewed(80);
    const [low, high] = [Math.min(...train.y), Math.max(...train.y)];
    const rows = matrixFrom([[-50], [0.3], [2.9], [400]]);
    for (const name of NAMES) {
      for (const family of ['gbdt', 'mlp', 'linear', 'knn'] as const) {
        const made = estimatorFor(family, { ...small[family], targetTransform: name });
        const model = await made.fit(train, { ...context, validation: skewed(40, 9), keepSteps: true });
        const { data } = await model.predict(rows);
        for (const value of data) expect(value, family).to.be.within(Math.fround(low), Math.fround(high));
        const { json, ...rest } = model.save();
        const read = { ...rest, json: JSON.parse(JSON.stringify(json)) as SavedState['json'] };
        const restored = restoreModel(read, wasmEngine);
        expect((await restored.predict(rows)).data, family).to.deep.equal(data);
        for (const { data: said } of model.steps?.predictions ?? []) expect(Math.max(...said)).to.be.above(100);
        [model, restored].forEach((one) => one.dispose());
      }
    }
  });

  it('is none of classes, and changes a target once', async () => {
    const classes = estimatorFor('gbdt', { targetTransform: 'log1p' }).fit(
      { ...skewed(20), y: new Float32Array(20) },
      { ...context, task: 'binary', k: 2 },
    );
    expect(await classes.catch(String)).to.contain('targetTransform must be none where classes are predicted');
    expect(() => estimatorFor('linear', { targetTransform: 'sqrt' })).to.throw(
      'targetTransform: must be one of none, log1p, quantile-normal',
    );
    const model = await transformed(linear(), 'log1p').fit(skewed(20), context);
    const state = model.save();
    const twice = { ...state, json: { ...state.json, model: { kind: 'transformed', version: 1, json: {} } } };
    expect(() => restoreModel(twice, wasmEngine)).to.throw('a target must be changed once');
  });
});

/** What an estimator inside is given to fit. */
async function fitsOf(fit: (made: Estimator) => Promise<unknown>): Promise<{ train: Sample; ctx: FitContext }> {
  let seen: { train: Sample; ctx: FitContext } | undefined;
  const inner = linear();
  await fit({
    ...inner,
    fit: (train, ctx) => {
      seen = { train, ctx };
      return inner.fit(train, ctx);
    },
  });
  return seen!;
}

describe('portfolios and spaces of skewed targets', () => {
  const size: DataSize = { n: 900, d: 5, k: 1, isSkewed: true };

  it('try a logarithm by squared errors, else third or last, and in all where the metric is one of logarithms', () => {
    const of = (more: Partial<DataSize>) =>
      withTransforms({ ...size, ...more }, [{}, {}, {}]).map(({ targetTransform }) => targetTransform);
    expect(of({})).to.deep.equal(['none', 'none', 'log1p']);
    const mixed = withTransforms({ ...size, metric: 'mae' }, [{}, { loss: 'squared' }, {}]);
    expect(mixed.map(({ targetTransform }) => targetTransform)).to.deep.equal(['none', 'log1p', 'none']);
    expect(of({ metric: 'rmsle' })).to.deep.equal(['log1p', 'log1p', 'log1p']);
    const alone = (metric: string) => withTransforms({ ...size, metric }, [{}])[0]['targetTransform'];
    expect(['mae', 'rmsle', 'rmse', 'r2'].map(alone)).to.deep.equal(['log1p', 'log1p', 'none', 'none']);
    for (const family of ['linear', 'gbdt', 'mlp', 'lrnn'] as const) {
      const { portfolio, space } = catalogEntry(family);
      expect(
        portfolio({ ...size, metric: 'mae' }).some(({ targetTransform }) => targetTransform === 'log1p'),
        family,
      ).to.equal(true);
      expect(space!(size)).to.have.property('targetTransform');
    }
  });

  it('leave other targets, classes, and metrics with losses of their own as they were', () => {
    for (const more of [
      { isSkewed: false },
      { k: 3 },
      { metric: 'poisson_deviance' },
      { metric: 'pinball_0.9' },
    ] as const) {
      expect(
        [changedBy({ ...size, ...more }, 'log1p'), transformSpace({ ...size, ...more })],
        JSON.stringify(more),
      ).to.deep.equal([{}, {}]);
    }
  });

  it('look for a long tail that a logarithm shortens, among the rows given', () => {
    const tail = skewed(200).y;
    expect(hasLongTail(tail, allRows(200))).to.equal(true);
    expect(
      hasLongTail(
        tail.map((value) => value / 1e6),
        allRows(200),
      ),
    ).to.equal(true);
    expect(
      hasLongTail(
        tail.map((value) => -value),
        allRows(200),
      ),
    ).to.equal(false);
    expect(hasLongTail(tail.map(Math.log), allRows(200))).to.equal(false);
    expect(hasLongTail(new Float32Array(200).fill(3), allRows(200))).to.equal(false);
    expect(hasLongTail(tail, allRows(10))).to.equal(false);
  });
});
