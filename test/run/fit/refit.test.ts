import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PredictorParts, RunEvent, StudyData, StudySettings, StudySummary } from '../../../src/automl/index.js';
import {
  deliveredParts,
  foldJob,
  modelName,
  Predictor,
  predictorParts,
  refitTasks,
  refittedPredictions,
  runFold,
  searchParts,
  selectFrameRows,
  selectTarget,
  studyRecord,
  studySummary,
} from '../../../src/automl/index.js';
import { allRows, deriveSeed, Rng } from '../../../src/core/index.js';
import { wasmEngine } from '../../../src/engine/index.js';
import type { NumberUncertainty } from '../../../src/evaluate/index.js';
import { METRICS } from '../../../src/evaluate/index.js';
import { catalogEntry } from '../../../src/models/index.js';
import { fitRecipe } from '../../../src/prepare/index.js';
import { loadData } from '../../../src/run/fit/load-data.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import { bestForTheTime, expectedRefitMs, giveRowsBack } from '../../../src/run/fit/refit.js';
import { RunReporter } from '../../../src/run/fit/reporter.js';
import type { FitOptions } from '../../../src/run/index.js';
import { exportModel, fit, loadModel, openStudy } from '../../../src/run/index.js';
import { openForWriting } from '../../../src/run/study/study-folder.js';
import type { Storage } from '../../../src/search/index.js';
import { createMemoryStorage } from '../../../src/search/index.js';

const ROWS = 500;
const FOLDS = 3;

