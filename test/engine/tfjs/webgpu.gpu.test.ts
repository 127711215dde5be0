/** @file The device: what happens when it fails, that it is let go of, and the operations repaired for it. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import type { Program } from '../../../src/engine/index.js';
import type { Runtime } from '../../../src/engine/tfjs/runtime.js';
import { use } from '../../../src/engine/tfjs/runtime.js';
import { tfjsEngine } from '../../../src/engine/tfjs/tfjs-engine.js';
import { assertClose } from '../../support/close.js';
import { openTestGpu, SOFTWARE_VULKAN } from '../support/gpu.js';
import { mlp, MSE, randomBatch, randomParameters } from '../support/networks.js';

const ROOT = join(import.meta.dirname, '../../..');
const UPDATE = {
  learningRate: 0.01,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  dropout: 0,
  dropoutSeed: 0,
  clipNorm: 1,
};

/** The device beneath a runtime. */
interface Device {
  destroy(): void;
  createBuffer(descriptor: { size: number; usage: number }): unknown;
}

describe('a WebGPU runtime', function () {
  // Devices in software are slow where others want the processor too.
  this.timeout(240_000);
  let runtime: Runtime;
  beforeEach(async function () {
    const opened = await openTestGpu(true);
    if (!opened) return this.skip();
    runtime = opened;
  });
  afterEach(() => runtime?.close());

  const device = (): Device =>
    (runtime.tf.engine().findBackend(runtime.backend) as unknown as { device: Device }).device;
  const ready = (): Program => {
    const program = tfjsEngine(runtime).compile(mlp([{ width: 3, activation: 'tanh' }]), { loss: MSE, batchSize: 8 });
    program.setParameters(randomParameters(program.spec, new Rng(1)));
    return program;
  };
  const failure = async (work: () => Promise<unknown>): Promise<string> => work().then(() => 'none', String);

  it('says that its device was lost, at the next reading at the latest', async () => {
    const program = ready();
    device().destroy();
    const message = await failure(async () => {
      program.step(randomBatch(program.spec, MSE, 8, new Rng(2)), UPDATE);
      await program.readLoss();
    });
    expect(message).to.match(/engine\.webgpu: the device must work, got "the device was lost/);
  });

  it('says that its device ran out of memory', async () => {
    const program = ready();
    device().createBuffer({ size: 2 ** 45, usage: 128 });
    const message = await failure(async () => {
      program.step(randomBatch(program.spec, MSE, 8, new Rng(2)), UPDATE);
      await program.readLoss();
    });
    expect(message).to.contain('engine.webgpu: the device must work, got');
  });

  it('can be opened again after a loss', async () => {
    device().destroy();
    await runtime.close();
    runtime = (await openTestGpu(true))!;
    const program = ready();
    program.step(randomBatch(program.spec, MSE, 8, new Rng(2)), UPDATE);
    expect(await program.readLoss()).to.be.within(0, 100);
  });

  it('refuses work after it was closed', async () => {
    const program = ready();
    await runtime.close();
    expect(() => program.setParameters(new Float32Array(program.layout.size))).to.throw(
      'engine: it must not be used after close()',
    );
  });

  it('has sines and cosines to the last digits, far from 0 too', async () => {
    const values = Float32Array.from({ length: 2001 }, (_, i) => (i - 1000) / 10);
    use(runtime);
    const [sine, cosine] = [runtime.tf.sin(values), runtime.tf.cos(values)];
    assertClose(await sine.data(), Array.from(values, Math.sin), { rtol: 0, atol: 1e-6 }, 'sin');
    assertClose(await cosine.data(), Array.from(values, Math.cos), { rtol: 0, atol: 1e-6 }, 'cos');
  });

  it('has right cumulated products of any number of factors', async () => {
    use(runtime);
    for (let size = 1; size <= 9; size++) {
      const factors = Array.from({ length: size }, (_, i) => 1 + i / 7);
      const x = runtime.tf.tensor(factors, [1, size]);
      const after = factors.map((_, i) => factors.slice(i + 1).reduce((product, f) => product * f, 1));
      const before = factors.map((_, i) => factors.slice(0, i).reduce((product, f) => product * f, 1));
      assertClose(await runtime.tf.cumprod(x, 1, true, true).data(), after, { rtol: 1e-5, atol: 0 }, `after, ${size}`);
      assertClose(await runtime.tf.cumprod(x, 1, true).data(), before, { rtol: 1e-5, atol: 0 }, `before, ${size}`);
    }
  });

  it('lets a process end by itself when it is closed', () => {
    const script = `
      const { openEngine } = await import('./src/engine/index.ts');
      const { engine } = await openEngine('webgpu');
      const before = typeof navigator;
      await engine.close();
      console.log('closed', before);`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const env = { ...process.env, ...SOFTWARE_VULKAN };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, timeout: 200_000 });
    expect({ status, stdout: String(stdout), stderr: String(stderr) }).to.include({
      status: 0,
      stdout: 'closed object\n',
    });
  });
});
