import { expect } from 'chai';

import { encodedNetwork, plainNetwork, positionalEncoding, productNetwork, sirenNetwork } from '../../lab/networks.js';
import { Rng } from '../../src/core/index.js';
import type { MlpSpec } from '../../src/engine/index.js';
import { parameterCount, parameterLayout, referenceEngine } from '../../src/engine/index.js';
import { assertClose } from '../support/close.js';

const MSE = { kind: 'mse', labelSmoothing: 0 } as const;

describe('networks of the lab', () => {
  const shape = { inputs: 2, parameters: 3000 };
  const all = [
    productNetwork({ ...shape, activation: 'spder', frequencies: [30, 4] }),
    productNetwork({ ...shape, activation: 'sin', frequencies: [30, 4], depth: 3, width: 3, hidden: 4 }),
    productNetwork({ ...shape, activation: 'sin', frequencies: [30, 4], sharing: 'layer' }),
    sirenNetwork({ ...shape, activation: 'sin' }),
    sirenNetwork({ ...shape, activation: 'spder' }),
    encodedNetwork({ ...shape, octaves: 4 }),
    plainNetwork({ ...shape, activation: 'tanh' }),
  ];

  for (const { name, spec, start } of all) {
    it(`are the largest of their kind within the budget: ${name} of ${spec.layers.length} layers`, () => {
      expect(parameterCount(spec)).to.be.within(0.93 * shape.parameters, shape.parameters);
      const { parameters, rateScale } = start(new Rng(1));
      expect(parameters.length).to.equal(parameterCount(spec));
      expect(rateScale.length).to.equal(parameterLayout(spec).tensors.length);
      expect(parameters.every(Number.isFinite)).to.equal(true);
    });
  }

  it('leave an axis layer, an input skip and a front scale to tables: the paper has none', () => {
    for (const { spec } of all) expect(spec).to.include({ inputSkip: false, frontScale: false });
    const { spec } = all[0];
    expect(spec.kind === 'lrnn' && spec.layers.map(({ projection }) => projection)).to.deep.equal(['dense', 'dense']);
  });

  it('say a SIREN with omega_0 folded into its weights: sin(omega_0 (W h + b)) layer by layer', async () => {
    const network = sirenNetwork({ ...shape, parameters: 300, activation: 'sin', omega: 20, firstOmega: 50 });
    const spec = network.spec as MlpSpec;
    const { parameters, rateScale } = network.start(new Rng(2));
    const program = referenceEngine.compile(spec, { loss: MSE, batchSize: 1 });
    program.setParameters(parameters);
    const { tensors } = parameterLayout(spec);
    const x = [0.3, -0.8];
    let h = x;
    for (let layer = 0; layer <= spec.layers.length; layer++) {
      const isLast = layer === spec.layers.length;
      const omega = isLast ? 1 : layer === 0 ? 50 : 20;
      const [W, b] = [tensors[2 * layer], tensors[2 * layer + 1]];
      expect([rateScale[2 * layer], rateScale[2 * layer + 1]]).to.deep.equal([omega, omega]);
      const bound = layer === 0 ? 1 / h.length : Math.sqrt(6 / h.length) / 20;
      const own = (at: number): number => parameters[at] / omega;
      for (let i = 0; i < W.size; i++) expect(Math.abs(own(W.offset + i))).to.be.at.most(bound * (1 + 1e-6));
      const z = Array.from({ length: b.size }, (_, o) =>
        h.reduce((sum, value, i) => sum + value * own(W.offset + i * b.size + o), own(b.offset + o)),
      );
      h = isLast ? z : z.map((value) => Math.sin(omega * value));
    }
    const found = await program.predict({ rows: 1, cols: 2, data: Float32Array.from(x) });
    assertClose(found.data, h, { rtol: 1e-4, atol: 1e-5 });
  });

  it('keep the waves of a SIREN as loud in its last layer as in its second: its first weights are made for that', async () => {
    const deep = sirenNetwork({ inputs: 1, parameters: 40_000, depth: 6, activation: 'sin' });
    const { parameters } = deep.start(new Rng(3));
    const spec = deep.spec as MlpSpec;
    const loudness = async (layers: number): Promise<number> => {
      // The network cut after so many layers, each unit read out by itself.
      const { width } = spec.layers[0];
      const cut: MlpSpec = { ...spec, layers: spec.layers.slice(0, layers), outputs: width };
      const flat = new Float32Array(parameterCount(cut));
      flat.set(parameters.subarray(0, parameterLayout(cut).tensors.at(-2)!.offset));
      for (let i = 0; i < width; i++) flat[parameterLayout(cut).tensors.at(-2)!.offset + i * (width + 1)] = 1;
      const program = referenceEngine.compile(cut, { loss: MSE, batchSize: 32 });
      program.setParameters(flat);
      const X = { rows: 32, cols: 1, data: Float32Array.from({ length: 32 }, (_, i) => -1 + i / 16) };
      const { data } = await program.predict(X);
      return data.reduce((sum, value) => sum + value * value, 0) / data.length;
    };
    const [second, last] = [await loudness(2), await loudness(6)];
    // A sine of a normal angle of variance 1 and more has a mean square near 1/2.
    expect(second).to.be.within(0.4, 0.6);
    expect(last).to.be.within(0.4, 0.6);
  });

  it('draw their first weights from the seed alone', () => {
    for (const { start } of all) {
      expect(start(new Rng(5))).to.deep.equal(start(new Rng(5)));
      expect(start(new Rng(5))).to.not.deep.equal(start(new Rng(6)));
    }
  });

  it('encode coordinates by octaves of sines and cosines', () => {
    const encoded = positionalEncoding({ rows: 1, cols: 2, data: Float32Array.of(0.5, 0.25) }, 2);
    const s = Math.SQRT1_2;
    assertClose(encoded.data, [0.5, 1, 0, 0, -1, 0.25, s, s, 1, 0], { rtol: 0, atol: 1e-6 });
  });
});
