import { expect } from 'chai';

import { chooseEngine, describeEngines, referenceEngine, wasmBuild, wasmEngine } from '../../src/engine/index.js';
import { isSupported } from '../../src/engine/wasm/build.js';

describe('chooseEngine', () => {
  it('takes wasm for auto and says which build', () => {
    const { engine, reason } = chooseEngine('auto');
    expect(engine).to.equal(wasmEngine);
    expect(reason).to.contain(wasmBuild());
    expect(chooseEngine('wasm').engine).to.equal(wasmEngine);
    expect(chooseEngine('reference').engine).to.equal(referenceEngine);
  });

  it('says that a GPU engine is not in this version, and what is', () => {
    for (const name of ['webgpu', 'cuda'] as const) {
      expect(() => chooseEngine(name))
        .to.throw(`engine: ${name} must wait for a later version; wasm is available, got "${name}". Use --engine wasm.`)
        .with.property('kind', 'state');
    }
  });

  it('refuses a word it does not know', () => {
    expect(() => chooseEngine('tpu' as 'wasm'))
      .to.throw('engine: engine must be one of auto, wasm, webgpu, cuda, reference, got "tpu".')
      .with.property('kind', 'usage');
  });

  it('describes every engine once', () => {
    const names = describeEngines().map((engine) => engine.name);
    expect(names).to.deep.equal(['wasm', 'webgpu', 'cuda', 'reference']);
  });

  it('runs the relaxed build where WebAssembly can', () => {
    expect(isSupported('simd')).to.equal(true);
    expect(wasmBuild()).to.equal(isSupported('relaxed-simd') ? 'relaxed-simd' : 'simd');
  });
});
