import { expect } from 'chai';

import type { NetworkSpec } from '../../src/engine/index.js';
import { checkSpec, layerInputs, parameterCount, parameterLayout } from '../../src/engine/index.js';
import { lrnn, mlp } from './support/networks.js';

const shapes = (spec: NetworkSpec): Record<string, readonly number[]> =>
  Object.fromEntries(parameterLayout(spec).tensors.map(({ name, shape }) => [name, shape]));

describe('parameterLayout', () => {
  it('orders the tensors of a network with every part', () => {
    const spec = lrnn([{ projection: 'axis', sharing: 'basis' }, {}], {
      inputSkip: true,
      frontScale: true,
      outputs: 2,
    });
    expect(shapes(spec)).to.deep.equal({
      'front.scale': [4],
      'layer0.omega': [4, 4],
      'layer0.beta': [4, 4],
      'layer0.a': [5, 4, 4],
      'layer0.c': [5, 4],
      'layer0.scale': [5],
      'layer0.shift': [5],
      'layer1.W': [9, 15],
      'layer1.b': [15],
      'layer1.omega': [5, 3, 4],
      'layer1.beta': [5, 3, 4],
      'layer1.a': [5, 3, 4],
      'layer1.c': [5, 3],
      'layer1.scale': [5],
      'layer1.shift': [5],
      'out.W': [9, 2],
      'out.b': [2],
    });
    expect(Object.keys(shapes(spec))[0]).to.equal('front.scale');
  });

  it('gives sharing layer one set of functions for all neurons', () => {
    expect(shapes(lrnn([{ sharing: 'layer' }]))).to.include.deep.keys({ 'layer0.omega': 0 });
    expect(shapes(lrnn([{ sharing: 'layer' }]))['layer0.a']).to.deep.equal([3, 4]);
    expect(shapes(lrnn([{ sharing: 'layer' }]))['layer0.c']).to.deep.equal([3]);
  });

  it('gives an MLP weights and biases only', () => {
    expect(shapes(mlp([{ width: 8, activation: 'relu' }]))).to.deep.equal({
      'layer0.W': [4, 8],
      'layer0.b': [8],
      'out.W': [8, 1],
      'out.b': [1],
    });
  });

  it('gives a layer with a basis its functions, and a matrix as tall as there are', () => {
    const layer = { width: 8, activation: 'relu', basis: { hidden: 3, activation: 'tanh' } } as const;
    expect(shapes(mlp([layer], { inputSkip: true }))).to.deep.equal({
      'layer0.omega': [4, 3],
      'layer0.beta': [4, 3],
      'layer0.W': [12, 8],
      'layer0.b': [8],
      'out.W': [12, 1],
      'out.b': [1],
    });
  });

  it('leaves no gap between tensors', () => {
    const { tensors, size } = parameterLayout(lrnn([{}, { sharing: 'basis' }], { frontScale: true }));
    let end = 0;
    for (const tensor of tensors) {
      expect(tensor.offset).to.equal(end);
      end += tensor.size;
    }
    expect(size).to.equal(end);
    expect(parameterCount(lrnn([{}, { sharing: 'basis' }], { frontScale: true }))).to.equal(end);
  });

  it('takes the width of an axis layer from what it sees', () => {
    const spec = lrnn([{ rank: 6 }, { projection: 'axis' }], { inputSkip: true });
    expect(layerInputs(spec, 1)).to.equal(10);
    expect(shapes(spec)['layer1.omega']).to.deep.equal([5, 10, 4]);
  });
});

describe('checkSpec', () => {
  const refuses = (spec: unknown, message: string): void => {
    expect(() => checkSpec(spec as NetworkSpec)).to.throw(message);
  };

  it('accepts the smallest network there is', () => {
    checkSpec(lrnn([{ rank: 1, width: 1, hidden: 1 }], { inputs: 1, outputs: 1 }));
  });

  it('names the place of a bad size', () => {
    refuses(lrnn([{}, { rank: 0 }]), 'network: layers[1].rank must be a positive integer, got 0.');
    refuses(lrnn([{ width: 1.5 }]), 'network: layers[0].width must be a positive integer, got 1.5.');
    refuses(lrnn([{ hidden: Number.NaN }]), 'network: layers[0].hidden must be a positive integer, got NaN.');
    refuses(mlp([{ width: -1, activation: 'relu' }]), 'network: layers[0].width must be a positive integer, got -1.');
    const basis = { hidden: 0, activation: 'tanh' } as const;
    refuses(
      mlp([{ width: 2, activation: 'relu', basis }]),
      'network: layers[0].basis.hidden must be a positive integer, got 0.',
    );
    refuses(mlp([], {}), 'network: layers must not be empty, got 0.');
    refuses(lrnn([{}], { inputs: 0 }), 'network: inputs must be a positive integer, got 0.');
    refuses(lrnn([{}], { outputs: 0 }), 'network: outputs must be a positive integer, got 0.');
  });

  it('does not mind the width of an axis layer', () => {
    checkSpec(lrnn([{ projection: 'axis', width: 0 }]));
  });

  it('lists the words it knows', () => {
    refuses({ ...lrnn([{}]), kind: 'cnn' }, 'network: kind must be one of lrnn, mlp, got "cnn".');
    refuses(
      lrnn([{ activation: 'gelu' as 'sin' }]),
      'network: layers[0].activation must be one of sin, spder, tanh, silu, relu, got "gelu".',
    );
    refuses(
      lrnn([{ sharing: 'all' as 'basis' }]),
      'network: layers[0].sharing must be one of neuron, basis, layer, got "all".',
    );
    refuses(
      lrnn([{ projection: 'none' as 'axis' }]),
      'network: layers[0].projection must be one of dense, axis, got "none".',
    );
    refuses(mlp([{ width: 2, activation: 'x' as 'sin' }]), 'layers[0].activation must be one of');
    const basis = { hidden: 2, activation: 'x' as 'sin' };
    refuses(mlp([{ width: 2, activation: 'relu', basis }]), 'layers[0].basis.activation must be one of');
  });

  it('refuses more parameters than memory can hold', () => {
    refuses(
      mlp([
        { width: 1 << 14, activation: 'relu' },
        { width: 1 << 14, activation: 'relu' },
      ]),
      'Lower rank, width or hidden.',
    );
  });
});
