/** @file Studies of our own trees: the same bits however they run, and a model that leaves the house. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudySummary } from '../../src/automl/index.js';
import { studyRecord } from '../../src/automl/index.js';
import { Rng } from '../../src/core/index.js';
import { fit, type FitOptions, loadModel, RunInterrupted } from '../../src/run/index.js';
import { openForWriting, openStudy } from '../../src/run/study/study-folder.js';

function flowers(n: number): string {
  const rng = new Rng(8);
  const lines = Array.from({ length: n }, () => {
    const [a, b] = [rng.normal(), rng.normal()];
    const colour = ['red', 'white', 'blue'][rng.integer(3)];
    const kind = a * b + (colour === 'red' ? 0.5 : 0) > 0.2 ? 'rose' : a > 0 ? 'tulip' : 'lily';
    return [rng.uniform() < 0.05 ? '' : a.toFixed(4), b.toFixed(4), colour, kind].join(',');
  });
  return `a,b,colour,kind\n${lines.join('\n')}\n`;
}

/** Scores and winner: nothing that a clock has written. */
function scores({ leaderboard, best }: StudySummary) {
  return { best, rows: leaderboard.map(({ model, cv, holdout, parameters }) => ({ model, cv, holdout, parameters })) };
}

describe('fit with trees of our own', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-trees-'));
  const data = join(folder, 'flowers.csv');
  writeFileSync(data, flowers(240));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const out = (name: string) => join(folder, name);
  const base = (): FitOptions => ({
    data,
    target: 'kind',
    models: ['gbdt', 'extratrees', 'ensemble'],
    trials: 3,
    folds: 2,
    seed: 2,
    workers: 2,
  });

  for (const [title, changes, loss] of [
    ['', {}, undefined],
    [', by absolute errors', { target: 'b', metric: 'mae' }, 'absolute'],
  ] as const) {
    it(`gives the same bits for one worker and two, and after an interruption${title}`, async () => {
      const whole = await fit({ ...base(), ...changes, out: out(`whole${title}`) });
      const families = whole.leaderboard.map(({ family }) => family);
      expect(families).to.include.members(['gbdt', 'extratrees', 'ensemble']);
      const reader = openStudy(out(`whole${title}`));
      const boosted = reader.view().trials.filter(({ family }) => family === 'gbdt');
      expect(new Set(boosted.map(({ settings }) => settings['loss']))).to.deep.equal(new Set([loss]));
      reader.close();
      const alone = await fit({ ...base(), ...changes, workers: 1, out: out(`alone${title}`) });
      const controller = new AbortController();
      let folds = 0;
      const onEvent: FitOptions['onEvent'] = ({ type }) => {
        if (type === 'fold' && ++folds === 3) controller.abort();
      };
      const options = { ...base(), ...changes, out: out(`cut${title}`), signal: controller.signal, onEvent };
      expect(await fit(options).catch((error: unknown) => error)).to.be.instanceOf(RunInterrupted);
      const resumed = await fit({ ...base(), ...changes, out: out(`cut${title}`), resume: true });
      expect(scores(alone)).to.deep.equal(scores(whole));
      expect(scores(resumed)).to.deep.equal(scores(whole));
      const rows = [{ a: 0.5, b: 1, colour: 'red' }, { colour: 'green' }, {}];
      const said = [];
      for (const { model } of [whole, alone, resumed]) {
        const loaded = await loadModel(model!);
        said.push(await loaded.predict(rows));
        loaded.dispose();
      }
      expect(said[1]).to.deep.equal(said[0]);
      expect(said[2]).to.deep.equal(said[0]);
    });
  }

  it('fits them again on all rows of a table in time, to as many rounds as the folds found', async () => {
    const options: FitOptions = { ...base(), models: ['gbdt'], trials: 1, time: 'b', out: out('late') };
    const { refitted, model } = await fit(options);
    expect(refitted).to.include({ on: 'all' });
    const loaded = await loadModel(model!);
    expect(await loaded.predict([{ a: 1 }])).to.have.length(1);
    loaded.dispose();
  });

  it('goes on with the families and the number of trials of a study that was begun without naming any', async () => {
    const old = { ...base(), models: undefined, trials: undefined, holdout: 0, out: out('old') };
    await fit({ ...old, models: ['linear', 'dummy'], trials: 2 });
    const again = await fit({ ...old, resume: true });
    expect(again.leaderboard.map(({ family }) => family)).to.have.members(['linear', 'dummy']);
    const reader = openStudy(out('old'));
    expect(reader.view().trials).to.have.length(2);
    reader.close();
    const other = await fit({ ...old, models: ['linear', 'gbdt'], resume: true }).catch((error: unknown) => error);
    expect((other as Error).message).to.match(/^resume: models must be that of the study/);
    const storage = openForWriting(out('old'));
    expect(studyRecord.settings(storage)!.families).to.deep.equal(['linear', 'dummy']);
    storage.close();
  });
});
