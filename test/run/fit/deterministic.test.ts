/** @file A deterministic study: the build of the kernels that gives the same bits everywhere, in the threads, too. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import { wasmBuild } from '../../../src/engine/index.js';
import type { FitOptions } from '../../../src/run/index.js';
import { fit, openStudy, optionsFromCommand } from '../../../src/run/index.js';

function table(n: number): string {
  const rng = new Rng(2);
  const lines = Array.from({ length: n }, () => {
    const [a, b] = [rng.uniform(), rng.uniform()];
    return `${a},${b},${(Math.sin(6 * a) * b + 0.1 * rng.normal()).toFixed(4)}`;
  });
  return `a,b,y\n${lines.join('\n')}\n`;
}

describe('fit, deterministic', function () {
  this.timeout(240_000);
  let folder = '';
  const options = (out: string): FitOptions => ({
    data: join(folder, 'rows.csv'),
    target: 'y',
    models: ['mlp'],
    trials: 1,
    folds: 2,
    seed: 1,
    workers: 2,
    out: join(folder, out),
  });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-bits-'));
    writeFileSync(join(folder, 'rows.csv'), table(160));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What the threads trained, the engine as the study names it, and the command that repeats it. */
  async function bitsOf(out: string, extra: Partial<FitOptions>) {
    const { best } = await fit({ ...options(out), ...extra });
    const study = openStudy(join(folder, out));
    const bits = [...new Uint32Array(study.model(best!).predictions.data.slice().buffer)];
    const { environment, command } = study.view();
    study.close();
    return { bits, engine: environment.engine, command };
  }

  it('trains in its threads on the build without relaxed SIMD, says so, and repeats to the bit', async () => {
    const first = await bitsOf('a', { deterministic: true });
    expect(first.engine).to.equal('wasm (simd)');
    expect(first.command).to.match(/ --deterministic /);
    expect(optionsFromCommand(first.command)).to.include({ deterministic: true });
    const again = await bitsOf('b', { deterministic: true, workers: 1 });
    expect(again.bits).to.deep.equal(first.bits);
    const usual = await bitsOf('c', {});
    expect(usual.engine).to.equal(`wasm (${wasmBuild()})`);
    if (wasmBuild() === 'relaxed-simd')
      expect(usual.bits, 'the other build rounds otherwise').not.to.deep.equal(first.bits);
  });

  it('goes on as it was begun only', async () => {
    const other = await fit({ ...options('a'), resume: true }).catch((error: unknown) => error);
    expect((other as Error).message).to.match(/^resume: deterministic must be that of the study, got false\./);
    const { best } = await fit({ ...options('a'), deterministic: true, resume: true });
    expect(best).to.equal('mlp-0');
  });

  it('has no GPU', async () => {
    const refused = await fit({ ...options('d'), deterministic: true, engine: 'webgpu' }).catch(
      (error: unknown) => error,
    );
    expect((refused as Error).message).to.equal(
      'engine: must be auto or wasm where a study is deterministic, got "webgpu".',
    );
  });

  it('keeps in the study how many trials may run at once, and goes on with no other number', async () => {
    const given: FitOptions = { ...options('p'), models: ['dummy', 'linear'], trials: 2 };
    expect(await fit({ ...given, parallel: 3 })).to.have.property('parallel', 3);
    expect(await fit({ ...given, resume: true })).to.have.property('parallel', 3);
    const other = await fit({ ...given, resume: true, parallel: 4 }).catch((error: Error) => error.message);
    expect(other).to.equal(
      'resume: parallel must be that of the study, got 4. Use the same options, or --out for a new study.',
    );
    const plain: FitOptions = { ...given, out: join(folder, 'q') };
    expect(await fit(plain)).not.to.have.property('parallel');
    // What a study of an earlier version began with, in a number.
    expect(await fit({ ...plain, resume: true, parallel: 5 })).not.to.have.property('parallel');
  });
});
