/** @file A study as pages and tables show it, read from its storage at any moment of its life. */

import type { Family, JsonObject } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import { nearestName, positiveIndex, positiveOf, taskWord } from '../data/index.js';
import type { Metric } from '../evaluate/index.js';
import { mean, standardDeviation, toLoss } from '../evaluate/index.js';
import type { FitReport } from '../models/index.js';
import { type PartRecord, readingOnce, type Storage, type TrialRecord } from '../search/index.js';
import type { Adjusted } from './adjust.js';
import { adjust, adjustHow, readAdjustments, UNADJUSTED } from './adjust.js';
import type { Contender } from './comparisons.js';
import { behindBest, caution, comparisonsOf } from './comparisons.js';
import { bestOfFamilies, modelName, outOfFoldPredictions, rankedTrials } from './finalise.js';
import { loadHeld } from './held-rows.js';
import { jobViews } from './job-views.js';
import { fitsOfParts, machineShares } from './machine-shares.js';
import { metricOf } from './metric-of.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldScores, loadOutOfFoldRows, middleOf } from './out-of-fold.js';
import { sampledRowsOf } from './pace.js';
import { madeAgain, onceView, refitView } from './refit.js';
import { onceNotes, sampleNotes } from './sample-notes.js';
import type { EnsembleRecord, VerdictRecord } from './settings.js';
import { studyRecord } from './settings.js';
import { foldMetrics } from './shown-metrics.js';
import type {
  LeaderboardEntry,
  MachineShare,
  ModelView,
  StudySummary,
  StudyView,
  TrialCounts,
  TrialView,
} from './summary.js';
import { readCoverage } from './uncertainty.js';
import { ownEnsemble } from './verdict.js';

/** Everything but predictions. */
export function studyView(source: Storage): StudyView {
  const storage = readingOnce(source);
  const settings = studyRecord.settings(storage)!;
  const progress = studyRecord.progress(storage);
  const parts = partsInBrief(storage);
  const trials = trialViews(storage, parts);
  const ensemble = studyRecord.ensemble(storage);
  const summary = studySummary(storage, parts, trials);
  return {
    summary,
    status: progress.status,
    createdAt: settings.createdAt,
    command: settings.command,
    isOverCluster: summary.machines !== undefined,
    dataFile: settings.dataFile,
    dataSha256: settings.dataSha256,
    schema: settings.schema,
    warnings: [...settings.warnings, ...studyRecord.remarks(storage)],
    folds: settings.folds,
    holdoutRows: settings.holdoutRows,
    budget: progress.budget,
    trials,
    ensemble: ensemble?.members ?? [],
    isStacked: ensemble?.combine !== undefined,
    ensembleFoldScores: ensemble ? ensembleScores(storage, ensemble) : [],
    jobs: jobViews(parts),
    environment: { ...settings.environment, engine: studyRecord.engine(storage)?.name ?? settings.environment.engine },
  };
}

/** The object of `fit --json` and `show --json`. */
export function studySummary(
  storage: Storage,
  parts: readonly PartRecord[] = partsInBrief(storage),
  trials = trialViews(storage, parts),
): StudySummary {
  const settings = studyRecord.settings(storage)!;
  const { name, metric, rows, columns, seed, parallel, warnings, findings, judged } = settings;
  const { seconds, model } = studyRecord.progress(storage);
  const sure = sureness(storage, makeLeaderboard(storage, trials), trials);
  const { leaderboard } = sure;
  const { direction } = metricOf(settings);
  const best = leaderboard[0]?.model ?? null;
  const refitted = best === null ? null : refitView(storage, best);
  const said = { warnings: [...warnings, ...studyRecord.remarks(storage)], findings: findings ?? [] };
  const paced = parallel === undefined ? {} : { parallel };
  const positive = positiveOf(settings.schema.target);
  const { costs } = settings;
  const about = {
    study: name,
    task: taskWord(settings.schema.target),
    metric,
    direction,
    ...(positive ? { positive } : {}),
    ...(costs ? { costs } : {}),
  };
  const head = { ...about, rows, columns, seed, ...paced, seconds };
  const once = best === null ? null : onceView(storage, best);
  const samples = [...sampleNotes(settings, leaderboard), ...(once ? onceNotes(metric, once) : [])];
  const based = { ...(judged ? { judged } : {}), ...(samples.length > 0 ? { samples } : {}) };
  const covered = readCoverage(storage);
  const coverage = covered?.model === best ? covered : null;
  const machines = machinesOf(storage, parts, best);
  const where = machines.length > 0 ? { machines } : {};
  return { ...head, best, ...sure, ...said, refitted, coverage, ...based, ...where, model };
}

