import { expect } from 'chai';

import type { Layer } from '../../lab/layers.js';
import { affine, besideInputs, each, gated, kernelProduct, rational, rowsOf, rung, stacked } from '../../lab/layers.js';
import { gradientBy, neighbour, NEIGHBOURS } from '../../lab/neighbours.js';
import { train } from '../../lab/train.js';
import { Rng } from '../../src/core/index.js';
import type { OutsideLoss } from '../../src/engine/index.js';
import { assertClose } from '../support/close.js';

const ROWS = 4;

/** Each output counts, and none like another. */
const mixed: OutsideLoss = (outputs, gradient) => {
  let value = 0;
  for (let i = 0; i < outputs.length; i++) {
    value += Math.sin(outputs[i] + i);
    gradient[i] = Math.cos(outputs[i] + i);
  }
  return value;
};

function checkGradient(layer: Layer, inputs: number, seed: number): void {
  const rng = new Rng(seed);
  const parameters = new Float64Array(layer.size);
  layer.start(rng, parameters);
  // Away from the first weights, of which some are 0.
  parameters.forEach((value, i) => (parameters[i] = value + 0.2 * rng.normal()));
  const x = rowsOf(ROWS, inputs);
  x.data.forEach((_, i) => (x.data[i] = rng.normal()));
  const loss = (): number => gradientBy(layer, parameters, x, mixed).value;
  const { gradient, inputGradient } = gradientBy(layer, parameters, x, mixed);
  const tolerance = { rtol: 1e-5, atol: 1e-7 };
  assertClose(gradient, differences(parameters, loss), tolerance, 'gradient');
  assertClose(inputGradient, differences(x.data, loss), tolerance, 'inputGradient');
}

function differences(values: Float64Array, loss: () => number): Float64Array {
  return values.map((value, i) => {
    values[i] = value + 1e-6;
    const above = loss();
    values[i] = value - 1e-6;
    const below = loss();
    values[i] = value;
    return (above - below) / 2e-6;
  });
}

describe('layers of the lab', () => {
  const layers: Record<string, Layer> = {
    affine: affine(4, 3),
    rational: stacked([affine(4, 4), rational()]),
    'gates of sigmoids': stacked([affine(4, 6), gated(true)]),
    'gates of themselves': gated(false),
    'products of kernels': kernelProduct(2),
    'functions of each number': each(Math.sin, (z) => Math.cos(z)),
    'layers beside their inputs': besideInputs(affine(4, 2)),
    'rungs of a ladder': stacked([besideInputs(affine(4, 3)), rung(3, 5, 4)]),
  };
  for (const [name, layer] of Object.entries(layers)) {
    it(`have the gradients of central differences: ${name}`, () => {
      for (const seed of [1, 2, 3]) checkGradient(layer, 4, seed);
    });
  }

  it('begin rational functions near relu, between -1 and 1', () => {
    const layer = rational();
    const parameters = new Float64Array(layer.size);
    layer.start(new Rng(1), parameters);
    const x = { n: 1, cols: 21, data: Float64Array.from({ length: 21 }, (_, i) => -1 + i / 10) };
    const { data } = layer.forward(x, parameters).output;
    data.forEach((y, i) => expect(y).to.be.closeTo(Math.max(0, x.data[i]), 0.03));
  });
});

describe('neighbours of the LRNN', () => {
  for (const name of NEIGHBOURS) {
    it(`are as large as their budget lets them be, and begin from their seed: ${name}`, async () => {
      const network = neighbour(name, { inputs: 3, outputs: 2, parameters: 500 });
      expect(network.size).to.be.within(420, 500);
      const X = { rows: 5, cols: 3, data: Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)) };
      const outputs = async (seed: number) => (await network.compile(new Rng(seed), 5).predict(X)).data;
      const once = await outputs(1);
      expect(once.length).to.equal(10);
      expect(once.every(Number.isFinite)).to.equal(true);
      expect(await outputs(1)).to.deep.equal(once);
      expect(await outputs(2)).to.not.deep.equal(once);
    });

    it(`learn, by rows and by a loss from outside alike: ${name}`, async () => {
      const network = neighbour(name, { inputs: 2, parameters: 150 });
      const X = { rows: 40, cols: 2, data: Float32Array.from({ length: 80 }, (_, i) => Math.sin(3 * i + 1)) };
      const y = Float32Array.from({ length: 40 }, (_, i) => X.data[2 * i] * X.data[2 * i + 1] + X.data[2 * i]);
      const course = { steps: 150, rate: 0.01, seed: 3, marks: 2 };
      const byRows = await train(network, X, { y }, course);
      expect(byRows.marks[1].loss).to.be.below(byRows.marks[0].loss / 2);
      const loss: OutsideLoss = (outputs, gradient) => {
        let sum = 0;
        for (let i = 0; i < y.length; i++) {
          sum += (outputs[i] - y[i]) ** 2 / y.length;
          gradient[i] = (2 * (outputs[i] - y[i])) / y.length;
        }
        return sum;
      };
      const outside = await train(network, X, { loss }, course);
      assertClose(outside.marks[1].outputs, byRows.marks[1].outputs, { rtol: 1e-6, atol: 1e-6 });
    });
  }
});
