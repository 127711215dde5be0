/** @file Made-up studies that look like real ones: for views, plots and the server. */

import type {
  FoldCurve,
  HeldView,
  JobView,
  LeaderboardEntry,
  ModelView,
  Progress,
  RunEvent,
  StudySummary,
  StudyView,
  TrialView,
} from '../../src/automl/index.js';
import { behindBest } from '../../src/automl/index.js';
import type { Family, JsonObject, Matrix, Task, TrainedFamily } from '../../src/core/index.js';
import { allRows, createMatrix, Rng, taskFor } from '../../src/core/index.js';
import type { Schema } from '../../src/data/index.js';
import type { Metric } from '../../src/evaluate/index.js';
import { mean, metricFor, standardDeviation, toLoss, usualMetrics } from '../../src/evaluate/index.js';

export interface StudyRecipe {
  readonly name?: string;
  readonly task?: Task;
  readonly metric?: string;
  readonly trials?: number;
  readonly rows?: number;
  readonly folds?: number;
  readonly classes?: readonly string[];
  readonly status?: StudyView['status'];
  readonly seed?: number;
  /** Names that try to become markup, everywhere a user's text is shown. */
  readonly hostile?: boolean;
}

export const HOSTILE = `<img src=x onerror="alert('1')"></title><script>window.hacked = 1</script>&amp;`;

const START = Date.UTC(2026, 10, 24, 9, 30);

const SKILL: Readonly<Record<TrainedFamily, number>> = {
  dummy: 1,
  linear: 0.55,
  mlp: 0.4,
  lrnn: 0.33,
  gbdt: 0.34,
  extratrees: 0.38,
  knn: 0.5,
  xgboost: 0.35,
};

const SETTINGS: Readonly<Record<TrainedFamily, JsonObject>> = {
  dummy: {},
  linear: { alpha: 1 },
  mlp: {
    depth: 2,
    width: 192,
    activation: 'relu',
    inputSkip: false,
    dropout: 0.1,
    learningRate: 0.002,
    weightDecay: 0.02,
  },
  lrnn: {
    depth: 2,
    rank: 64,
    width: 4,
    hidden: 8,
    activation: 'tanh',
    sharing: 'neuron',
    first: { projection: 'axis', rank: 128, hidden: 4, activation: 'tanh' },
    frequencyScale: 1,
    inputSkip: true,
    dropout: 0.25,
    learningRate: 0.005,
    weightDecay: 0.03,
  },
  gbdt: { learningRate: 0.06, leaves: 31, minRows: 20, regLambda: 0.1, subsample: 0.8, colsample: 0.8 },
  extratrees: { trees: 200, columns: 'sqrt', minLeaf: 1 },
  knn: { neighbours: 15, power: 1 },
  xgboost: { maxDepth: 6, learningRate: 0.08, subsample: 0.7, minChildWeight: 1, regLambda: 1, regAlpha: 0.0001 },
};

const ORDER: readonly TrainedFamily[] = ['dummy', 'linear', 'lrnn', 'xgboost', 'mlp'];

type Full = Required<StudyRecipe>;

function complete(recipe: StudyRecipe): Full {
  const task = recipe.task ?? 'regression';
  const names = recipe.hostile ? [HOSTILE, 'b'] : ['bad', 'good'];
  return {
    name: 'car-prices',
    metric: { regression: 'rmse', binary: 'auc', multiclass: 'logloss' }[task],
    trials: 14,
    rows: 804,
    folds: 5,
    classes: task === 'regression' ? [] : task === 'binary' ? names : [...names, 'fair'],
    status: 'complete',
    seed: 1,
    hostile: false,
    ...recipe,
    task,
  };
}

/** A finished, running, interrupted or failed study. */
export function makeStudy(recipe: StudyRecipe = {}): StudyView {
  const full = complete(recipe);
  const trials = makeTrials(full);
  const ensemble = full.status === 'complete' ? makeMembers(full, trials) : [];
  return {
    summary: makeSummary(full, trials, ensemble.length > 0),
    status: full.status,
    createdAt: START,
    command: `lrnn fit datasets/${full.name}.csv --target Price --trials ${full.trials} --seed ${full.seed}`,
    isOverCluster: full.hostile,
    dataFile: full.hostile ? HOSTILE : `${full.name}.csv`,
    dataSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    schema: makeSchema(full),
    warnings: full.hostile
      ? [HOSTILE]
      : ['column "Age": 2 cells are not finite numbers, such as "old", and count as missing'],
    folds: full.folds,
    holdoutRows: full.rows >= 500 ? Math.round(full.rows * 0.2) : 0,
    budget: { trials: full.trials, timeBudgetMs: null },
    trials,
    ensemble,
    ensembleFoldScores: ensemble.length > 0 ? ensembleFolds(full, trials) : [],
    jobs: makeJobs(trials),
    environment: { version: '0.1.0', node: 'v20.20.2', engine: 'wasm (relaxed-simd)', workers: 2 },
  };
}

