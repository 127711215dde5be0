import { expect } from 'chai';

import type { Matrix, SavedState } from '../../../src/core/index.js';
import { Rng } from '../../../src/core/index.js';
import type { Frame, Schema } from '../../../src/data/index.js';
import type { LrnnSpec } from '../../../src/engine/index.js';
import { parameterLayout, referenceEngine } from '../../../src/engine/index.js';
import { featuresOf } from '../../../src/explain/columns.js';
import { axisFunctions, exactForm } from '../../../src/explain/lrnn/curves.js';
import { neuronWeights, traceLrnn } from '../../../src/explain/lrnn/forward.js';
import { preparedFormulas } from '../../../src/explain/lrnn/prepared-formulas.js';
import { restoreModel } from '../../../src/models/index.js';
import { fitRecipe } from '../../../src/prepare/index.js';
import { exactView } from '../../../src/report/pages/model/exact-form.js';
import { lrnn, randomParameters } from '../../engine/support/networks.js';
import { categorical, date, frameOf, numeric } from '../../prepare/support/frames.js';

const ROWS = 60;
const rng = new Rng(4);
const CITIES = ['Rome', 'Oslo', 'a\tb\n# factors'];
const frame = frameOf(
  numeric(
    'age',
    Array.from({ length: ROWS }, (_, i) => (i % 7 === 0 ? NaN : 20 + 60 * rng.uniform())),
  ),
  numeric(
    'member',
    Array.from({ length: ROWS }, () => rng.integer(2)),
  ),
  categorical(
    'city',
    Array.from({ length: ROWS }, () => CITIES[rng.integer(3)]),
  ),
  categorical(
    'sex',
    Array.from({ length: ROWS }, () => (rng.integer(2) === 0 ? 'f' : 'm')),
  ),
  date(
    'when',
    Array.from({ length: ROWS }, () =>
      new Date(Date.UTC(2020 + rng.integer(4), rng.integer(12), 1 + rng.integer(28))).toISOString().slice(0, 10),
    ),
  ),
);
const y = Float32Array.from({ length: ROWS }, () => rng.normal());
const rows = Uint32Array.from({ length: ROWS }, (_, i) => i);
const { recipe } = fitRecipe('network', frame, { y, k: 1 }, rows, 1);
const base = { missingCount: 0, distinctCount: 3, reason: '' };
const schema: Schema = {
  version: 1,
  columns: [
    { name: 'age', kind: 'numeric', ...base },
    { name: 'member', kind: 'boolean', ...base, trueWords: ['yes'], falseWords: ['no'] },
    { name: 'city', kind: 'categorical', ...base, levels: CITIES },
    { name: 'sex', kind: 'categorical', ...base, levels: ['f', 'm'] },
    { name: 'when', kind: 'date', ...base },
  ] as Schema['columns'],
  target: { name: 'y', task: 'regression', reason: '', classes: [] },
  missingTokens: [],
};
const features = featuresOf(frame, schema);

function stateOf(spec: LrnnSpec, task: string): SavedState {
  const flat = randomParameters(spec, new Rng(3));
  const tensors: Record<string, Float32Array> = {};
  for (const { name, offset, size } of parameterLayout(spec).tensors) tensors[name] = flat.slice(offset, offset + size);
  const k = task === 'regression' ? 1 : Math.max(2, spec.outputs);
  const scaling = { task, k, mean: 250, scale: 40, low: 180, high: 320 };
  const report = { parameters: 1, bestStep: 1, curve: [], notes: [] };
  return { kind: 'lrnn', version: 1, json: { spec: spec as never, scaling, report }, tensors };
}

type Act = (u: number) => number;

/** A reader with nothing but the printed lines, and the prepared columns of a row. */
class Reader {
  private readonly sections = new Map<string, string[][]>();

  constructor(text: string) {
    let rows: string[][] = [];
    for (const line of text.split('\n')) {
      if (line.startsWith('# ')) this.sections.set(line.slice(2).split(':')[0], (rows = []));
      else rows.push(line.split('\t'));
    }
  }

  section(name: string): string[][] {
    return this.sections.get(name)!;
  }

