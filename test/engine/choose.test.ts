import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import {
  chooseEngine,
  describeEngines,
  openEngine,
  referenceEngine,
  tryGpu,
  wasmBuild,
  wasmEngine,
} from '../../src/engine/index.js';
import { importModule } from '../../src/engine/tfjs/vendor.js';
import { isSupported } from '../../src/engine/wasm/build.js';
import { lrnn, MSE, randomParameters } from './support/networks.js';

/** A machine without the packages named; the native one, where it is wanted, is played by TensorFlow.js's own cpu. */
function without(missing: RegExp, native: string | null = null) {
  return async (name: string): Promise<unknown> => {
    if (name === native) {
      await importModule('@tensorflow/tfjs-backend-cpu');
      const tf = (await importModule('@tensorflow/tfjs-core')) as object;
      return { ...tf, setBackend: () => Promise.resolve(true), backend: () => ({ isUsingGpuDevice: true }) };
    }
    if (!missing.test(name)) return importModule(name);
    throw Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code: 'ERR_MODULE_NOT_FOUND' });
  };
}

async function failure(work: Promise<unknown>): Promise<Error & { kind?: string }> {
  return work.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => error as Error,
  );
}

describe('chooseEngine', () => {
  it('takes wasm for auto and says which build', () => {
    const { engine, reason } = chooseEngine('auto');
    expect(engine).to.equal(wasmEngine);
    expect(reason).to.contain(wasmBuild());
    expect(chooseEngine('wasm').engine).to.equal(wasmEngine);
    expect(chooseEngine('reference').engine).to.equal(referenceEngine);
  });

  it('runs the relaxed build where WebAssembly can', () => {
    expect(isSupported('simd')).to.equal(true);
    expect(wasmBuild()).to.equal(isSupported('relaxed-simd') ? 'relaxed-simd' : 'simd');
  });
});

describe('openEngine', () => {
  it('opens what needs no opening', async () => {
    expect((await openEngine('wasm')).engine).to.equal(wasmEngine);
  });

  it('names what WebGPU lacks and the command that installs it', async () => {
    const error = await failure(openEngine('webgpu', without(/^webgpu$/)));
    expect(error.kind).to.equal('state');
    expect(error.message).to.equal(
      'engine: webgpu needs packages that are not installed, got "no webgpu". Install them with: ' +
        'npm install webgpu@0.6 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0',
    );
  });

  it('names what CUDA lacks and the command that installs it', async () => {
    const error = await failure(openEngine('cuda', without(/tfjs-node/)));
    expect(error.kind).to.equal('state');
    expect(error.message).to.equal(
      'engine: cuda needs packages that are not installed, got "no @tensorflow/tfjs-node-gpu". ' +
        'Install them with: npm install @tensorflow/tfjs-node-gpu@4.22.0',
    );
  });

  it('says why a package that is there does not start', async () => {
    const broken = () => Promise.reject(new TypeError('util.isNullOrUndefined is not a function\nat x'));
    const error = await failure(openEngine('cuda', broken));
    expect(error.message).to.equal(
      'engine: cuda must start, got "util.isNullOrUndefined is not a function". Use --engine wasm.',
    );
  });

  for (const native of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    it(`runs on ${native} where that is installed`, async () => {
      const { engine, reason } = await openEngine('cuda', without(/tfjs-node/, native));
      expect(reason).to.equal(`TensorFlow with CUDA through ${native}`);
      expect(engine.name).to.equal('cuda');
      expect(engine).to.respondTo('compileBatch');
    });
  }

  it('refuses a word it does not know', async () => {
    const error = await failure(openEngine('tpu' as 'wasm'));
    expect(error.kind).to.equal('usage');
    expect(error.message).to.equal('engine: engine must be one of auto, wasm, webgpu, cuda, reference, got "tpu".');
  });
});

describe('describeEngines', () => {
  it('describes every engine once, and what installs the missing ones', async () => {
    const statuses = await describeEngines((name) => tryGpu(name, without(/tfjs|webgpu/)));
    expect(statuses.map(({ name }) => name)).to.deep.equal(['wasm', 'webgpu', 'cuda', 'reference']);
    expect(statuses.map(({ available }) => available)).to.deep.equal([true, false, false, true]);
    expect(statuses[1]).to.include({
      reason: 'webgpu needs packages that are not installed, got no webgpu',
      install: 'npm install webgpu@0.6 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0',
    });
    expect(statuses[2].install).to.equal('npm install @tensorflow/tfjs-node-gpu@4.22.0');
  });

  it('says which driver is missing where there is no GPU, and on Linux what installs it', async () => {
    const blind = async (name: string): Promise<unknown> => {
      if (name !== 'webgpu') return importModule(name);
      return { create: () => ({ requestAdapter: async () => null }), globals: {} };
    };
    const webgpu = (await describeEngines((name) => tryGpu(name, blind))).find(({ name }) => name === 'webgpu')!;
    expect(webgpu.available).to.equal(false);
    expect(webgpu.reason).to.match(/^there must be a GPU adapter, got (none|no Vulkan driver)/);
    const command = 'sudo apt-get install libvulkan1 mesa-vulkan-drivers';
    expect(webgpu.install).to.equal(process.platform === 'linux' ? command : null);
    expect((globalThis as { navigator?: object }).navigator ?? {}).not.to.have.property('gpu');
  });

  it('keeps wasm programs away from TensorFlow.js', async () => {
    const spec = lrnn([{}]);
    const program = (await openEngine('wasm', without(/./))).engine.compile(spec, { loss: MSE, batchSize: 2 });
    program.setParameters(randomParameters(spec, new Rng(1)));
    program.dispose();
  });
});
