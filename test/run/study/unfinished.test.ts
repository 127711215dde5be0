import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import type { FitOptions } from '../../../src/run/index.js';
import { exportModel, fit, loadModel, openStudy, predictFile, RunInterrupted } from '../../../src/run/index.js';

/** Stops after so many trials. */
async function stopped(options: FitOptions, after: number): Promise<void> {
  const controller = new AbortController();
  let trials = 0;
  const run = fit({
    ...options,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'trial' && ++trials === after) controller.abort();
      if (event.type === 'phase' && event.phase === 'searching' && after === 0) controller.abort();
    },
  });
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(RunInterrupted);
}

describe('a study that has not finished', function () {
  this.timeout(120_000);
  let folder: string;
  let csv: string;
  const options = (out: string): FitOptions => ({
    data: csv,
    target: 'y',
    models: ['dummy', 'linear', 'xgboost'],
    trials: 4,
    workers: 1,
    engine: 'wasm',
    out: join(folder, out),
  });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-unfinished-'));
    csv = join(folder, 'table.csv');
    const rng = new Rng(8);
    const lines = Array.from({ length: 120 }, () => {
      const [a, b] = [rng.normal(), rng.normal()];
      return `${a.toFixed(3)},${b.toFixed(3)},${(2 * a - b + 0.1 * rng.normal()).toFixed(3)}`;
    });
    writeFileSync(csv, `a,b,y\n${lines.join('\n')}\n`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('predicts with its best model so far, as an export of it does, and says so', async () => {
    await stopped(options('half'), 2);
    const reader = openStudy(join(folder, 'half'));
    const best = reader.view().summary.best!;
    reader.close();
    expect(best).to.match(/^linear-/);
    const { csv: text, notice } = await predictFile(join(folder, 'half'), csv, null);
    expect(notice).to.equal(
      `the study has not finished: ${best} is its best model so far; lrnn fit ... --resume goes on with it`,
    );
    const file = await exportModel(join(folder, 'half'), best, 'safetensors', join(folder, 'best.safetensors'));
    const exported = await predictFile(file, csv, null);
    expect(text).to.equal(exported.csv);
    expect(exported.notice).to.equal(null);
    const model = await loadModel(join(folder, 'half'));
    expect(model.target).to.equal('y');
    model.dispose();
  });

  it('is refused in one sentence where no trial has finished', async () => {
    await stopped(options('none'), 0);
    const error = await predictFile(join(folder, 'none'), csv, null).then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error!.message).to.include('folder must hold a model.safetensors').and.include('--resume');
  });
});