/** Skill 0 is perfect, 1 is the dummy's. */
function scoreOf(full: Full, skill: number): number {
  if (full.task === 'regression') return 9800 * skill;
  return metricFor(full.metric, full.task).direction === 'maximize' ? 1 - skill / 2 : skill;
}

function makeTrials(full: Full): TrialView[] {
  const rng = new Rng(full.seed);
  const offsets = Array.from({ length: full.folds }, () => 0.03 * rng.normal());
  const running = full.status === 'running' ? 1 : 0;
  return Array.from({ length: full.trials }, (_, number) => {
    const family = number < 5 ? ORDER[number] : ORDER[1 + (number % 4)];
    const skill = Math.min(1.4, SKILL[family] * (1 + (number < 5 ? 0.1 : 0.3 * rng.uniform() ** 2)));
    const failed = number % 11 === 10;
    const isRunning = running === 1 && number === full.trials - 1;
    const done = failed ? 1 : isRunning ? 2 : full.folds;
    const foldScores = offsets.map((offset, fold) =>
      fold < done ? scoreOf(full, Math.max(0.01, skill + offset + 0.01 * rng.normal())) : null,
    );
    const scores = foldScores.filter((score) => score !== null);
    const state = failed ? 'failed' : isRunning ? 'running' : 'complete';
    return {
      number,
      model: `${family}-${number}`,
      family,
      origin: number < 8 ? 'portfolio' : 'tpe',
      state,
      cv: state === 'complete' ? mean(scores) : null,
      cvStd: state === 'complete' && scores.length > 1 ? standardDeviation(scores) : null,
      foldScores,
      fitSeconds: 0.4 + 9 * rng.uniform(),
      parameters: family === 'dummy' ? 5 : Math.round(200 + 40000 * rng.uniform()),
      settings: SETTINGS[family],
      startedAt: START + number * 6000,
      finishedAt: isRunning ? null : START + number * 6000 + 5500,
      error: failed ? (full.hostile ? HOSTILE : 'mlp.fit: loss must stay finite, got NaN at step 120.') : null,
    };
  });
}

function makeMembers(full: Full, trials: readonly TrialView[]): StudyView['ensemble'] {
  const best = bestPerFamily(full, trials).slice(0, 3);
  const weights = [0.55, 0.3, 0.15];
  return best.map(({ model, family }, i) => ({ model, family, weight: weights[i] }));
}

function bestPerFamily(full: Full, trials: readonly TrialView[]): TrialView[] {
  const metric = metricFor(full.metric, full.task);
  const loss = (trial: TrialView): number => toLoss(metric, trial.cv!);
  const sorted = trials.filter(({ cv }) => cv !== null).sort((a, b) => loss(a) - loss(b));
  return sorted.filter((trial, i) => sorted.findIndex(({ family }) => family === trial.family) === i);
}

function metricsLike({ task, rows, metric }: Full, cv: number): NonNullable<LeaderboardEntry['metrics']> {
  const folds = Object.fromEntries(usualMetrics(task).map((name, i) => [name, name === metric ? cv : 0.9 - 0.03 * i]));
  const holdout = Object.fromEntries(Object.entries(folds).map(([name, value]) => [name, value * 1.02]));
  return { folds, holdout: rows >= 500 ? holdout : null };
}

function makeSummary(full: Full, trials: readonly TrialView[], withEnsemble: boolean): StudySummary {
  const metric = metricFor(full.metric, full.task);
  const finished = full.status === 'complete';
  const rows = bestPerFamily(full, trials).map((trial) => ({
    model: trial.model,
    family: trial.family,
    cv: trial.cv!,
    cvStd: trial.cvStd ?? NaN,
    holdout: finished && full.rows >= 500 ? trial.cv! * 1.02 : null,
    ...(finished ? { metrics: metricsLike(full, trial.cv!) } : {}),
    trials: trials.filter(({ family, state }) => family === trial.family && state === 'complete').length,
    fitSeconds: trial.fitSeconds,
    predictMsPerRow: finished ? 0.002 + 0.001 * trial.number : null,
    parameters: trial.parameters,
    settings: trial.settings,
  }));
  const top = rows[0];
  const better = metric.direction === 'minimize' ? 0.97 : 1.01;
  const ensemble = { ...top, model: 'ensemble', family: 'ensemble' as Family, cv: top?.cv * better, settings: {} };
  const ranked: LeaderboardEntry[] = [...(withEnsemble ? [ensemble] : []), ...rows].map((row, i) => ({
    rank: i + 1,
    ...row,
  }));
  const own = trials.map(({ model, foldScores }) => [model, foldScores] as const);
  const leaderboard = withBehind(
    ranked,
    metric,
    Object.fromEntries([...own, ['ensemble', ensembleFolds(full, trials)]]),
  );
  return {
    study: full.name,
    task: full.task,
    metric: full.metric,
    direction: metric.direction,
    rows: full.rows,
    columns: 7,
    seed: full.seed,
    seconds: 84.2,
    best: leaderboard[0]?.model ?? null,
    leaderboard,
    ...(full.hostile ? { machines: [{ name: HOSTILE, cores: 8, folds: 12, seconds: 61 }] } : {}),
    model: finished && leaderboard.length > 0 ? `reports/${full.name}/model.safetensors` : null,
  };
}

