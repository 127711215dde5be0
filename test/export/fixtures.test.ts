/** @file Model files of every version that was ever written: they load, and predict what they predicted then. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { decidedClass } from '../../src/evaluate/index.js';
import type { Prediction } from '../../src/run/index.js';
import { loadModel, loadTargets } from '../../src/run/index.js';
import { openBundle } from '../../src/run/predict/bundle.js';
import { assertClose } from '../support/close.js';

const FOLDER = join(import.meta.dirname, 'fixtures');
/** Kernels of another processor may round otherwise in the last bits. */
const TOLERANCE = { rtol: 1e-5, atol: 1e-6 };

interface Fixture {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly expected: readonly Prediction[];
}

function expectedOf(path: string): readonly Prediction[] {
  return (JSON.parse(readFileSync(path.replace('.safetensors', '.json'), 'utf8')) as Fixture).expected;
}

function levelsOf(json: unknown): string[] {
  return (json as { readonly models: readonly { readonly kind: string }[] }).models.map(({ kind }) => kind);
}

describe('model files of earlier versions', () => {
  const all = readdirSync(FOLDER).filter((name) => name.endsWith('.safetensors'));
  const files = all.filter((name) => !name.endsWith('-targets.safetensors'));

  it('are kept for each version and task', () => {
    const tasks = ['regression', 'binary', 'multiclass'];
    for (const version of [
      'v1',
      'v2',
      'v2-ranges',
      'v3',
      'v4',
      'v5',
      'v6-trees',
      'v7-packed',
      'v8',
      'v11-basis',
      'v12-ordinals',
    ]) {
      expect(files).to.include.members(tasks.map((task) => `model-${version}-${task}.safetensors`));
    }
    // What came with it concerns numbers alone.
    expect(files).to.include('model-v10-logarithms-regression.safetensors');
    expect(files).to.include('model-v13-exposure-regression.safetensors');
    expect(files).to.include('model-v14-quantiles-regression.safetensors');
    expect(files).to.include('model-v15-changed-regression.safetensors');
  });

  it('of version 14 are a model for each quantile, which never cross', async () => {
    const path = join(FOLDER, 'model-v14-quantiles-regression.safetensors');
    const { predictor } = await openBundle(path);
    const { schema, members } = predictor.parts;
    predictor.dispose();
    expect(schema.target).to.deep.include({ aim: 'quantile', quantiles: [0.1, 0.5, 0.9] });
    const kinds = members.map(({ folds }) => folds[0].state).map(({ kind, json }) => [kind, levelsOf(json)]);
    const three = (kind: string) => [kind, kind, kind];
    expect(kinds).to.deep.equal(['gbdt', 'mlp', 'lrnn', 'dummy'].map((kind) => ['quantiles', three(kind)]));
    for (const { quantiles, prediction } of expectedOf(path)) {
      const values = Object.values(quantiles!);
      expect(values).to.have.length(3);
      expect(values).to.deep.equal([...values].sort((a, b) => a - b));
      expect(prediction).to.equal(quantiles!['0.5']);
    }
  });

  it('of version 13 count for the exposure of each row, and refuse one without', async () => {
    const path = join(FOLDER, 'model-v13-exposure-regression.safetensors');
    const model = await loadModel(path);
    const row = { age: '44', city: 'Oslo' };
    const [once, often] = await model.predict([
      { ...row, units: 1 },
      { ...row, units: '24' },
    ]);
    expect(often.prediction).to.be.closeTo(24 * Number(once.prediction), 1e-4 * Number(often.prediction));
    const error = await model.predict([row]).catch((reason: Error) => reason.message);
    expect(error).to.match(/^exposure: every row must have a number above 0 in "units"/);
    model.dispose();
  });

  it('of versions 12 and 15 have straight lines that say logarithms, and models of a changed target', async () => {
    const { predictor } = await openBundle(join(FOLDER, 'model-v15-changed-regression.safetensors'));
    const states = predictor.parts.members.map(({ folds }) => folds[0].state);
    predictor.dispose();
    expect(states.map(({ kind }) => kind)).to.deep.equal(['transformed', 'transformed', 'linear']);
    const kinds = states.map(
      ({ json }) => (json as { readonly transform?: { readonly kind: string } }).transform?.kind,
    );
    expect(kinds).to.deep.equal(['log1p', 'line', undefined]);
    expect((states[2].json as { readonly scaling?: object }).scaling).to.include({ link: 'log' });
  });

  it('of version 12 have levels in an order', async () => {
    const { predictor } = await openBundle(join(FOLDER, 'model-v12-ordinals-multiclass.safetensors'));
    const [grade, span] = predictor.parts.schema.columns;
    expect(grade).to.deep.include({ kind: 'ordinal', levels: ['poor', 'fair', 'good', 'Good', 'excellent'] });
    expect(span).to.deep.include({ kind: 'ordinal', ranks: [0, 1, 2, 3], gaps: ['unknown'] });
  });

  it('of version 11 have MLPs that see functions of columns', async () => {
    const { predictor } = await openBundle(join(FOLDER, 'model-v11-basis-multiclass.safetensors'));
    const bases = predictor.parts.members.map(({ folds }) => {
      const { spec } = folds[0].state.json as {
        readonly spec?: { readonly layers: readonly { readonly basis?: object }[] };
      };
      return spec?.layers[0].basis;
    });
    expect(bases).to.deep.equal([{ hidden: 3, activation: 'tanh' }, { hidden: 2, activation: 'sin' }, undefined]);
  });

  it('of version 10 have networks that say logarithms', async () => {
    const { predictor } = await openBundle(join(FOLDER, 'model-v10-logarithms-regression.safetensors'));
    const ways = predictor.parts.members.map(({ family, folds }) => {
      const { scaling = {} } = folds[0].state.json as { readonly scaling?: { readonly link?: string } };
      return [family, scaling.link];
    });
    expect(ways).to.deep.equal([
      ['mlp', 'log'],
      ['lrnn', 'log'],
      ['dummy', undefined],
    ]);
  });

  it('of version 7 have packed trees with and without sets, vectors where there are classes, and logarithms', async () => {
    const said: Record<string, unknown> = {};
    for (const task of ['regression', 'binary', 'multiclass']) {
      const { predictor } = await openBundle(join(FOLDER, `model-v7-packed-${task}.safetensors`));
      const states = predictor.parts.members.flatMap(({ folds }) => folds.map(({ state }) => state));
      const packed = states.filter(({ tensors }) => 'codes' in tensors);
      const has = (name: string) => new Set(packed.map(({ tensors }) => name in tensors));
      const links = states.flatMap(({ json }) => (json as { link?: string }).link ?? []);
      said[task] = { sets: [...has('sets')], vectors: [...has('vectors')], links };
    }
    expect(said).to.deep.equal({
      regression: { sets: [true, false], vectors: [false], links: ['log', 'log'] },
      binary: { sets: [true, false], vectors: [false], links: [] },
      multiclass: { sets: [true, false], vectors: [true], links: [] },
    });
  });

  it('of version 9 decide by what that costs', async () => {
    for (const task of ['binary', 'multiclass']) {
      const path = join(FOLDER, `model-v9-costs-${task}.safetensors`);
      const { predictor } = await openBundle(path);
      const { schema, costs } = predictor.parts;
      predictor.dispose();
      const { expected } = JSON.parse(readFileSync(path.replace('.safetensors', '.json'), 'utf8')) as Fixture;
      for (const { prediction, probabilities } of expected) {
        const row = schema.target.classes.map((name) => probabilities![name]);
        expect(prediction).to.equal(schema.target.classes[decidedClass(row, { costs })]);
      }
    }
  });

  it('of version 16 have a model of each of several targets', async () => {
    const file = 'model-v16-targets.safetensors';
    expect(all).to.include(file);
    const { rows, expected } = JSON.parse(
      readFileSync(join(FOLDER, file.replace('.safetensors', '.json')), 'utf8'),
    ) as { rows: Fixture['rows']; expected: readonly Readonly<Record<string, Prediction>>[] };
    const models = await loadTargets(join(FOLDER, file));
    const found = await models.predict(rows);
    const [price, churned] = models.targets;
    models.dispose();
    assertClose(
      found.map((row) => row[price].prediction as number),
      expected.map((row) => row[price].prediction as number),
      TOLERANCE,
    );
    const numbers = (row: Readonly<Record<string, Prediction>>) => Object.values(row[churned].probabilities!);
    assertClose(found.flatMap(numbers), expected.flatMap(numbers), TOLERANCE);
    expect(found.map((row) => row[churned].prediction)).to.deep.equal(expected.map((row) => row[churned].prediction));
  });

  for (const file of files) {
    it(`load and predict as on the day they were written: ${file}`, async () => {
      const { rows, expected } = JSON.parse(
        readFileSync(join(FOLDER, file.replace('.safetensors', '.json')), 'utf8'),
      ) as Fixture;
      const model = await loadModel(join(FOLDER, file));
      const found = await model.predict(rows);
      model.dispose();
      const numbers = (list: readonly Prediction[]) =>
        list.flatMap(({ prediction, probabilities, quantiles }) =>
          Object.values(probabilities ?? quantiles ?? [prediction as number]),
        );
      assertClose(numbers(found), numbers(expected), TOLERANCE);
      const words = (list: readonly Prediction[]) => list.map(({ prediction }) => typeof prediction);
      expect(words(found)).to.deep.equal(words(expected));
    });
  }
});