function machinesOf(storage: Storage, parts: readonly PartRecord[], best: string | null): MachineShare[] {
  if (studyRecord.cluster(storage) === null) return [];
  return machineShares([...fitsOfParts(parts), ...(best === null ? [] : madeAgain(storage, best))]);
}

/** What folds and held-out rows say about the differences on the leaderboard, and of the best to all cheaper models. */
function sureness(storage: Storage, board: readonly LeaderboardEntry[], trials: readonly TrialView[]) {
  const settings = studyRecord.settings(storage)!;
  const metric = metricOf(settings);
  const contenders = contendersOf(storage, board, trials);
  const ordered = settings.time !== null;
  const onBoard = board.flatMap((entry) => contenders.filter(({ model }) => model === entry.model));
  const best = onBoard.find(({ model }) => model === board[0].model);
  const verdict = studyRecord.verdict(storage);
  const finalists = studyRecord.finalists(storage);
  const behind = (entry: LeaderboardEntry): Partial<LeaderboardEntry> => {
    const own = onBoard.find(({ model }) => model === entry.model);
    if (!best || !own) return {};
    if (own === best) return { behind: null };
    const { heldGap: held = null } = finalists.find(({ model }) => model === entry.model) ?? {};
    return { behind: behindBest(best, own, metric, { ordered, held }) };
  };
  const leaderboard = board.map((entry) => ({ ...entry, ...behind(entry) }));
  const notice = best ? caution(best, contenders, metric, { ordered, chance: verdict?.chance?.p ?? null }) : null;
  return { leaderboard, comparisons: comparisonsOf(onBoard, metric, ordered), notice };
}

/** Every complete trial and the ensemble with its fold scores: those of finalists as they were adjusted, which can only help. */
function contendersOf(
  storage: Storage,
  board: readonly LeaderboardEntry[],
  trials: readonly TrialView[],
): readonly Contender[] {
  const kept = readAdjustments(storage) ?? [];
  const ensemble = studyRecord.ensemble(storage);
  const complete = trials.filter(({ state }) => state === 'complete');
  const all = [...complete, ...board.filter(({ family }) => family === 'ensemble')];
  return all.flatMap(({ model, family, parameters }): Contender[] => {
    const scores =
      kept.find((record) => record.model === model)?.foldScores ??
      (family === 'ensemble' ? ensemble?.foldScores : trials.find((trial) => trial.model === model)?.foldScores);
    const isWhole = scores?.every((score) => score !== null && Number.isFinite(score)) ?? false;
    return isWhole ? [{ model, family, parameters, foldScores: scores as readonly number[] }] : [];
  });
}

/** All folds of all trials, without their learning curves: those are nearly all that a study's file holds beside predictions. */
function partsInBrief(storage: Storage): PartRecord[] {
  return storage.parts(undefined, { without: 'report.curve' });
}

/** One count for every page, every table and the command line. */
export function countTrials(trials: readonly Pick<TrialView, 'state'>[]): TrialCounts {
  const count = (wanted: TrialView['state']): number => trials.filter(({ state }) => state === wanted).length;
  const [finished, pruned, failed] = [count('complete'), count('pruned'), count('failed')];
  return { ended: finished + pruned + failed, finished, pruned, failed, open: count('running') };
}

/** Every trial in the order of its number. */
export function trialViews(storage: Storage, parts: readonly PartRecord[] = partsInBrief(storage)): TrialView[] {
  const byTrial = groupParts(parts);
  const { folds } = studyRecord.settings(storage)!;
  return storage.trials().map((trial) => trialView(trial, byTrial.get(trial.number) ?? [], folds));
}

export function trialView(trial: TrialRecord, parts: readonly PartRecord[], folds: number): TrialView {
  const scores = new Array<number | null>(folds).fill(null);
  // Of a trial that was given up, what lies behind that point depends on the order in which its folds ended.
  const { folds: judged = folds } = trial.info as { folds?: number };
  for (const { part, value } of parts) if (part < judged) scores[part] = value;
  return {
    number: trial.number,
    model: modelName(trial),
    family: trial.group as Family,
    origin: trial.origin,
    state: trial.state,
    ...trialScore(trial),
    ...trainRowsOf(trial),
    foldScores: scores,
    fitSeconds: sum(parts.map(({ seconds }) => seconds)),
    parameters: sum(parts.map((part) => partReport(part)?.parameters ?? 0)),
    settings: trial.params,
    startedAt: trial.startedAt,
    finishedAt: trial.finishedAt,
    error: trial.error,
  };
}

function trainRowsOf(trial: TrialRecord): { trainRows?: number } {
  const rows = sampledRowsOf(trial);
  return rows === null ? {} : { trainRows: rows };
}

/** Mean and spread over the folds in the metric's own direction (a trial's value is its loss). */
export function trialScore(trial: TrialRecord): { cv: number | null; cvStd: number | null } {
  const { cv = null, cvStd = null } = trial.info as { cv?: number; cvStd?: number };
  return { cv, cvStd };
}