/** Rows with how far each is behind the first over the folds, as a study says it. */
export function withBehind(
  rows: readonly LeaderboardEntry[],
  metric: Metric,
  scores: Readonly<Record<string, readonly (number | null)[]>>,
): LeaderboardEntry[] {
  const contender = (row: LeaderboardEntry) => ({ ...row, foldScores: (scores[row.model] ?? []) as number[] });
  const how = { ordered: false, held: null };
  return rows.map((row, i) =>
    i === 0
      ? { ...row, behind: null }
      : { ...row, behind: behindBest(contender(rows[0]), contender(row), metric, how) },
  );
}

function makeSchema({ task, classes, hostile }: Full): Schema {
  const named = (name: string): string => (hostile ? `${name}${HOSTILE}` : name);
  const counts = { missingCount: 0, distinctCount: 12 };
  return {
    version: 1,
    columns: [
      { name: named('Price'), kind: 'ignored', reason: 'target', ...counts },
      {
        name: named('Mileage'),
        kind: 'numeric',
        reason: 'whole numbers from 266 to 50387, 791 distinct',
        missingCount: 12,
        distinctCount: 791,
      },
      { name: 'Cylinder', kind: 'numeric', reason: 'whole numbers from 4 to 8, 3 distinct', ...counts },
      { name: 'Cruise', kind: 'boolean', reason: '0 / 1, 0 missing', ...counts, trueWords: ['1'], falseWords: ['0'] },
      {
        name: named('Make'),
        kind: 'categorical',
        reason: '6 distinct strings in 804 rows',
        ...counts,
        levels: [named('Buick'), 'Saab', 'Ünïcødé 🚗'],
      },
      { name: 'Sold', kind: 'date', reason: 'dates in the format YYYY-MM-DD, 300 distinct', ...counts },
      { name: 'vin', kind: 'id', reason: '804 distinct strings in 804 rows', ...counts },
    ],
    target: {
      name: named('Price'),
      task,
      reason: task === 'regression' ? '798 distinct numbers' : `${classes.length} distinct values`,
      classes,
    },
    missingTokens: ['', 'NA'],
  };
}

/** A model of a study with predictions that fit its task. */
export function makeModel(study: StudyView, name: string, recipe: StudyRecipe = {}): ModelView {
  const { task, rows } = { task: taskFor(study.summary.task), rows: recipe.rows ?? study.summary.rows };
  const trial = study.trials.find(({ model }) => model === name) ?? null;
  const entry = study.summary.leaderboard.find(({ model }) => model === name) ?? {
    ...study.summary.leaderboard[0],
    ...trial,
    rank: 0,
    holdout: null,
  };
  const k = study.schema.target.classes.length;
  const { y, predictions } = makePredictions(task, rows, k, recipe.seed ?? 3);
  const starts = Array.from({ length: study.folds + 1 }, (_, fold) => Math.round((rows * fold) / study.folds));
  return {
    entry: entry as LeaderboardEntry,
    trial,
    members: name === 'ensemble' ? study.ensemble : [],
    foldScores: trial?.foldScores ?? study.ensembleFoldScores,
    curves: trial?.family === 'dummy' || !trial ? [] : makeCurves(study.folds),
    notes: trial ? ['fold 2: stopped early at step 320 of 900'] : [],
    rows: allRows(rows),
    y,
    predictions,
    classes: study.schema.target.classes,
    starts,
    held: entry.holdout === null ? null : heldOf(study, k),
  };
}

/** Rows behind all others. */
function heldOf(study: StudyView, k: number): HeldView {
  const { holdoutRows: count, summary } = study;
  return {
    rows: allRows(count).map((row) => summary.rows + row),
    ...makePredictions(taskFor(summary.task), count, k, 7),
  };
}