/** Two numbers and a category that say nearly everything, one for a straight line and one for trees: together they win; seeded. */
function table(rows = ROWS): string {
  const rng = new Rng(8);
  const lines = ['a,b,c,y'];
  for (let i = 0; i < rows; i++) {
    const [a, b, c] = [rng.normal(), rng.normal(), rng.integer(14)];
    const y = Math.sin(2 * a) + 4 * b + c / 5 + rng.normal() / 3;
    lines.push(`${a.toFixed(4)},${b.toFixed(4)},k${c},${y.toFixed(4)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What does not depend on the clock, or on where the study lies. */
function timeless({ seconds: _s, model: _m, study: _n, leaderboard, refitted, ...rest }: StudySummary) {
  return {
    ...rest,
    refitted: refitted && { ...refitted, seconds: 0 },
    leaderboard: leaderboard.map(({ fitSeconds: _fit, predictMsPerRow: _predict, ...entry }) => entry),
  };
}

/** Everything that predicts in a model file: not the folder's name, which its command holds. */
function parts(folder: string): PredictorParts {
  return withStudy(folder, (storage) => predictorParts(storage, studySummary(storage).best!));
}

function withStudy<T>(folder: string, work: (storage: Storage) => T): T {
  const storage = openForWriting(folder);
  try {
    return work(storage);
  } finally {
    storage.close();
  }
}

/** As a kill leaves it between a model and the record that says it is whole. */
function leaveHalfWritten(folder: string): void {
  withStudy(folder, (storage) => {
    const { left } = refitTasks(storage, studySummary(storage).best!);
    for (const { job } of left) storage.putBlob(`refit/${job.trial}/${job.fold}`, Uint8Array.of(1, 2, 3));
  });
}

/** Gives rows back to a model of a study that was told not to. */
async function giveBack(data: StudyData, folder: string, model: string): Promise<void> {
  const storage = openForWriting(folder);
  const settings = { ...studyRecord.settings(storage)!, refit: true };
  studyRecord.setSettings(storage, settings);
  const session = { settings, planned: null, searchEnd: () => null, startedAt: 0, workers: 1 };
  const reporter = new RunReporter(storage, session, undefined);
  const { signal } = new AbortController();
  const rest = { storage, data, reporter, limitMs: undefined, signal, workers: 1, option: 'wasm' } as const;
  await giveRowsBack({ ...rest, model, end: null });
  storage.close();
}

describe('giving rows back', function () {
  this.timeout(240_000);
  let folder: string;
  let whole: StudySummary;
  const events: RunEvent[] = [];
  const out = (name: string) => join(folder, name);
  const base = (): FitOptions => ({
    data: join(folder, 'table.csv'),
    target: 'y',
    models: ['dummy', 'linear', 'xgboost', 'ensemble'],
    trials: 4,
    folds: FOLDS,
    workers: 2,
    engine: 'wasm',
  });
  const refitsIn = (told: readonly RunEvent[]) => told.flatMap((event) => (event.type === 'refit' ? [event] : []));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-refit-'));
    writeFileSync(join(folder, 'table.csv'), table());
    whole = await fit({ ...base(), out: out('whole'), onEvent: (event) => events.push(event) });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes the models that the same fits give with the held-out rows among the training rows of each fold', async () => {
    const { data } = await loadData(checkOptions(base()));
    expect(data.holdout.length).to.equal(100);
    const grown = data.folds.map(({ train, validation }) => ({
      train: Uint32Array.from([...train, ...data.holdout]).sort(),
      validation,
    }));
    const { members, recipes } = parts(out('whole'));
    const trials = withStudy(out('whole'), (storage) => storage.trials());
    expect(members.length).to.be.greaterThan(1);
    for (const { name, folds } of members) {
      const trial = trials.find((candidate) => modelName(candidate) === name)!;
      for (const [fold, { recipe, state }] of folds.entries()) {
        const outcome = await runFold({ ...data, folds: grown }, foldJob(trial, fold), null, wasmEngine);
        if (!outcome.ok) throw new Error(outcome.error);
        expect(state.tensors, `${name}, fold ${fold}`).to.deep.equal(outcome.model.tensors);
        expect(recipes[recipe], `${name}, fold ${fold}`).to.deep.equal(outcome.prepared.recipe);
      }
    }
  });

  it('leaves scores, weights, calibration and out-of-fold predictions as they are without it', async () => {
    const without = await fit({ ...base(), out: out('without'), refit: false });
    // How often intervals hold is of the models that are taken away.
    const { coverage } = timeless(without);
    expect(timeless(without)).to.deep.equal({ ...timeless(whole), refitted: null, coverage });
    expect(without.leaderboard.every(({ holdout }) => holdout !== null)).to.equal(true);
    const views = ['whole', 'without'].map((name) => {
      const reader = openStudy(out(name));
      const { predictions, rows } = reader.model(whole.best!);
      reader.close();
      return { predictions, rows };
    });
    expect(views[1]).to.deep.equal(views[0]);
    const [given, kept] = [parts(out('whole')), parts(out('without'))];
    expect({ ...kept, members: [], recipes: {} }).to.deep.equal({ ...given, members: [], recipes: {} });
    expect(kept.members.map(({ weight }) => weight)).to.deep.equal(given.members.map(({ weight }) => weight));
    expect(kept).to.deep.equal(withStudy(out('whole'), (storage) => searchParts(storage, whole.best!)));
    expect(kept).to.not.deep.equal(given);
  });

  it('learns how sure the new models are from what they say of the rows of their own folds, which they have not seen', async () => {
    const { data } = await loadData(checkOptions(base()));
    const { members, recipes, ...own } = parts(out('whole'));
    for (const member of members) {
      const said = withStudy(out('whole'), (storage) => {
        const trial = storage.trials().find((candidate) => modelName(candidate) === member.name)!;
        return refittedPredictions(storage, trial)!;
      });
      let at = 0;
      for (const [fold, { validation }] of data.folds.entries()) {
        const alone = { ...own, recipes, members: [{ ...member, weight: 1, folds: [member.folds[fold]] }] };
        const predictor = new Predictor({ ...alone, combine: undefined }, wasmEngine);
        const { data: expected } = await predictor.predict(selectFrameRows(data.frame, validation));
        predictor.dispose();
        const place = said.subarray(at, (at += validation.length));
        expected.forEach((value, i) => expect(place[i], `${member.name}, fold ${fold}`).to.be.closeTo(value, 1e-4));
      }
      expect(at).to.equal(said.length);
    }
    const sureness = (name: string, of = (storage: Storage) => storage) =>
      withStudy(out(name), (storage) => deliveredParts(of(storage), whole.best!).uncertainty as NumberUncertainty);
    const [given, kept] = [sureness('whole'), sureness('without')];
    expect(given.steps).to.not.deep.equal(kept.steps);
    // Studies of versions before do not hold what the new models said.
    const earlier = (storage: Storage): Storage =>
      Object.assign(Object.create(storage) as Storage, {
        getBlob: (key: string) => (key.endsWith('/said') ? undefined : storage.getBlob(key)),
      });
    expect(sureness('whole', earlier)).to.deep.equal(kept);
  });

  it('tells every fit, and says in the summary what was given back to whom', () => {
    const told = refitsIn(events);
    const names = withStudy(out('whole'), (storage) =>
      studyRecord.ensemble(storage)!.members.map(({ model }) => model),
    );
    expect(told.map(({ done }) => done)).to.deep.equal(Array.from({ length: names.length * FOLDS }, (_, i) => i + 1));
    expect(told.every(({ total, error }) => total === names.length * FOLDS && error === null)).to.equal(true);
    expect(told.flatMap(({ model, isWhole }) => (isWhole ? [model] : []))).to.have.members(names);
    const phases = events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    expect(phases.slice(-3)).to.deep.equal(['holdout', 'refitting', 'exporting']);
    expect(whole.refitted).to.include({ model: 'ensemble', rows: 100, fits: names.length * FOLDS });
    expect(whole.refitted!.kept).to.deep.equal([]);
  });

  it('says how far each model is behind the winner, on the folds and on the held-out rows', () => {
    const [best, ...others] = whole.leaderboard;
    const sign = whole.direction === 'minimize' ? 1 : -1;
    expect(best.behind).to.equal(null);
    for (const { behind, cv, holdout } of others) {
      expect(behind!.folds!.gain).to.be.closeTo(sign * (cv - best.cv), 1e-9);
      const { gain, low, high } = behind!.holdout!;
      expect(gain).to.be.closeTo(sign * (holdout! - best.holdout!), 1e-9);
      expect(low).to.be.below(gain);
      expect(high).to.be.above(gain);
    }
    // Drawn pair by pair: two models' scores move together, so that their difference is surer than either.
    const rival = others.find(({ family }) => family === 'xgboost') ?? others[0];
    const width = ({ low, high }: { readonly low: number; readonly high: number }): number => high - low;
    expect(width(rival.behind!.holdout!)).to.be.below(width(best.holdoutInterval!) + width(rival.holdoutInterval!));
  });

  it('ends in the same bits whatever the number of workers, and wherever it was stopped', async () => {
    const { total } = refitsIn(events)[0];
    for (const stopAt of [0, FOLDS + 1]) {
      const name = `stopped-${stopAt}`;
      // The search is the same: the second one goes on from where the first one was stopped.
      const resume = stopAt > 0;
      if (resume) cpSync(out('searched'), out(name), { recursive: true });
      const controller = new AbortController();
      let done = 0;
      const onEvent = (event: RunEvent): void => {
        if (event.type === 'refit') done++;
        if (event.type === 'refit' || (event.type === 'phase' && event.phase === 'refitting'))
          if (done === stopAt) controller.abort();
      };
      const options = { ...base(), out: out(name), workers: 1, resume, signal: controller.signal, onEvent };
      const stopped = await fit(options).catch((error: unknown) => error);
      expect(stopped, name).to.have.property('name', 'RunInterrupted');
      if (!resume) cpSync(out(name), out('searched'), { recursive: true });
      leaveHalfWritten(out(name));
      const told: RunEvent[] = [];
      const resumed = await fit({
        ...base(),
        out: out(name),
        workers: 1,
        resume: true,
        onEvent: (event) => told.push(event),
      });
      expect(timeless(resumed), name).to.deep.equal(timeless(whole));
      expect(parts(out(name)), name).to.deep.equal(parts(out('whole')));
      expect(refitsIn(told), `${name}: what is stored is not fitted again`).to.have.length(total - done);
    }
  });

  it('keeps the models of the search where a fit failed, and says so', async () => {
    await fit({ ...base(), out: out('failed'), models: ['xgboost'], trials: 1 });
    withStudy(out('failed'), (storage) => storage.set('refit/0/1', { recipe: '', seconds: 1, error: 'no memory' }));
    const warnings: string[] = [];
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'warning') warnings.push(event.message);
    };
    const summary = await fit({ ...base(), out: out('failed'), models: ['xgboost'], trials: 1, resume: true, onEvent });
    expect(warnings.join()).to.include('xgboost-0 stays as the search fitted it, without the 100 held-out rows');
    expect(summary.refitted).to.equal(null);
    withStudy(out('failed'), (storage) =>
      expect(predictorParts(storage, 'xgboost-0')).to.deep.equal(searchParts(storage, 'xgboost-0')),
    );
  });

  it('has nothing to give back without a hold-out', async () => {
    const told: RunEvent[] = [];
    const options = { ...base(), holdout: 0, models: ['linear'] as const, trials: 1 };
    const summary = await fit({ ...options, out: out('none'), onEvent: (event) => told.push(event) });
    expect(summary.refitted).to.equal(null);
    expect(told.some((event) => event.type === 'phase' && event.phase === 'refitting')).to.equal(false);
  });

  it('goes on with a study of an earlier version as it began, and refuses to change its mind about a new one', async () => {
    const options = { ...base(), models: ['linear', 'xgboost'] as const };
    await fit({ ...options, trials: 1, out: out('old'), refit: false });
    withStudy(out('old'), (storage) => {
      const earlier = { ...studyRecord.settings(storage)!, refit: undefined };
      studyRecord.setSettings(storage, JSON.parse(JSON.stringify(earlier)) as StudySettings);
    });
    const summary = await fit({ ...options, trials: 2, out: out('old'), resume: true });
    expect(summary.refitted).to.equal(null);
    const mind = await fit({
      ...options,
      trials: 1,
      out: out('whole'),
      models: base().models,
      refit: false,
      resume: true,
    }).catch((error: unknown) => error);
    expect((mind as Error).message).to.match(/^resume: refit must be that of the study, got false/);
  });

  it('says of an exported model that it has not seen the held-out rows, and not of one that has', async () => {
    const notices: string[] = [];
    const take = (model: string) =>
      exportModel(out('whole'), model, 'safetensors', out('x.safetensors'), (sentence) => notices.push(sentence));
    const [member, other] = withStudy(out('whole'), (storage) => {
      const members = studyRecord.ensemble(storage)!.members.map(({ model }) => model);
      const names = storage
        .trials()
        .filter(({ state }) => state === 'complete')
        .map(modelName);
      return [members[0], names.find((name) => !members.includes(name))];
    });
    await take('ensemble');
    await take(member);
    expect(notices).to.deep.equal([]);
    expect(other, 'the ensemble is not of all models').to.not.equal(undefined);
    await take(other!);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/was fitted without the 100 held-out rows/);
    expect(readFileSync(out('x.safetensors')).length).to.be.greaterThan(100);
  });

  it('counts the fits that have ended where they have a limit, too', async () => {
    await fit({ ...base(), out: out('limited'), models: ['linear'], trials: 1, refit: false });
    const { data } = await loadData(checkOptions(base()));
    const storage = openForWriting(out('limited'));
    const settings = { ...studyRecord.settings(storage)!, refit: true };
    studyRecord.setSettings(storage, settings);
    const trials = () => storage.trials().map((trial) => ({ ...trial, info: { ...trial.info, limitMs: 60_000 } }));
    const byTheClock = Object.assign(Object.create(storage) as Storage, { trials });
    const told: RunEvent[] = [];
    const session = { settings, planned: null, searchEnd: () => null, startedAt: 0, workers: 1 };
    const reporter = new RunReporter(storage, session, (event) => void told.push(event));
    const { signal } = new AbortController();
    const rest = {
      storage: byTheClock,
      data,
      reporter,
      limitMs: undefined,
      signal,
      workers: 1,
      option: 'wasm',
    } as const;
    await giveRowsBack({ ...rest, model: 'linear-0', end: null });
    expect(refitsIn(told).map(({ done }) => done)).to.deep.equal(Array.from({ length: FOLDS }, (_, i) => i + 1));
    storage.close();
  });

  it('stops where no time is left, with the models of the search', async () => {
    await fit({ ...base(), out: out('late'), models: ['xgboost'], trials: 1, refit: false });
    const { data } = await loadData(checkOptions(base()));
    const storage = openForWriting(out('late'));
    const settings = { ...studyRecord.settings(storage)!, refit: true };
    studyRecord.setSettings(storage, settings);
    const warnings: string[] = [];
    const session = { settings, planned: null, searchEnd: () => null, startedAt: 0, workers: 1 };
    const reporter = new RunReporter(storage, session, (event) => {
      if (event.type === 'warning') warnings.push(event.message);
    });
    const { signal } = new AbortController();
    const rest = { storage, data, reporter, limitMs: undefined, signal, workers: 1, option: 'wasm' } as const;
    await giveRowsBack({ ...rest, model: 'xgboost-0', end: 0 });
    expect(warnings.join()).to.include('xgboost-0 stays as the search fitted it');
    expect(predictorParts(storage, 'xgboost-0')).to.deep.equal(searchParts(storage, 'xgboost-0'));
    await giveRowsBack({ ...rest, model: 'xgboost-0', end: null });
    expect(predictorParts(storage, 'xgboost-0')).not.to.deep.equal(searchParts(storage, 'xgboost-0'));
    storage.close();
  });
});

describe('giving rows back where they follow each other in time', function () {
  this.timeout(240_000);
  let folder: string;
  let whole: StudySummary;
  const out = (name: string) => join(folder, name);
  const base = (): FitOptions => ({
    data: join(folder, 'table.csv'),
    target: 'y',
    time: 't',
    models: ['linear', 'xgboost', 'ensemble'],
    trials: 3,
    folds: FOLDS,
    workers: 2,
    engine: 'wasm',
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-refit-time-'));
    writeFileSync(join(folder, 'table.csv'), drifting());
    whole = await fit({ ...base(), out: out('whole') });
    await fit({ ...base(), out: out('plain'), refit: false });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('fits every member on all rows, as many rounds as the longer of the latest two folds took, over three seeds', async () => {
    const { data } = await loadData(checkOptions(base()));
    const rows = allRows(500);
    cpSync(out('plain'), out('all'), { recursive: true });
    await giveBack(data, out('all'), 'ensemble');
    const [members, trials, parted] = withStudy(out('all'), (storage) => {
      const { members: own } = predictorParts(storage, 'ensemble');
      return [own, storage.trials(), storage.parts()] as const;
    });
    expect(members.map(({ family, folds }) => [family, folds.length])).to.deep.include(['xgboost', 3]);
    for (const { name, family, folds } of members) {
      const { params, seed, number } = trials.find((trial) => modelName(trial) === name)!;
      const best = parted
        .filter(({ trial }) => trial === number)
        .map(({ info }) => (info as unknown as Info).report.bestStep);
      const given = family === 'xgboost' ? { ...params, rounds: Math.max(best[1], best[2]) } : params;
      const { recipe: kind, estimator } = catalogEntry(family as 'xgboost');
      const { frame, y, k, classes, times } = data;
      const prepareSeed = deriveSeed(data.seed, 'prepare', kind, 'all');
      const { X } = fitRecipe(kind, frame, { y, k, classes }, rows, prepareSeed, { times });
      expect(folds).to.have.length(family === 'xgboost' ? 3 : 1);
      for (const [i, { state }] of folds.entries()) {
        const context = { task: 'regression', k: 1, seed: deriveSeed(seed, 'refit', i), engine: wasmEngine } as const;
        const model = await estimator(given).fit({ X, y, rows }, context);
        expect(state.tensors, `${name}, ${i}`).to.deep.equal(model.save().tensors);
      }
    }
  });

  it('scores the hold-out by the models of the latest fold, and says so', async () => {
    const { data } = await loadData(checkOptions(base()));
    expect(whole.refitted).to.include({ model: whole.best, on: 'all', rows: 100 });
    const parts = withStudy(out('whole'), (storage) => {
      const { members, ...rest } = searchParts(storage, 'ensemble');
      return { ...rest, members: members.map((member) => ({ ...member, folds: member.folds.slice(-1) })) };
    });
    const predictor = new Predictor(parts, wasmEngine);
    const predictions = await predictor.predict(selectFrameRows(data.frame, data.holdout));
    const score = METRICS.rmse.compute(selectTarget(data.y, data.holdout), predictions);
    expect(whole.leaderboard.find(({ family }) => family === 'ensemble')!.holdout).to.be.closeTo(score, 1e-6);
  });

  it('takes the models of the latest fold where nothing is given back, and the mean of all folds in earlier studies', async () => {
    cpSync(out('plain'), out('earlier'), { recursive: true });
    withStudy(out('earlier'), (storage) => {
      const { members } = searchParts(storage, 'ensemble');
      const latest = members.map(({ folds }) => folds.slice(-1));
      expect(predictorParts(storage, 'ensemble').members.map(({ folds }) => folds)).to.deep.equal(latest);
      const earlier = { ...studyRecord.settings(storage)!, refit: undefined };
      studyRecord.setSettings(storage, JSON.parse(JSON.stringify(earlier)) as StudySettings);
      expect(predictorParts(storage, 'ensemble').members).to.deep.equal(members);
    });
  });

  it('knows the latest level, also without a hold-out', async () => {
    const summary = await fit({ ...base(), holdout: 0, trials: 2, models: ['xgboost'], out: out('level') });
    expect(summary.refitted).to.include({ on: 'all', rows: 0, fits: 3 });
    const model = await loadModel(summary.model!);
    const [{ prediction }] = await model.predict([{ a: 0, t: 49 }]);
    model.dispose();
    // The level rises from 0 to 5, and one of three folds has seen it: their mean says 1.7.
    expect(prediction).to.be.greaterThan(3);
  });

  it('ends in the same bits wherever it was stopped', async () => {
    const only: FitOptions = { ...base(), models: ['xgboost'], trials: 1 };
    const alone: RunEvent[] = [];
    const uncut = await fit({ ...only, out: out('uncut'), onEvent: (event) => alone.push(event) });
    const total = alone.filter(({ type }) => type === 'refit').length;
    expect(total).to.equal(3);
    for (const stopAt of [0, total - 1]) {
      const controller = new AbortController();
      let done = 0;
      const onEvent = ({ type, ...rest }: RunEvent): void => {
        if (type === 'refit') done++;
        if ((type === 'refit' || ('phase' in rest && rest.phase === 'refitting')) && done === stopAt)
          controller.abort();
      };
      const options = { ...only, out: out(`cut-${stopAt}`), onEvent };
      const stopped = await fit({ ...options, signal: controller.signal }).catch((error: unknown) => error);
      expect(stopped).to.have.property('name', 'RunInterrupted');
      const resumed = await fit({ ...options, resume: true });
      expect(timeless(resumed)).to.deep.equal(timeless(uncut));
      expect(parts(out(`cut-${stopAt}`))).to.deep.equal(parts(out('uncut')));
      expect(done).to.equal(total);
    }
  });

  it('takes groups and a gap with it', async () => {
    const summary = await fit({ ...base(), group: 'g', gap: 5, models: ['linear'], trials: 1, out: out('both') });
    expect(summary.refitted).to.include({ on: 'all' });
    const reader = openStudy(out('both'));
    expect(reader.view().command).to.include('--group g --time t --gap 5');
    reader.close();
    const other = await fit({
      ...base(),
      group: 'g',
      models: ['linear'],
      trials: 1,
      out: out('both'),
      resume: true,
    }).catch((error: unknown) => error);
    expect((other as Error).message).to.match(/^resume: gap must be that of the study/);
  });
});

interface Info {
  readonly report: { readonly bestStep: number };
}

/** A level that jumps at the end, and groups of twenty rows in time order. */
function drifting(): string {
  const rng = new Rng(9);
  const lines = ['t,g,a,y'];
  for (let t = 0; t < 500; t++) {
    const a = rng.normal();
    lines.push(
      `${Math.floor(t / 10)},p${Math.floor(t / 20)},${a.toFixed(3)},${(a / 4 + (t >= 300 ? 5 : 0) + rng.normal() / 9).toFixed(3)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

describe('expectedRefitMs', () => {
  const settings = {
    refit: true,
    time: null,
    rows: 1000,
    holdoutRows: 200,
    folds: 5,
    families: ['xgboost', 'ensemble'],
  };
  const study = (fits: readonly { group: string; value: number; seconds: number }[]): Storage => {
    const storage = createMemoryStorage();
    fits.forEach(({ group, value, seconds }, number) => {
      storage.begin({ number, group, origin: 'portfolio', params: {}, assignment: null, seed: 1 });
      for (let part = 0; part < 5; part++) storage.recordPart({ trial: number, part, value, seconds });
      storage.finish(number, { state: 'complete', value });
    });
    return storage;
  };
  const expected = (fits: Parameters<typeof study>[0], change: object = {}, workers = 1): number =>
    expectedRefitMs(study(fits), { ...settings, ...change } as unknown as StudySettings, workers);
  const fast = { group: 'xgboost', value: 2, seconds: 1 };

  it('is that of the trials that count in a blend, where that is known', () => {
    const fits = [fast, { ...fast, seconds: 3 }, { ...fast, group: 'lrnn', seconds: 5 }];
    const of = (...counting: number[]): number =>
      expectedRefitMs(study(fits), settings as unknown as StudySettings, 1, new Map(counting.map((n) => [n, 0.5])));
    expect(of(0)).to.equal(expected([fast]));
    expect(of(1)).to.be.within(3 * 6560, 3 * 9000);
    expect(of(1, 2)).to.be.greaterThan(of(1) + 5 * 6560);
    expect(of(), 'nothing is known').to.equal(expected(fits));
  });

  it('is that of the best two trials of each family, on as many more rows as come back, and shared by the workers', () => {
    // 840 rows instead of 640: 5 fits of 1 s become 6.56 s.
    const one = expected([fast]);
    expect(one).to.be.within(6560, 9000);
    expect(expected([fast, { ...fast, value: 1 }])).to.be.within(2 * 6560, 2 * 9000);
    expect(expected([fast, { ...fast, value: 1 }, { ...fast, value: 3, seconds: 100 }])).to.be.below(2 * 9000);
    expect(expected([fast], {}, 5)).to.be.below(one / 2);
    expect(expected([fast, { ...fast, group: 'lrnn', seconds: 3 }])).to.be.greaterThan(3 * one);
  });

  it('begins with members that count most for their time, and ends with those that will not be through', () => {
    const fits = [fast, { ...fast, seconds: 10 }, { ...fast, seconds: 2 }];
    const storage = study(fits);
    studyRecord.setSettings(storage, settings as unknown as StudySettings);
    const weights = [0.1, 0.6, 0.3];
    const members = weights.map((weight, n) => ({ model: `xgboost-${n}`, family: 'xgboost' as const, weight }));
    studyRecord.setEnsemble(storage, { members, foldScores: [] });
    const { all } = refitTasks(storage, 'ensemble');
    const orderFor = (seconds: number): string[] => {
      const tasks = bestForTheTime(all, { storage, model: 'ensemble' }, 1000 * seconds);
      expect(tasks).to.have.members(all);
      return [...new Set(tasks.map(({ model }) => model))];
    };
    expect(orderFor(1000)).to.deep.equal(['xgboost-2', 'xgboost-0', 'xgboost-1']);
    expect(orderFor(10), 'only the first').to.deep.equal(['xgboost-0', 'xgboost-2', 'xgboost-1']);
    expect(orderFor(80), 'the dear one, after the best').to.deep.equal(['xgboost-2', 'xgboost-0', 'xgboost-1']);
  });

  it('counts the seeds on all rows where rows follow each other in time, by the latest fold', () => {
    // 800 rows that are not held out make six blocks: 667 train the latest fold, 1,000 the model.
    const inTime = expected([fast], { time: 't' });
    expect(inTime).to.be.within(3 * 1500, 3 * 1500 + 3500);
    expect(expected([fast], { time: 't', holdoutRows: 0 })).to.be.within(3 * 1200, inTime);
    expect(expected([{ ...fast, group: 'linear' }], { time: 't' })).to.be.below(inTime / 1.5);
  });

  it('is nothing before a trial has finished, and where nothing is given back', () => {
    expect(expected([])).to.equal(0);
    expect(expected([fast], { refit: false })).to.equal(0);
    expect(expected([fast], { refit: undefined })).to.equal(0);
    expect(expected([fast], { holdoutRows: 0 })).to.equal(0);
  });
});