  score(x: readonly number[], act: Act): number[] {
    const functions = this.keyed('functions');
    const factors = this.keyed('factors');
    const output = this.section('output');
    const of = (word: string) => output.filter(([key]) => key.startsWith(word)).map((row) => row.slice(1).map(Number));
    const [constant] = of('constant');
    const weights = of('neuron');
    const linear = of('column');
    const products = weights.map((_, l) =>
      x.reduce((product, value, j) => {
        const curve = functions(l + 1, j + 1);
        const [c, ...a] = factors(l + 1, j + 1);
        return product * a.reduce((f, own, h) => f + own * act(curve[h] * value + curve[a.length + h]), c);
      }, 1),
    );
    const m = products.reduce((sum, p) => sum + p, 0) / products.length;
    const s = Math.sqrt(products.reduce((sum, p) => sum + (p - m) ** 2, 0) / products.length + 1e-5);
    return constant.map(
      (start, o) =>
        start +
        products.reduce((sum, p, l) => sum + (weights[l][o] * (p - m)) / s, 0) +
        linear.reduce((sum, v, j) => sum + v[o] * x[j], 0),
    );
  }

  private keyed(name: string): (l: number, j: number) => number[] {
    const found = new Map(this.section(name).map(([l, j, ...rest]) => [`${l} ${j}`, rest.map(Number)]));
    return (l, j) => (found.get(`${l} ${j}`) ?? found.get(`* ${j}`))!;
  }
}

const ACTS: Readonly<Record<string, Act>> = {
  tanh: Math.tanh,
  sin: Math.sin,
  relu: (u) => Math.max(0, u),
  spder: (u) => Math.sin(u) * Math.sqrt(Math.abs(u)),
  silu: (u) => u / (1 + Math.exp(-u)),
};

function layerOf(state: SavedState, spec: LrnnSpec, table: Frame = frame) {
  const trace = traceLrnn(state, recipe.transform(table));
  return { state, spec, recipe, trace, frame: table, weights: neuronWeights(state, spec, trace, 0) };
}

const rowOf = (X: Matrix, i: number): number[] => Array.from(X.data.subarray(i * X.cols, (i + 1) * X.cols));