/** A little better than the best model, fold by fold. */
function ensembleFolds(full: Full, trials: readonly TrialView[]): number[] {
  const factor = metricFor(full.metric, full.task).direction === 'minimize' ? 0.97 : 1.01;
  return (bestPerFamily(full, trials)[0]?.foldScores ?? []).map((score) => score! * factor);
}

/** Two workers, each fold a second long. */
function makeJobs(trials: readonly TrialView[]): JobView[] {
  return trials.flatMap(({ number, foldScores, startedAt }) =>
    foldScores.flatMap((score, fold) => {
      const begin = startedAt + 1000 * Math.floor(fold / 2);
      return score === null ? [] : [{ trial: number, fold, startedAt: begin, finishedAt: begin + 1000, ok: true }];
    }),
  );
}

function makePredictions(task: Task, rows: number, k: number, seed: number): { y: Float32Array; predictions: Matrix } {
  const rng = new Rng(seed);
  const y = new Float32Array(rows);
  const predictions = createMatrix(rows, task === 'regression' ? 1 : k);
  for (let i = 0; i < rows; i++) {
    if (task === 'regression') {
      y[i] = Math.exp(9.8 + 0.45 * rng.normal());
      predictions.data[i] = y[i] * Math.exp(0.12 * rng.normal());
      continue;
    }
    y[i] = Math.floor(k * rng.uniform() ** 1.3);
    const logits = Array.from({ length: k }, (_, c) => 1.1 * rng.normal() + (c === y[i] ? 1.8 : 0));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    logits.forEach((logit, c) => (predictions.data[i * k + c] = Math.exp(logit) / total));
  }
  return { y, predictions };
}

function makeCurves(folds: number): FoldCurve[] {
  return Array.from({ length: folds }, (_, fold) => ({
    fold,
    bestStep: 300 + 40 * fold,
    points: Array.from({ length: 24 }, (_unused, i) => {
      const step = 40 * (i + 1);
      const train = 0.9 * Math.exp(-step / 300) + 0.12 + 0.01 * fold;
      return { step, train, validation: i === 0 ? null : train + 0.05 + 0.00007 * step + 0.005 * Math.sin(i + fold) };
    }),
  }));
}

/** The events of a study, as its run told them. */
export function makeEvents(study: StudyView): RunEvent[] {
  const { summary } = study;
  const events: RunEvent[] = [
    { type: 'phase', phase: 'reading' },
    {
      type: 'started',
      study: summary.study,
      task: taskFor(summary.task),
      metric: summary.metric,
      direction: summary.direction,
      rows: summary.rows,
      columns: summary.columns,
      folds: study.folds,
      holdoutRows: study.holdoutRows,
      resumed: false,
    },
    ...study.warnings.map((message) => ({ type: 'warning', message }) as const),
    { type: 'phase', phase: 'searching' },
    ...study.trials.flatMap((trial) => trialEvents(study, trial)),
  ];
  if (study.status === 'complete') events.push({ type: 'finished', summary });
  if (study.status === 'interrupted') events.push({ type: 'interrupted', resume: `${study.command} --resume` });
  return events;
}

export function trialEvents(study: StudyView, trial: TrialView): RunEvent[] {
  const { number, model, family, settings } = trial;
  const progress = progressAt(study, number + (trial.state === 'running' ? 0 : 1));
  const started: RunEvent = { type: 'trial-started', trial: number, model, family, settings };
  const head = { type: 'fold', trial: number, model, folds: study.folds, seconds: 1.1 } as const;
  const at = { ...progress, finishedTrials: number };
  const busy = (fold: number) => ({ count: 2, fits: [{ model, family, fold, startedAt: trial.startedAt }] });
  const folds = trial.foldScores.flatMap((score, fold): RunEvent[] => {
    const begun = { type: 'fold-started', trial: number, model, fold, folds: study.folds } as const;
    const begin: RunEvent = { ...begun, progress: { ...at, workers: busy(fold) } };
    return score === null ? [] : [begin, { ...head, fold, score, progress: at }];
  });
  return [started, ...folds, ...(trial.state === 'running' ? [] : [{ type: 'trial' as const, trial, progress }])];
}

function progressAt(study: StudyView, finishedTrials: number): Progress {
  const metric = metricFor(study.summary.metric, taskFor(study.summary.task));
  const done = study.trials.slice(0, finishedTrials).filter(({ cv }) => cv !== null);
  const best = [...done].sort((a, b) => toLoss(metric, a.cv!) - toLoss(metric, b.cv!))[0];
  return {
    metric: study.summary.metric,
    finishedTrials,
    plannedTrials: study.budget.trials,
    elapsedSeconds: 6 * finishedTrials,
    secondsLeft: 6 * (study.trials.length - finishedTrials),
    best: best ? { model: best.model, family: best.family, cv: best.cv! } : null,
  };
}