function makeLeaderboard(storage: Storage, views: readonly TrialView[]): LeaderboardEntry[] {
  const metric = metricOf(studyRecord.settings(storage)!);
  const entries = bestOfFamilies(rankedTrials(storage)).map((trial) =>
    trialEntry(
      storage,
      views.find(({ number }) => number === trial.number)!,
      views,
    ),
  );
  // One that is a member alone would say the same twice.
  const own = ownEnsemble(storage);
  const ensemble = own && ensembleEntry(storage, own, views);
  const verdict = studyRecord.verdict(storage);
  const isFirst = ({ model }: LeaderboardEntry) => model === verdict?.winner;
  // A tie goes to the simpler model.
  return (ensemble ? [...entries, ensemble] : entries)
    .sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)) || toLoss(metric, a.cv) - toLoss(metric, b.cv))
    .map((entry, i) => ({ ...entry, corrected: correctedScore(entry, metric, verdict), rank: i + 1 }));
}

/** The score without the luck of the choice, within what the metric can be. */
function correctedScore({ model, cv }: LeaderboardEntry, metric: Metric, verdict: VerdictRecord | null): number | null {
  const optimism = verdict?.optimism[model];
  if (optimism === undefined || !Number.isFinite(cv)) return null;
  const [low, high] = metric.bounds;
  return Math.min(high, Math.max(low, metric.direction === 'minimize' ? cv + optimism : cv - optimism));
}

function trialEntry(storage: Storage, view: TrialView, views: readonly TrialView[]): LeaderboardEntry {
  const finalist = studyRecord.finalists(storage).find(({ model }) => model === view.model);
  const adjusted = readAdjustments(storage)?.find(({ model }) => model === view.model)?.foldScores;
  return {
    rank: 0,
    model: view.model,
    family: view.family,
    cv: adjusted ? mean(adjusted) : (view.cv ?? Number.NaN),
    cvStd: adjusted ? standardDeviation(adjusted) : (view.cvStd ?? Number.NaN),
    corrected: null,
    holdout: finalist?.holdout ?? null,
    holdoutInterval: finalist?.holdoutInterval ?? null,
    ...keptMetrics(storage, view.model),
    trials: views.filter(({ family, state }) => family === view.family && state !== 'running').length,
    ...(view.trainRows === undefined ? {} : { trainRows: view.trainRows }),
    fitSeconds: view.fitSeconds,
    predictMsPerRow: finalist?.predictMsPerRow ?? null,
    parameters: view.parameters,
    settings: view.settings,
  };
}

function ensembleEntry(storage: Storage, ensemble: EnsembleRecord, views: readonly TrialView[]): LeaderboardEntry {
  const members = ensemble.members.map(({ model }) => views.find((view) => view.model === model)!);
  const finalist = studyRecord.finalists(storage).find(({ model }) => model === 'ensemble');
  const scores = ensembleScores(storage, ensemble);
  const settings: JsonObject = Object.fromEntries(ensemble.members.map(({ model, weight }) => [model, weight]));
  return {
    rank: 0,
    model: 'ensemble',
    family: 'ensemble',
    cv: mean(scores),
    cvStd: standardDeviation(scores),
    corrected: null,
    holdout: finalist?.holdout ?? null,
    holdoutInterval: finalist?.holdoutInterval ?? null,
    ...keptMetrics(storage, 'ensemble'),
    trials: views.filter(({ state }) => state === 'complete').length,
    fitSeconds: sum(members.map(({ fitSeconds }) => fitSeconds)),
    predictMsPerRow: finalist?.predictMsPerRow ?? null,
    parameters: sum(members.map(({ parameters }) => parameters)),
    settings: { weights: settings, ...(ensemble.combine ? { combine: { ...ensemble.combine } } : {}) },
  };
}

/** As they were worked out at the end of the study. */
function keptMetrics(storage: Storage, name: string): Pick<LeaderboardEntry, 'metrics'> {
  const folds = readAdjustments(storage)?.find(({ model }) => model === name)?.metrics;
  if (!folds) return {};
  const holdout = studyRecord.finalists(storage).find(({ model }) => model === name)?.metrics ?? null;
  return { metrics: { folds, holdout } };
}

/** Those of a model that is no finalist, or of an old study, are worked out for its page. */
function withMetrics(
  entry: LeaderboardEntry,
  adjusted: Adjusted,
  oof: OutOfFoldRows,
  storage: Storage,
): LeaderboardEntry {
  if (entry.metrics || oof.y.length === 0) return entry;
  const folds = foldMetrics(adjusted, oof, studyRecord.settings(storage)!, adjusted.foldScores);
  return { ...entry, metrics: { folds, holdout: null } };
}

