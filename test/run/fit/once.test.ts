import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PredictorParts, RunEvent } from '../../../src/automl/index.js';
import {
  chooseOnce,
  foldJob,
  inlineExecutor,
  keepAdjustments,
  makeAdjustments,
  makeEnsemble,
  makeVerdict,
  modelName,
  onceRecord,
  onceRows,
  onceView,
  Predictor,
  predictorParts,
  refitTasks,
  runFold,
  runRefits,
  runSearch,
  scoreFinalists,
  searchParts,
  selectFrameRows,
  selectTarget,
  studyRecord,
  studySummary,
} from '../../../src/automl/index.js';
import { deriveSeed, Rng } from '../../../src/core/index.js';
import { wasmEngine } from '../../../src/engine/index.js';
import type { Metric } from '../../../src/evaluate/index.js';
import { decideAt, metricFor } from '../../../src/evaluate/index.js';
import type { LoadedData } from '../../../src/run/fit/load-data.js';
import { loadData } from '../../../src/run/fit/load-data.js';
import { fitOnce, openPlan, withTime } from '../../../src/run/fit/once.js';
import type { CheckedOptions } from '../../../src/run/fit/options.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import { unseenRows } from '../../../src/run/fit/refit.js';
import { RunReporter } from '../../../src/run/fit/reporter.js';
import { groupsFor } from '../../../src/run/fit/search-plan.js';
import { openSettings } from '../../../src/run/fit/study-settings.js';
import type { FitOptions } from '../../../src/run/index.js';
import type { Storage } from '../../../src/search/index.js';
import { createMemoryStorage, planTrials, Study, tpeSampler } from '../../../src/search/index.js';

const ROWS = 9000;
const engine = wasmEngine;

