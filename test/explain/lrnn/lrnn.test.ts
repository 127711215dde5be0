import { expect } from 'chai';

import type { SavedState } from '../../../src/core/index.js';
import { Rng } from '../../../src/core/index.js';
import type { Schema } from '../../../src/data/index.js';
import type { LrnnSpec } from '../../../src/engine/index.js';
import { parameterLayout, referenceEngine } from '../../../src/engine/index.js';
import { featuresOf } from '../../../src/explain/columns.js';
import { axisFunctions, denseFunctions, exactForm } from '../../../src/explain/lrnn/curves.js';
import { lrnnSpecOf, neuronWeights, traceLrnn } from '../../../src/explain/lrnn/forward.js';
import { columnRelevance, pairRelevance } from '../../../src/explain/lrnn/interactions.js';
import { layerSize } from '../../../src/explain/lrnn/sizes.js';
import { fitRecipe } from '../../../src/prepare/index.js';
import { lrnn, MSE, randomMatrix, randomParameters } from '../../engine/support/networks.js';
import { categorical, frameOf, numeric } from '../../prepare/support/frames.js';
import { assertClose } from '../../support/close.js';

function stateOf(spec: LrnnSpec, seed = 1): { state: SavedState; flat: Float32Array } {
  const flat = randomParameters(spec, new Rng(seed));
  const tensors: Record<string, Float32Array> = {};
  for (const { name, offset, size } of parameterLayout(spec).tensors) tensors[name] = flat.slice(offset, offset + size);
  const scaling = { task: 'regression', k: 1, mean: 250, scale: 40, low: 100, high: 400 };
  const report = { parameters: 1, bestStep: 1, curve: [], notes: [] };
  return { state: { kind: 'lrnn', version: 1, json: { spec: spec as never, scaling, report }, tensors }, flat };
}

const AXIS = { projection: 'axis', sharing: 'basis' } as const;

const NETWORKS: Readonly<Record<string, LrnnSpec>> = {
  'one axis layer': lrnn([{ ...AXIS, activation: 'tanh' }], { inputSkip: true, frontScale: true }),
  'one dense layer of its own functions': lrnn([{ sharing: 'neuron', activation: 'spder' }], { outputs: 3 }),
  'axis, then dense of one shared function': lrnn([AXIS, { sharing: 'layer', activation: 'silu' }], {
    inputSkip: true,
  }),
  'three layers': lrnn([{ activation: 'relu' }, { sharing: 'basis' }, { width: 1 }], { frontScale: true, outputs: 2 }),
};

describe('traceLrnn', () => {
  for (const [name, spec] of Object.entries(NETWORKS)) {
    it(`computes what the engine computes: ${name}`, async () => {
      const { state, flat } = stateOf(spec);
      const X = randomMatrix(17, spec.inputs, new Rng(2));
      const program = referenceEngine.compile(spec, { loss: MSE, batchSize: 17 });
      program.setParameters(flat);
      const expected = await program.predict(X);
      assertClose(traceLrnn(state, X).output, expected.data, { rtol: 1e-5, atol: 1e-5 }, name);
    });
  }

  it('knows an LRNN from other models', () => {
    expect(lrnnSpecOf({ kind: 'mlp', version: 1, json: { spec: { kind: 'mlp' } }, tensors: {} })).to.equal(null);
    expect(lrnnSpecOf({ kind: 'dummy', version: 1, json: {}, tensors: {} })).to.equal(null);
  });
});

describe('layerSize', () => {
  const layer = (rank: number, width: number, output: number[], factors: number[]) => ({
    rank,
    width,
    input: new Float64Array(0),
    z: new Float64Array(0),
    factors: Float64Array.from(factors),
    output: Float64Array.from(output),
  });

  it('counts neurons that always agree once, and factors that do not move not at all', () => {
    const rows = [1, -1, 2, -2];
    const twins = rows.flatMap((v) => [v, 2 * v]);
    const still = rows.flatMap((v) => [v, 1, 1, 1]);
    const size = layerSize({ rows: 4, layers: [layer(2, 2, twins, still)], output: new Float64Array(0) }, 0, [1, 0]);
    expect(size.effectiveRank).to.be.closeTo(1, 1e-12);
    expect(size.effectiveWidth).to.be.closeTo(1, 1e-12);
  });

  it('counts what is equal and independent in full', () => {
    const free = [1, 1, 1, -1, -1, 1, -1, -1];
    const size = layerSize({ rows: 4, layers: [layer(2, 1, free, free)], output: new Float64Array(0) }, 0, [1, 1]);
    expect(size.effectiveRank).to.be.closeTo(2, 1e-12);
  });
});