/** Of the blend as it was adjusted. */
function ensembleScores(storage: Storage, ensemble: EnsembleRecord): readonly number[] {
  return readAdjustments(storage)?.find(({ model }) => model === 'ensemble')?.foldScores ?? ensemble.foldScores;
}

/** What a model's page needs of the view of its study. */
interface Ranking {
  readonly trials: StudyView['trials'];
  readonly summary: Pick<StudySummary, 'leaderboard'>;
}

function rankingOf(storage: Storage): Ranking {
  const trials = trialViews(storage);
  return { trials, summary: { leaderboard: makeLeaderboard(storage, trials) } };
}

/** One model's page: its row, its out-of-fold predictions, its curves; `study` is the view of its study, where that is at hand. */
export function modelView(source: Storage, name: string, study?: Ranking): ModelView {
  const storage = readingOnce(source);
  const { schema, costs } = studyRecord.settings(storage)!;
  const { trials: views, summary } = study ?? rankingOf(storage);
  const { leaderboard } = summary;
  const oof = loadOutOfFoldRows(storage);
  const about = { classes: schema.target.classes, positive: positiveIndex(schema.target), costs: costs ?? null };
  const held = loadHeld(storage, name);
  const placed = { starts: oof.starts, held: held && { ...held, predictions: middleOf(held.predictions, oof) } };
  const base = { rows: oof.rows, y: oof.y, weights: oof.weights ?? null, ...about, ...placed };
  const ensemble = studyRecord.ensemble(storage);
  if (name === 'ensemble' && ensemble) {
    const found = leaderboard.find(({ family }) => family === 'ensemble');
    const entry = found ?? ensembleEntry(storage, ensemble, views);
    const adjusted = adjustedView(storage, name, oof);
    const foldScores = ensembleScores(storage, ensemble);
    const { members, combine } = ensemble;
    const own = {
      entry: withMetrics(entry, adjusted, oof, storage),
      trial: null,
      members,
      isStacked: combine !== undefined,
      foldScores,
      curves: [],
      notes: [],
    };
    return { ...base, ...adjusted, predictions: middleOf(adjusted.predictions, oof), ...own };
  }
  const view = views.find(({ model, state }) => model === name && state === 'complete');
  if (!view) throw unknownModel(name, [...leaderboard.map(({ model }) => model), ...views.map(({ model }) => model)]);
  const own = storage.parts(view.number);
  const adjusted = adjustedView(storage, name, oof);
  const entry = leaderboard.find(({ model }) => model === name) ?? trialEntry(storage, view, views);
  const reports = own.map((part) => ({ fold: part.part, report: partReport(part) }));
  return {
    ...base,
    ...adjusted,
    predictions: middleOf(adjusted.predictions, oof),
    entry: withMetrics(entry, adjusted, oof, storage),
    trial: view,
    members: [],
    curves: reports.flatMap(({ fold, report }) =>
      report ? [{ fold, bestStep: report.bestStep, points: report.curve }] : [],
    ),
    notes: [
      ...(view.trainRows === undefined ? [] : [`each fold trained on a sample of ${view.trainRows} rows`]),
      ...new Set(reports.flatMap(({ fold, report }) => report?.notes.map((n) => `fold ${fold + 1}: ${n}`) ?? [])),
    ],
  };
}

/** Out-of-fold predictions as the model makes them, calibration and threshold included where the study has them. */
function adjustedView(storage: Storage, name: string, oof: OutOfFoldRows): Adjusted {
  const settings = studyRecord.settings(storage)!;
  const metric = metricOf(settings);
  const predictions = outOfFoldPredictions(storage, name, oof)!;
  if (readAdjustments(storage)) return adjust(predictions, oof, metric, adjustHow(settings));
  return { ...UNADJUSTED, predictions, foldScores: foldScores(predictions, oof, metric) };
}

export function unknownModel(name: string, known: readonly string[]): ToolkitError {
  const nearest = nearestName(name, known);
  const all = `The study has ${[...new Set(known)].slice(0, 12).join(', ') || 'no finished model'}.`;
  const hint = nearest === undefined ? all : `Did you mean ${nearest}? ${all}`;
  return new ToolkitError('usage', { where: 'model', rule: 'must be a finished model of the study', got: name, hint });
}

function groupParts(parts: readonly PartRecord[]): Map<number, PartRecord[]> {
  const byTrial = new Map<number, PartRecord[]>();
  for (const part of parts) {
    const list = byTrial.get(part.trial);
    if (list) list.push(part);
    else byTrial.set(part.trial, [part]);
  }
  return byTrial;
}

function partReport(part: PartRecord): FitReport | undefined {
  return (part.info as unknown as { report?: FitReport }).report;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
