import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import { FUNCTIONS } from '../../src/engine/activations.js';
import type { InitialiseOptions, NetworkSpec } from '../../src/engine/index.js';
import { ACTIVATIONS, initialise, parameterLayout } from '../../src/engine/index.js';
import { referenceGradient } from '../../src/engine/reference-network.js';
import { assertClose } from '../support/close.js';
import { lrnn, mlp, MSE } from './support/networks.js';

function tensorsOf(spec: NetworkSpec, seed: number, options: InitialiseOptions = {}): Record<string, Float32Array> {
  const flat = initialise(spec, new Rng(seed), options);
  return Object.fromEntries(
    parameterLayout(spec).tensors.map(({ name, offset, size }) => [name, flat.subarray(offset, offset + size)]),
  );
}

const meanSquare = (values: Float32Array | number[]): number => {
  let sum = 0;
  for (const v of values) sum += v * v;
  return sum / values.length;
};

describe('initialise', () => {
  it('repeats to the bit for the same seed and differs for another', () => {
    const spec = lrnn([{}, {}], { frontScale: true });
    expect(initialise(spec, new Rng(1))).to.deep.equal(initialise(spec, new Rng(1)));
    expect(initialise(spec, new Rng(1))).to.not.deep.equal(initialise(spec, new Rng(2)));
  });

  it('gives each layer the frequencies that are asked for it, and those of all layers where none are', () => {
    const spec = lrnn([{ rank: 40 }, { rank: 40 }, { rank: 40 }]);
    const p = tensorsOf(spec, 1, { frequencyScale: 3, frequencyScales: [50, 0.5] });
    const deviations = [0, 1, 2].map((layer) => Math.sqrt(meanSquare(p[`layer${layer}.omega`])));
    // 480 draws each say a deviation to within 3 %.
    [50, 0.5, 3].forEach((scale, layer) => expect(deviations[layer] / scale).to.be.within(0.85, 1.15));
    const plain = tensorsOf(spec, 1, { frequencyScale: 3, frequencyScales: [] });
    expect(plain).to.deep.equal(tensorsOf(spec, 1, { frequencyScale: 3 }));
  });

  it('starts every c and bias at 0, every scale at 1', () => {
    const p = tensorsOf(lrnn([{}, { projection: 'axis' }], { frontScale: true }), 1);
    for (const name of ['layer0.c', 'layer1.c', 'layer0.b', 'out.b', 'layer0.shift']) {
      expect(meanSquare(p[name]), name).to.equal(0);
    }
    for (const name of ['front.scale', 'layer0.scale', 'layer1.scale']) {
      expect(Array.from(new Set(p[name])), name).to.deep.equal([1]);
    }
  });

  it('follows He in an MLP and keeps outputs near 0', () => {
    const p = tensorsOf(
      mlp(
        [
          { width: 400, activation: 'relu' },
          { width: 400, activation: 'tanh' },
        ],
        { inputs: 100 },
      ),
      3,
    );
    expect(meanSquare(p['layer0.W'])).to.be.closeTo(2 / 100, 0.001);
    expect(meanSquare(p['layer1.W'])).to.be.closeTo(1 / 400, 0.0001);
    expect(meanSquare(p['out.W'])).to.be.closeTo(0.01 / 400, 0.00001);
  });

  it('gives each univariate function the variance asked for, whatever the activation and hidden', () => {
    for (const activation of ACTIVATIONS) {
      for (const hidden of [1, 4, 16]) {
        const spec = lrnn([{ rank: 40, width: 10, hidden, activation }]);
        const p = tensorsOf(spec, 5, { functionVariance: 0.3 });
        const rng = new Rng(6);
        const values: number[] = [];
        for (let neuron = 0; neuron < 400; neuron++) {
          for (let draw = 0; draw < 20; draw++) {
            const z = rng.normal();
            let g = 0;
            for (let m = 0; m < hidden; m++) {
              const i = neuron * hidden + m;
              g += p['layer0.a'][i] * FUNCTIONS[activation].value(p['layer0.omega'][i] * z + p['layer0.beta'][i]);
            }
            values.push(g);
          }
        }
        expect(meanSquare(values), `${activation} ${hidden}`).to.be.within(0.2, 0.42);
      }
    }
  });

  it('keeps the gradient of the inputs from growing with the width', () => {
    const norms = [1, 4, 16, 64].map((width) => {
      const spec = lrnn([{ rank: 8, width, hidden: 4 }], { inputs: 3 });
      const rng = new Rng(width);
      let total = 0;
      for (let network = 0; network < 20; network++) {
        const x = Float64Array.from({ length: 24 }, () => rng.normal());
        const parameters = initialise(spec, rng);
        const y = Float64Array.from({ length: 8 }, () => rng.normal());
        total += meanSquare(Array.from(referenceGradient({ spec, parameters, x }, MSE, { y }).inputGradient));
      }
      return total;
    });
    expect(Math.max(...norms) / Math.min(...norms)).to.be.below(5);
  });

  it('scales every omega', () => {
    const spec = lrnn([{ rank: 50 }]);
    const [one, ten] = [tensorsOf(spec, 1), tensorsOf(spec, 1, { frequencyScale: 10 })];
    assertClose(
      ten['layer0.omega'],
      one['layer0.omega'].map((w) => 10 * w),
      { rtol: 1e-6, atol: 0 },
    );
  });

  it('centres the tanh units of a first axis layer on the knots of their column', () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'basis', activation: 'tanh', hidden: 3 }], { inputs: 2 });
    const p = tensorsOf(spec, 1, {
      knots: [
        [-1, 0, 1],
        [0, 0, 10],
      ],
    });
    // Spacings: 1, 1, 1 and 0 (clipped to slope 8), 5, 10 (clipped to slope 0.5).
    assertClose(p['layer0.omega'], [1, 1, 1, 8, 0.5, 0.5], { rtol: 1e-6, atol: 0 });
    assertClose(p['layer0.beta'], [1, 0, -1, 0, 0, -5], { rtol: 1e-6, atol: 1e-12 });
  });

  it('centres the tanh units in front of an MLP likewise, and keeps what its neurons see at the variance of He', () => {
    const basis = { hidden: 3, activation: 'tanh' } as const;
    const spec = mlp([{ width: 4000, activation: 'relu', basis }], { inputs: 2 });
    const knots = [
      [-1, 0, 1],
      [0, 0, 10],
    ];
    const p = tensorsOf(spec, 1, { knots });
    assertClose(p['layer0.omega'], [1, 1, 1, 8, 0.5, 0.5], { rtol: 1e-6, atol: 0 });
    assertClose(p['layer0.beta'], [1, 0, -1, 0, 0, -5], { rtol: 1e-6, atol: 1e-12 });
    const rng = new Rng(2);
    const rows = 4000;
    let energy = 0;
    for (let row = 0; row < rows; row++) {
      const x = [rng.normal(), rng.normal()];
      for (let unit = 0; unit < 6; unit++) {
        energy += Math.tanh(p['layer0.omega'][unit] * x[Math.floor(unit / 3)] + p['layer0.beta'][unit]) ** 2 / rows;
      }
    }
    // Var(z) = 6 Var(W) E[u^2] = 2, as relu wants it.
    expect(meanSquare(p['layer0.W']) * energy).to.be.closeTo(2, 0.1);
    const waves = mlp([{ width: 4, activation: 'relu', basis: { ...basis, activation: 'sin' } }], { inputs: 2 });
    expect(initialise(waves, new Rng(1), { knots })).to.deep.equal(initialise(waves, new Rng(1)));
  });

  it('gives every neuron of sharing neuron the same knots', () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'neuron', activation: 'tanh', hidden: 2, rank: 3 }], {
      inputs: 2,
    });
    const omega = tensorsOf(spec, 1, {
      knots: [
        [-1, 1],
        [0, 1],
      ],
    })['layer0.omega'];
    assertClose(omega, [0.5, 0.5, 1, 1, 0.5, 0.5, 1, 1, 0.5, 0.5, 1, 1], { rtol: 1e-6, atol: 0 });
  });

  it('ignores knots for other activations, later layers and dense projections', () => {
    const knots = [
      [-1, 0, 1, 2],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ];
    for (const spec of [lrnn([{ projection: 'axis', activation: 'relu' }]), lrnn([{ activation: 'tanh' }])]) {
      expect(initialise(spec, new Rng(1), { knots })).to.deep.equal(initialise(spec, new Rng(1)));
    }
  });
});
