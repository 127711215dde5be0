/** @file An artefact says what the model says: native, ONNX in both runtimes and JavaScript, row by row. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import type { PredictorParts } from '../../src/automl/index.js';
import type { Task } from '../../src/core/index.js';
import type { FittedOptions, MemberRecipe } from '../support/fitted.js';
import { fittedParts, motley, motleyParts } from '../support/fitted.js';
import { expectParity, natively, troubledRows } from './support/parity.js';

const ROOT = resolve(import.meta.dirname, '../..');

const ALL: readonly MemberRecipe[] = [
  { family: 'lrnn', weight: 0.35 },
  { family: 'mlp', weight: 0.25 },
  { family: 'xgboost', weight: 0.05 },
  { family: 'gbdt', weight: 0.1 },
  { family: 'extratrees', weight: 0.1 },
  { family: 'knn', weight: 0.05 },
  { family: 'linear', weight: 0.05 },
  { family: 'dummy', weight: 0.05 },
];

/** Every form of network that a search may choose. */
const FORMS: readonly MemberRecipe[] = [
  ...['sin', 'spder', 'tanh', 'silu', 'relu'].map((activation): MemberRecipe => {
    return { family: 'lrnn', params: { activation, first: { projection: 'dense' }, inputSkip: false } };
  }),
  ...['neuron', 'basis', 'layer'].map((sharing): MemberRecipe => {
    const first = { projection: 'axis', rank: 5, hidden: 3, activation: 'sin' };
    return { family: 'lrnn', params: { sharing, first, depth: 3, frontScale: false, width: 2 } };
  }),
  { family: 'lrnn', params: { first: { projection: 'dense' }, depth: 1, sharing: 'layer' } },
  { family: 'mlp', params: { activation: 'silu', inputSkip: true, depth: 3 } },
  { family: 'mlp', params: { activation: 'tanh', frontScale: false, depth: 1 } },
  ...['tanh', 'sin'].map((activation): MemberRecipe => {
    const embedding = { form: 'basis', hidden: 3, activation };
    return { family: 'mlp', params: { embedding, inputSkip: activation === 'sin' } };
  }),
];

/** Every form of tree, alone and side by side: one number or several in a leaf, few rows or many in it. */
const TREES: readonly (readonly MemberRecipe[])[] = [
  [{ family: 'gbdt' }],
  [{ family: 'gbdt', params: { rounds: 1, leaves: 2, minRows: 40 } }],
  [{ family: 'extratrees' }],
  [
    { family: 'extratrees', params: { columns: 1, minLeaf: 20 } },
    { family: 'extratrees', params: { trees: 1, minLeaf: 1000 } },
  ],
  [
    { family: 'gbdt', params: { categories: 'native' } },
    { family: 'gbdt', params: { categories: 'encoded' } },
    { family: 'extratrees', params: { categories: 'native', columns: 1 } },
  ],
];

const TASKS: readonly Task[] = ['regression', 'binary', 'multiclass'];

const BUNDLED: readonly (Pick<FittedOptions, 'target'> & { readonly file: string })[] = [
  { file: 'penguins.csv', target: 'species' },
  { file: 'credit.csv', target: 'Status' },
  { file: 'car-prices.csv', target: 'Price' },
];