describe('relevance of columns and pairs', () => {
  const rng = new Rng(8);
  const n = 4000;
  const draw = (): number[] => Array.from({ length: n }, () => rng.normal());
  const [a, b, c] = [draw(), draw(), draw()];
  const frame = frameOf(numeric('a', a), numeric('b', b), numeric('c', c));
  const base = { missingCount: 0, distinctCount: 3, reason: '', kind: 'numeric' as const };
  const schema: Schema = {
    version: 1,
    columns: ['a', 'b', 'c'].map((name) => ({ name, ...base })),
    target: { name: 'y', task: 'regression', reason: '', classes: [] },
    missingTokens: [],
  };
  const features = featuresOf(frame, schema);
  type Rule = (a: number, b: number, c: number) => number;
  const evaluate = (rule: Rule) => async (asked: typeof frame) => {
    const [x, y, z] = asked.columns.map((column) => (column as ReturnType<typeof numeric>).values);
    return { cols: 1, data: Float64Array.from(x, (value, i) => rule(value, y[i], z[i])) };
  };

  it('splits the variance of a sum of a column and a product', async () => {
    // Variances: 1 for a, 1 for b c, together 2.
    const relevance = await columnRelevance({ frame, features, evaluate: evaluate((x, y, z) => x + y * z) });
    for (const { total } of relevance) expect(total).to.be.closeTo(0.5, 0.06);
    const pairs = await pairRelevance({ frame, features, evaluate: evaluate((x, y, z) => x + y * z) });
    expect([pairs[0].a, pairs[0].b]).to.deep.equal(['b', 'c']);
    expect(pairs[0].share).to.be.closeTo(0.5, 0.08);
    for (const { share } of pairs.slice(1)) expect(share).to.be.below(1e-20);
  });
});

describe('the functions of the first layer', () => {
  const rng = new Rng(6);
  const n = 80;
  const cities = ['Rome', 'Oslo', 'Lima'];
  const frame = frameOf(
    numeric(
      'age',
      Array.from({ length: n }, () => 20 + 60 * rng.uniform()),
    ),
    categorical(
      'city',
      Array.from({ length: n }, () => cities[rng.integer(3)]),
    ),
  );
  const y = Float32Array.from({ length: n }, () => rng.normal());
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  const { recipe } = fitRecipe('network', frame, { y, k: 1 }, rows, 1);
  const base = { missingCount: 0, distinctCount: 3, reason: '' };
  const schema: Schema = {
    version: 1,
    columns: [
      { name: 'age', kind: 'numeric', ...base },
      { name: 'city', kind: 'categorical', ...base, levels: cities },
    ],
    target: { name: 'y', task: 'regression', reason: '', classes: [] },
    missingTokens: [],
  };
  const features = featuresOf(frame, schema);

  function firstLayer(spec: LrnnSpec) {
    const { state } = stateOf(spec);
    const trace = traceLrnn(state, recipe.transform(frame));
    return { state, spec, recipe, trace, frame, weights: neuronWeights(state, spec, trace, 0) };
  }

  it('say where each prepared column comes from', () => {
    expect(recipe.sources).to.deep.equal(['age', 'city', 'city', 'city']);
  });

  it('multiply to the product of the whole neuron, whatever the row: the curves are exact', () => {
    const layer = firstLayer(lrnn([{ ...AXIS, rank: 4 }], { inputs: recipe.width, frontScale: true }));
    const [first] = layer.trace.layers;
    const found = axisFunctions({ ...layer, frame }, features);
    expect(found.map(({ column, scale }) => [column, scale])).to.deep.equal([
      ['age', 'number'],
      ['city', 'category'],
    ]);
    const [age, city] = found;
    expect(city.labels).to.have.members(cities);
    expect(age.curves).to.have.length(4);
    // Rows that stand on the grid of ages: the neuron's product is that of the two curves.
    const ages = (frame.columns[0] as ReturnType<typeof numeric>).values;
    const codes = (frame.columns[1] as ReturnType<typeof categorical>).codes;
    let checked = 0;
    for (let row = 0; row < n; row++) {
      const place = age.values.indexOf(ages[row]);
      if (place < 0) continue;
      for (const { neuron, factors } of age.curves) {
        const other = city.curves.find((curve) => curve.neuron === neuron)!;
        const product = factors[place] * other.factors[city.values.indexOf(codes[row])];
        const own = first.factors.subarray((row * 4 + neuron - 1) * first.width, (row * 4 + neuron) * first.width);
        expect(product).to.be.closeTo(
          own.reduce((all, value) => all * value, 1),
          1e-6,
        );
        checked++;
      }
    }
    expect(checked).to.be.greaterThan(4);
    const share = age.curves.reduce((sum, curve) => sum + curve.share, 0);
    expect(share).to.be.closeTo(1, 1e-9);
  });

  it('name the mixture that a dense factor looks at', () => {
    const layer = firstLayer(lrnn([{ rank: 3, width: 2 }], { inputs: recipe.width }));
    const found = denseFunctions(layer);
    expect(found).to.have.length(6);
    expect(found.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-9);
    expect(recipe.names).to.include.members(found[0].inputs.map(({ name }) => name));
    expect(found[0].z).to.have.length(32);
  });

  it('write a shallow model out: shares of the neurons and the linear part', () => {
    const layer = firstLayer(lrnn([{ ...AXIS, rank: 4 }], { inputs: recipe.width, inputSkip: true }));
    const { neurons, neuronsFor90, linear } = exactForm(layer, features);
    expect(neurons.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-9);
    expect(neuronsFor90).to.be.within(1, 4);
    expect(linear.map(({ name }) => name)).to.deep.equal(recipe.names);
    const { 'out.W': W, 'layer0.scale': gain } = layer.state.tensors;
    expect(linear[0].weights[0]).to.be.closeTo(40 * W[4], 1e-4);
    const strongest = neurons[0].neuron - 1;
    expect(neurons[0].weights[0]).to.be.closeTo(40 * W[strongest] * gain[strongest], 1e-4);
  });
});