/** Much to learn from many rows: waves along two columns; y as a number, and as one of two classes of which one is rare. */
function table(): string {
  const rng = new Rng(4);
  const lines = ['a,b,y,c'];
  for (let i = 0; i < ROWS; i++) {
    const [a, b] = [rng.uniform(), rng.uniform()];
    const y = Math.sin(40 * a) + Math.cos(40 * b) + 0.2 * rng.normal();
    lines.push(`${a.toFixed(5)},${b.toFixed(5)},${y.toFixed(4)},${y > 0.9 ? 'yes' : 'no'}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A study at the end of its search. */
interface Searched {
  readonly storage: Storage;
  readonly loaded: LoadedData;
  readonly metric: Metric;
}

interface Asked {
  /** Rows that each fold trains on; null: all. */
  readonly rows?: number | null;
  readonly options?: Partial<FitOptions>;
}

describe('a fit on all rows', function () {
  this.timeout(240_000);
  let folder: string;
  /** A study that was fitted again without a break. */
  let whole: Searched;
  const best = ({ storage }: Searched) => ({ model: studySummary(storage).best! });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-once-'));
    writeFileSync(join(folder, 'table.csv'), table());
    whole = await searched();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Searches that ask for the same rows and columns share what was read; nothing changes it. */
  const tables = new Map<string, Promise<LoadedData>>();
  function read(options: CheckedOptions): Promise<LoadedData> {
    const { target, ignore, holdout, metric, folds } = options;
    const key = JSON.stringify({ target, ignore, holdout, metric, folds });
    const table = tables.get(key) ?? loadData(options);
    tables.set(key, table);
    return table;
  }

  async function searched({ rows = 150, options: more = {} }: Asked = {}): Promise<Searched> {
    const options = checkOptions({
      ...{
        data: join(folder, 'table.csv'),
        target: 'y',
        ignore: ['c'],
        models: ['dummy', 'linear', 'gbdt', 'ensemble'],
      },
      ...{ trials: 6, folds: 3, holdout: 0.5, engine: 'wasm', out: join(folder, 'study') },
      ...more,
    });
    const loaded = await read(options);
    const { data } = loaded;
    const storage = createMemoryStorage();
    const session = { storage, options, loaded, startedAt: 0, workers: 1, engine: 'wasm' };
    const settings = openSettings({ ...session, budget: { trials: 6, timeBudgetMs: null } });
    const metric = metricFor(settings.metric, settings.task);
    const executor = inlineExecutor(data, engine);
    const none = () => undefined;
    const { signal } = new AbortController();
    await runSearch({
      ...{ storage, executor, folds: 3, metric, signal },
      study: new Study({
        storage,
        plan: planTrials({ groups: groupsFor(data, settings, storage) }),
        sampler: tpeSampler(),
        seed: 1,
        maxTrials: 6,
      }),
      allot: () => (rows === null ? {} : { rows }),
      listener: { trialStarted: none, foldStarted: none, foldEnded: none, foldDone: none, trialDone: none },
    });
    await executor.close();
    studyRecord.setEnsemble(storage, makeEnsemble(storage, metric));
    keepAdjustments(storage, makeAdjustments(storage, metric));
    studyRecord.setVerdict(storage, makeVerdict(storage, metric, data));
    studyRecord.setFinalists(storage, await scoreFinalists(storage, data, metric, engine, signal));
    return { storage, loaded, metric };
  }

  /** Fits what the best model needs. */
  async function refit(
    { storage, loaded: { data } }: Searched,
    { signal = new AbortController().signal, end = Infinity } = {},
  ) {
    const events: RunEvent[] = [];
    const model = studySummary(storage).best!;
    const plan = openPlan(storage, data, model, 1);
    const session = { settings: studyRecord.settings(storage)!, planned: null, searchEnd: () => null };
    const tell = (event: RunEvent) => void events.push(event);
    const reporter = new RunReporter(storage, { ...session, startedAt: 0, workers: 1 }, tell);
    const rest = { reporter, workers: 1, option: 'wasm', end: end === Infinity ? null : end, signal, engine } as const;
    if (plan) await fitOnce({ storage, data, model, ...rest }, plan);
    return { events, model, plan: plan! };
  }

  /** What a model says of the judging rows, and what it scores there. */
  async function judged({ loaded: { data }, metric }: Searched, parts: PredictorParts) {
    const { judge } = onceRows(data);
    const predictor = new Predictor(parts, engine);
    const said = await predictor.predict(selectFrameRows(data.frame, judge));
    predictor.dispose();
    const decided = metric.decides ? decideAt(said, parts.threshold ?? 0.5) : said;
    return { said, score: metric.compute(selectTarget(data.y, judge), decided) };
  }

  it('sees every row but those that stop and judge it, and is taken away where it is better', async () => {
    const study = whole;
    const { storage, loaded } = study;
    const old = await judged(study, predictorParts(storage, studySummary(storage).best!));
    const { model, plan, events } = await refit(study);
    const { train, stop, judge } = onceRows(loaded.data);
    expect(plan.rows).to.deep.equal({ train: train.length, stop: stop.length, judge: judge.length });
    const trial = storage.trials()[plan.trials[0]];
    // A blend keeps its member as the search fitted it; a single model would be replaced.
    expect(model).to.equal('ensemble');
    expect(trial.group).to.equal('gbdt');
    expect(events.filter(({ type }) => type === 'refit')).to.have.length(plan.trials.length);

    const { refitted, samples } = studySummary(storage);
    const parts = predictorParts(storage, model);
    const { score } = await judged(study, parts);
    expect(refitted!.once).to.include({ isTaken: true, trainRows: train.length });
    expect(refitted!.once!.before).to.be.closeTo(old.score, 1e-6);
    expect(refitted!.once!.score).to.be.closeTo(score, 1e-6);
    expect(score).to.be.lessThan(0.95 * old.score);
    expect(samples!.at(-1)).to.include(`${modelName(trial)} was fitted once more on ${train.length} rows`);
    expect(unseenRows(storage, modelName(trial))).to.include('as the search fitted it');
    expect(unseenRows(storage, model)).to.equal(null);

    // The same fit by hand: the rows that were never held out train, the stopping rows stop.
    const member = parts.members.find(({ name }) => name === modelName(trial))!;
    const byHand = await runFold(
      { ...loaded.data, folds: [{ train, validation: stop }] },
      { ...foldJob(trial, 0), seed: deriveSeed(trial.seed, 'refit', 'once') },
      null,
      engine,
    );
    expect(byHand.ok && byHand.model.tensors).to.deep.equal(member.folds[0].state.tensors);
  });

  it('calibrates and decides anew, and scores what is taken away so', async () => {
    const study = await searched({ options: { target: 'c', ignore: ['y'], metric: 'f1', models: ['dummy', 'gbdt'] } });
    const { model } = await refit(study);
    const { once } = studySummary(study.storage).refitted!;
    const { score } = await judged(study, predictorParts(study.storage, model));
    expect(once!.score).to.be.closeTo(score, 1e-6);
    expect(once!.score).to.be.greaterThan(once!.before);
    expect(once!.members.map((member) => member.isFitted)).to.deep.equal([true]);
  });

  it('gives the same bits where it was killed before or after its fits, or had no time for them', async () => {
    const killed = await searched();
    const { model } = await refit(killed, { signal: AbortSignal.abort(new Error('killed')) }).catch(() => best(killed));
    const before = searchParts(killed.storage, model);
    expect(predictorParts(killed.storage, model)).to.deep.equal(before);

    const late = await refit(killed, { end: Date.now() - 1000 });
    expect(studySummary(killed.storage).refitted).to.equal(null);
    expect(predictorParts(killed.storage, model)).to.deep.equal(before);
    const warnings = late.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings.join()).to.include(`${model} stays as the search fitted it, on samples of the rows`);

    const first = await refit(killed);
    expect(first.events.filter(({ type }) => type === 'refit')).to.have.length(first.plan.trials.length);
    // As a kill leaves it between the last fit and the word on it.
    onceRecord.setOutcome(killed.storage, null);
    expect(predictorParts(killed.storage, model)).to.deep.equal(before);
    const second = await refit(killed);
    expect(second.events.filter(({ type }) => type === 'refit')).to.have.length(0);
    await refit(whole);
    const [one, other] = [whole, killed].map(({ storage }) => storage);
    expect(predictorParts(other, model)).to.deep.equal(predictorParts(one, model));
    expect(studySummary(other).refitted!.once).to.deep.equal(studySummary(one).refitted!.once);
  });

  it('is made again where a session before had little time for it, with the bits of one that had enough', async () => {
    const study = await searched();
    const { storage, loaded } = study;
    const model = studySummary(storage).best!;
    openPlan(storage, loaded.data, model, 1);
    const executor = inlineExecutor(loaded.data, engine);
    await runRefits({
      ...{ storage, executor, tasks: refitTasks(storage, model).left, done: () => undefined },
      limited: (task) => ({ ...task, job: { ...task.job, limitMs: 0.1, rows: 500 } }),
      signal: new AbortController().signal,
    });
    await executor.close();
    const told = ({ events }: { events: RunEvent[] }) =>
      events.flatMap((event) => (event.type === 'refit' || event.type === 'warning' ? [event.type] : []));

    // No time at all: what is there is kept, and judged.
    const late = await refit(study, { end: Date.now() - 1000 });
    expect(told(late)).to.deep.equal([]);
    expect(onceRecord.outcome(storage)).to.not.equal(null);
    const short = onceView(storage, model)!;
    expect(short.trainRows).to.equal(500);

    // Killed before it was made again: it is still there.
    await refit(study, { signal: AbortSignal.abort(new Error('killed')) }).catch(() => undefined);
    expect(onceView(storage, model)).to.deep.equal(short);
    const still = await refit(study, { end: Date.now() - 1000 });
    expect(told(still)).to.deep.equal([]);
    expect(onceView(storage, model)).to.deep.equal(short);

    const again = await refit(study);
    expect(told(again).sort()).to.deep.equal([
      ...again.plan.trials.map(() => 'refit'),
      ...again.plan.trials.map(() => 'warning'),
    ]);
    await refit(whole);
    expect(predictorParts(storage, model)).to.deep.equal(predictorParts(whole.storage, model));
    expect(told(await refit(study))).to.deep.equal([]);
  });

  it('is not made again where its turn comes when there is no longer much more time than it had', async () => {
    const { storage, loaded } = await searched();
    const model = studySummary(storage).best!;
    const plan = openPlan(storage, loaded.data, model, 1)!;
    const [task] = refitTasks(storage, model).all;
    const limitOf = (hadMs: number | undefined, waiting = 0) =>
      withTime(task, { storage, plan, until: Date.now() + 100_000, waiting, hadMs })?.job.limitMs ?? null;
    for (const hadMs of [undefined, 10_000]) expect(limitOf(hadMs)).to.be.within(80_000, 94_000);
    expect(limitOf(90_000)).to.equal(null);
    expect(limitOf(63_000)).to.equal(null);
    // Where others wait it would have less still.
    expect(limitOf(45_000, 1)).to.equal(null);
    expect(withTime(task, { storage, plan, until: null, waiting: 0, hadMs: 1e9 })).to.equal(task);
  });

  it('is taken where the rows that judge say so, whatever those that stopped it say', async () => {
    const study = await searched();
    const { storage, loaded, metric } = study;
    const { stop, judge } = onceRows(loaded.data);
    const other = (rows: Uint32Array) => {
      const y = loaded.data.y.slice();
      // Where y is turned round, what has learned most is furthest off.
      for (const row of rows) y[row] = -y[row];
      return { ...study, loaded: { ...loaded, data: { ...loaded.data, y } } };
    };
    await refit(study);
    const { plan } = await refit(study);
    const { signal } = new AbortController();
    const outcome = (rows: Uint32Array) =>
      chooseOnce({ storage, data: other(rows).loaded.data, plan, metric, engine, signal });
    expect((await outcome(judge))!.isTaken).to.equal(false);
    expect((await outcome(stop.subarray(0, 0)))!.isTaken).to.equal(true);
  });

  it('is not taken where it is no help, and says so', async () => {
    const study = await searched({ rows: 3000 });
    const { storage, loaded } = study;
    const model = studySummary(storage).best!;
    openPlan(storage, loaded.data, model, 1);
    const executor = inlineExecutor(loaded.data, engine);
    await runRefits({
      ...{ storage, executor, tasks: refitTasks(storage, model).left, done: () => undefined },
      limited: (task) => ({ ...task, job: { ...task.job, rows: 30 } }),
      signal: new AbortController().signal,
    });
    await executor.close();
    await refit(study);
    const { refitted, samples } = studySummary(storage);
    expect(refitted).to.equal(null);
    expect(samples!.at(-1)).to.match(
      /^fits on 30 rows have no weight beside the models of the search, which are taken away: their .* other held-out rows$/,
    );
    expect(predictorParts(storage, model)).to.deep.equal(searchParts(storage, model));
  });

  it('is not planned where folds saw all their rows, few rows are held out, or no rows are given back', async () => {
    const planOf = ({ storage, loaded: { data } }: Searched) => openPlan(storage, data, studySummary(storage).best!, 1);
    expect(planOf(await searched({ rows: null }))).to.equal(null);
    const study = await searched({ options: { models: ['dummy', 'linear'], trials: 2 } });
    const settings = studyRecord.settings(study.storage)!;
    expect(planOf(study)).to.have.property('trials').with.length(1);
    for (const other of [{ holdoutRows: 3999 }, { refit: false }, { time: 'a' }]) {
      studyRecord.setSettings(study.storage, { ...settings, ...other });
      expect(planOf(study)).to.equal(null);
    }
  });
});