describe('the written form of a shallow LRNN', () => {
  const inputs = recipe.width;
  const CASES = [
    { task: 'regression', activation: 'tanh', sharing: 'basis', inputSkip: true, frontScale: true, outputs: 1 },
    { task: 'binary', activation: 'spder', sharing: 'neuron', inputSkip: false, frontScale: false, outputs: 1 },
    { task: 'multiclass', activation: 'silu', sharing: 'layer', inputSkip: true, frontScale: false, outputs: 3 },
    { task: 'regression', activation: 'relu', sharing: 'neuron', inputSkip: false, frontScale: true, outputs: 1 },
  ] as const;

  for (const { task, activation, sharing, outputs, ...flags } of CASES) {
    it(`gives the model's predictions from its printed numbers: ${task}, ${activation}, ${sharing}`, async () => {
      const spec = lrnn([{ projection: 'axis', sharing, activation, rank: 5 }], { inputs, outputs, ...flags });
      const state = stateOf(spec, task);
      const classes = task === 'regression' ? [] : task === 'binary' ? ['no', 'yes'] : ['a', 'b', 'c'];
      const form = exactForm(layerOf(state, spec), features);
      const { written } = exactView(form, classes);
      const reader = new Reader(written!);
      const X = recipe.transform(frame);
      const expected = await restoreModel(state, referenceEngine).predict(X);
      for (let i = 0; i < ROWS; i++) {
        const score = reader.score(rowOf(X, i), ACTS[activation]);
        if (form.bounds) {
          const [low, high] = form.bounds;
          expect(Math.min(high, Math.max(low, score[0]))).to.be.closeTo(expected.data[i], 4e-3, `row ${i}`);
        } else {
          const odds = classes.length === 2 ? [0, score[0]] : score;
          const all = odds.reduce((sum, own) => sum + Math.exp(own), 0);
          odds.forEach((own, c) =>
            expect(Math.exp(own) / all).to.be.closeTo(expected.data[i * expected.cols + c], 1e-4),
          );
        }
      }
      const shown = reader.section('example').find(([key]) => key === 'score')!;
      reader
        .score(rowOf(X, 0), ACTS[activation])
        .forEach((own, o) => expect(Number(shown[o + 1])).to.be.closeTo(own, 4e-3));
    });
  }

  it('says what comes of the score where a network says logarithms', async () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'basis', activation: 'tanh', rank: 5 }], { inputs, outputs: 1 });
    const plain = stateOf(spec, 'regression');
    const scaling = { task: 'regression', k: 1, mean: 0, scale: 40, low: 5, high: 900, link: 'log' };
    const state = { ...plain, json: { ...plain.json, scaling } };
    const form = exactForm(layerOf(state, spec), features);
    const { written, formulas } = exactView(form, []);
    expect(formulas).to.include('prediction = 40 e^score, not below 5 nor above 900');
    const X = recipe.transform(frame);
    const expected = await restoreModel(state, referenceEngine).predict(X);
    for (let i = 0; i < ROWS; i++) {
      const [score] = new Reader(written!).score(rowOf(X, i), ACTS['tanh']);
      const said = Math.min(900, Math.max(5, 40 * Math.exp(score)));
      expect(said / expected.data[i]).to.be.closeTo(1, 1e-3, `row ${i}`);
    }
  });

  it('keeps a line a line whatever stands in names and cells', () => {
    const spec = lrnn([{ projection: 'axis', rank: 3 }], { inputs });
    const { written } = exactForm(layerOf(stateOf(spec, 'regression'), spec), features);
    expect(new Reader(written!).section('columns').map(([, name]) => JSON.parse(name) as string)).to.deep.equal(
      recipe.names,
    );
  });

  it('is left out where it would be longer than a page should hold', () => {
    const spec = lrnn([{ projection: 'axis', rank: 600, hidden: 16 }], { inputs });
    const form = exactForm(layerOf(stateOf(spec, 'regression'), spec), features);
    expect(form.written).to.equal(null);
    expect(exactView(form, []).writtenLead).to.contain('lrnn export --format js');
  });

  it('draws the curves of the neurons that it lists', () => {
    const spec = lrnn([{ projection: 'axis', rank: 9 }], { inputs });
    const layer = layerOf(stateOf(spec, 'regression'), spec);
    const listed = exactForm(layer, features).neurons.map(({ neuron }) => neuron);
    for (const { curves } of axisFunctions(layer, features, listed)) {
      expect(curves.map(({ neuron }) => neuron)).to.deep.equal(listed);
    }
  });
});

describe('formulas of prepared columns', () => {
  const formulas = preparedFormulas(recipe, features);

  it('stand beside the names of the columns', () => {
    expect(formulas).to.have.length(recipe.width);
    const by = (name: string) => formulas[recipe.names.indexOf(name)];
    expect(by('age is missing')).to.equal('1 where missing, else 0');
    expect(by('city = Rome')).to.equal('1 for "Rome", else 0');
    expect(by('member')).to.match(/v = 1 for "yes", 0 for "no"$/);
    expect(by('when: month (cos)')).to.contain('cos(2 pi * (v - 1) / 12)');
  });

  it('give the prepared numbers and levels back', () => {
    const X = recipe.transform(frame);
    const clip = (u: number): number => u / Math.sqrt(1 + (u * u) / 9);
    const ages = (frame.columns[0] as ReturnType<typeof numeric>).values;
    const at = recipe.names.indexOf('age');
    const [, sign, centre, scale, fill] =
      /^clip\(\(v ([+-]) ([\d.]+)\) \* ([\d.e-]+)\); v = ([\d.]+) where missing$/.exec(formulas[at])!;
    for (let i = 0; i < ROWS; i++) {
      const v = Number.isNaN(ages[i]) ? Number(fill) : ages[i];
      const shifted = sign === '-' ? v - Number(centre) : v + Number(centre);
      expect(X.data[i * X.cols + at]).to.be.closeTo(clip(shifted * Number(scale)), 1e-5);
    }
    const sex = frame.columns[3] as ReturnType<typeof categorical>;
    const place = recipe.names.findIndex((name) => name.startsWith('sex'));
    const [, minus, plus] = /^-1 for "(.)", 1 for "(.)", else 0$/.exec(formulas[place])!;
    for (let i = 0; i < ROWS; i++) {
      expect(sex.levels[sex.codes[i]]).to.equal(X.data[i * X.cols + place] < 0 ? minus : plus);
    }
  });
});