describe('artefacts predict what the model predicts', function () {
  this.timeout(60_000);

  for (const task of TASKS) {
    it(`${task}, with every kind of column and of model, on rows with gaps and unseen values`, async () => {
      await expectParity(await motleyParts(task, ALL), await troubledRows(motley(90, 11), 90, 5));
    });
  }

  it('of networks and straight lines that say the logarithms of counts', async () => {
    const csv = `a,b,y\n${Array.from({ length: 90 }, (_, i) => `${i % 7},${(i * 5) % 11},${(i % 7) * (i % 3)}`).join('\n')}\n`;
    const members: MemberRecipe[] = [
      { family: 'mlp', params: { loss: 'poisson' } },
      { family: 'linear', params: { loss: 'poisson' } },
      { family: 'mlp', params: { loss: 'absolute' } },
      { family: 'lrnn', params: { loss: 'tweedie', shape: 1.3 } },
      { family: 'lrnn', params: { loss: 'quantile', shape: 0.8 } },
    ];
    const parts = await fittedParts({ csv, target: 'y', task: 'regression', members });
    await expectParity(parts, [
      { a: 3, b: 4 },
      { a: 9, b: 0 },
      { a: '', b: 20 },
    ]);
  });

  it('of models of a changed target, also within quantiles', async () => {
    const csv = `a,b,y\n${Array.from({ length: 120 }, (_, i) => `${i % 7},${(i * 5) % 11},${Math.exp((i % 7) + (i % 3))}`).join('\n')}\n`;
    const members = ['linear', 'gbdt', 'mlp', 'knn'].map((family, i): MemberRecipe => {
      return { family: family as 'linear', params: { targetTransform: i % 2 ? 'quantile-normal' : 'log1p' } };
    });
    const rows = [
      { a: 3, b: 4 },
      { a: 99, b: -50 },
      { a: '', b: 20 },
    ];
    await expectParity(await fittedParts({ csv, target: 'y', task: 'regression', members }), rows);
  });

  it('in every form of network', async () => {
    const rows = await troubledRows(motley(40, 12), 40, 6);
    for (const form of FORMS) await expectParity(await motleyParts('regression', [form]), rows);
  });

  for (const task of TASKS) {
    it(`${task}, in every form of tree`, async () => {
      const rows = await troubledRows(motley(40, 12), 40, 6);
      for (const form of TREES) await expectParity(await motleyParts(task, form), rows);
    });
  }

  for (const { file, target } of BUNDLED) {
    it(`on ${file}: the ensemble and each family`, async () => {
      const csv = readFileSync(join(ROOT, 'datasets', file), 'utf8')
        .split('\n')
        .slice(0, 401)
        .join('\n');
      const whole = await fittedParts({ csv, target, members: ALL });
      const rows = await troubledRows(csv, 60, 3);
      await expectParity(whole, rows);
      for (const member of whole.members) {
        await expectParity({ ...whole, name: member.name, members: [{ ...member, weight: 1 }] }, rows);
      }
    });
  }

  it('with calibrated probabilities and a threshold', async () => {
    const rows = await troubledRows(motley(60, 13), 60, 7);
    const binary = await motleyParts('binary', ALL);
    const line = { method: 'isotonic', x: [0, 0.4, 0.45, 1], y: [0.01, 0.1, 0.7, 0.95] } as const;
    await expectParity({ ...binary, calibration: line, threshold: 0.3 }, rows);
    await expectParity({ ...binary, calibration: { method: 'temperature', temperature: 2.5 }, threshold: 0.61 }, rows);
    const costs = (k: number) =>
      Array.from({ length: k }, (_, c) => Array.from({ length: k }, (__, d) => (3 * c + 5 * d) % 7));
    await expectParity({ ...binary, calibration: line, costs: costs(2) }, rows);
    await expectParity({ ...(await motleyParts('multiclass', ALL)), costs: costs(3) }, rows);
    const many = await motleyParts('multiclass', ALL);
    await expectParity({ ...many, calibration: { method: 'temperature', temperature: 0.4 } }, rows);
  });

  it('stacked, with weights that do not sum to 1, alone and below a calibration', async () => {
    const rows = await troubledRows(motley(60, 14), 60, 8);
    const weigh = (parts: PredictorParts) => {
      const weights = [0.7, 0.45, 0.3, 0.15, 0.1, 0.05, 0.2, 0];
      return { ...parts, members: parts.members.map((member, m) => ({ ...member, weight: weights[m] })) };
    };
    const numbers = weigh(await motleyParts('regression', ALL));
    const stacked: PredictorParts = { ...numbers, combine: { method: 'sum', offset: -7.25 } };
    await expectParity(stacked, rows);
    expect((await natively(stacked, rows)).numbers).not.to.deep.equal((await natively(numbers, rows)).numbers);
    const binary: PredictorParts = { ...weigh(await motleyParts('binary', ALL)), combine: { method: 'softmax' } };
    await expectParity(binary, rows);
    const line = { method: 'isotonic', x: [0, 0.4, 0.45, 1], y: [0.01, 0.1, 0.7, 0.95] } as const;
    await expectParity({ ...binary, calibration: line, threshold: 0.3 }, rows);
    const many: PredictorParts = { ...weigh(await motleyParts('multiclass', ALL)), combine: { method: 'softmax' } };
    await expectParity(many, rows);
    await expectParity({ ...many, calibration: { method: 'temperature', temperature: 0.8 } }, rows);
    await expectParity({ ...many, members: many.members.slice(0, 1) }, rows);
  });

  it('on cells of their own type, and on a table without most columns', async () => {
    const parts = await motleyParts('binary', ALL);
    const rows = [
      { age: 40, 'größe, cm': 171.5, price: 123456n, member: true, zip: 'Z3', joined: new Date(Date.UTC(2020, 1, 29)) },
      { age: true, member: 0, city: 7, joined: 1.6e12, note: 12 },
      { age: NaN, member: null, city: undefined, joined: new Date(NaN), 'year ms': 1e21 },
      { unknown: 1 },
    ];
    await expectParity(parts, rows);
    await expectParity(parts, [{ city: 'Oslo' }, { city: 'Rome' }]);
  });

  it('where nothing varies, and where ports would have one name', async () => {
    const csv = `a,label,_x\n${Array.from({ length: 60 }, (_, i) => `${i % 2},${i % 3},${(i * 7) % 11}`).join('\n')}\n`;
    const members: readonly MemberRecipe[] = [{ family: 'xgboost', params: { rounds: 3 } }, { family: 'dummy' }];
    const parts = await fittedParts({ csv, target: 'a', task: 'binary', members });
    await expectParity(parts, [
      { label: 1, _x: 3 },
      { label: '', _x: 10 },
    ]);
    const blank = { version: 1, kind: 'network', columns: [] };
    const lone = await fittedParts({ csv, target: 'a', task: 'binary', members: [{ family: 'dummy' }] });
    const [member] = lone.members;
    const folds = member.folds.map((fold) => ({
      ...fold,
      state: { ...fold.state, json: { ...fold.state.json, columns: 1 } },
    }));
    const recipes = { 'network/0': blank, 'network/1': blank };
    await expectParity({ ...lone, recipes, members: [{ ...member, folds }] }, [{ label: 1 }, { _x: 2 }]);
  });
});
