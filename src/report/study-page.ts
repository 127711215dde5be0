/** @file Everything the page of a study shows, as plain data. */

import type { LeaderboardEntry, RunEvent, StudyStatus, StudyView, TrialView } from '../automl/index.js';
import type { Family } from '../core/index.js';
import type { ColumnSchema } from '../data/index.js';
import { familyLook, metricLabel } from './families.js';
import type { ScoreFormat } from './format.js';
import {
  capital,
  formatCount,
  formatLarge,
  formatMoment,
  formatPercent,
  formatPerRow,
  formatSeconds,
  plural,
  scoreFormat,
  settingsList,
} from './format.js';
import { links } from './links.js';
import type { LogLine, ProgressWords, Tone } from './live.js';
import { latestPhase, latestProgress, logLines } from './live.js';
import { comparisonPlot, costPlot, foldsPlot, historyPlot, progressPlot, weightsPlot } from './plots.js';
import { betterWords } from './plots/common.js';
import type { FoldScores } from './sentences.js';
import { studySentences } from './sentences.js';
import type { Figure } from './svg.js';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Smaller, beside the value. */
  readonly spread?: string;
  /** Smaller, below the value. */
  readonly note?: string;
}

export interface StatusView {
  readonly word: StudyStatus;
  readonly label: string;
  readonly tone: Tone | 'live';
}

export interface FamilyChip {
  readonly family: Family;
  readonly label: string;
}

export interface MetricView {
  readonly label: string;
  /** `↑` or `↓`: where better scores lie. */
  readonly arrow: string;
  readonly better: string;
}

export interface LeaderboardRow {
  readonly rank: number;
  readonly model: string;
  readonly href: string;
  readonly chip: FamilyChip;
  readonly score: string;
  readonly spread: string;
  readonly holdout: string;
  readonly trials: string;
  readonly fitTime: string;
  readonly predictTime: string;
  readonly parameters: string;
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  /** The first few, for one line. */
  readonly settingsShort: string;
  readonly isBest: boolean;
}

export interface TrialRow {
  readonly number: number;
  readonly model: string;
  /** Null: there is no page of it, because it has no predictions. */
  readonly href: string | null;
  readonly chip: FamilyChip;
  readonly state: TrialView['state'];
  readonly score: string;
  readonly spread: string;
  readonly fitTime: string;
  readonly parameters: string;
  readonly origin: string;
  readonly settings: LeaderboardRow['settings'];
  readonly settingsShort: string;
  readonly error: string | null;
}

export interface ColumnRow {
  readonly name: string;
  readonly kind: string;
  readonly isTarget: boolean;
  readonly reason: string;
  readonly missing: string;
  readonly distinct: string;
}

export interface StudyPage {
  readonly name: string;
  readonly status: StatusView;
  readonly facts: readonly Fact[];
  readonly sentences: readonly string[];
  readonly metric: MetricView;
  readonly hasHoldout: boolean;
  readonly leaderboard: readonly LeaderboardRow[];
  readonly comparison: Figure | null;
  readonly figures: readonly Figure[];
  readonly trials: readonly TrialRow[];
  readonly columns: readonly ColumnRow[];
  readonly warnings: readonly string[];
  readonly reproduce: readonly Fact[];
  readonly command: string;
  /** Why the run ended early, or how it goes on. */
  readonly notice: { readonly text: string; readonly tone: Tone } | null;
  readonly live: LivePart;
  readonly links: { readonly json: string; readonly download: string | null; readonly best: string | null };
}

/** What the script of the page needs to follow a run. */
export interface LivePart {
  readonly isRunning: boolean;
  readonly events: string;
  readonly stop: string;
  readonly canStop: boolean;
  /** What it is at: `Searching`. */
  readonly phase: string;
  readonly progress: ProgressWords | null;
  readonly log: readonly LogLine[];
}

export interface StudyExtras {
  /** Name of the study's folder. */
  readonly name: string;
  readonly events: readonly { readonly id: number; readonly event: RunEvent }[];
  /** This server runs it, so it can stop it. */
  readonly canStop?: boolean;
}

export function studyPage(view: StudyView, extras: StudyExtras): StudyPage {
  const { name, events } = extras;
  const { summary, trials, warnings, command } = view;
  const foldScores = collectFoldScores(view);
  const leaderboard = leaderboardRows(view, name);
  const best = leaderboard[0];
  return {
    name,
    status: statusView(view.status),
    facts: studyFacts(view),
    sentences: studySentences(view, foldScores).map(capital),
    metric: metricView(summary.metric, summary.direction),
    hasHoldout: summary.leaderboard.some(({ holdout }) => holdout !== null),
    leaderboard,
    ...studyFigures(view, foldScores),
    trials: trialRows(trials, name),
    columns: columnRows(view),
    warnings,
    reproduce: reproduceFacts(view),
    command,
    notice: noticeOf(view, events),
    live: {
      isRunning: view.status === 'running',
      events: links.events(name, events.at(-1)?.id ?? 0),
      stop: links.stop(name),
      canStop: extras.canStop ?? false,
      phase: latestPhase(events.map(({ event }) => event)),
      progress: latestProgress(events),
      log: logLines(events),
    },
    links: {
      json: links.studyJson(name),
      download: best && view.status === 'complete' ? links.download(name, best.model) : null,
      best: best ? best.href : null,
    },
  };
}

/** A failed run says why; an interrupted one how to go on. */
function noticeOf({ status, command }: StudyView, events: StudyExtras['events']): StudyPage['notice'] {
  const last = events.at(-1)?.event;
  if (status === 'failed') return { text: last?.type === 'failed' ? last.message : 'The run failed.', tone: 'bad' };
  if (status !== 'interrupted') return null;
  const resume = last?.type === 'interrupted' ? last.resume : `${command} --resume`;
  return { text: `Interrupted; everything finished is kept. Go on with: ${resume}`, tone: 'warn' };
}

const STATUS: Readonly<Record<StudyStatus, Omit<StatusView, 'word'>>> = {
  running: { label: 'Running', tone: 'live' },
  complete: { label: 'Complete', tone: 'good' },
  interrupted: { label: 'Interrupted', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
};

export function statusView(word: StudyStatus): StatusView {
  return { word, ...STATUS[word] };
}

export function chipOf(family: Family): FamilyChip {
  return { family, label: familyLook(family).label };
}

export function metricView(metric: string, direction: 'minimize' | 'maximize'): MetricView {
  return {
    label: metricLabel(metric),
    arrow: direction === 'maximize' ? '↑' : '↓',
    better: betterWords(direction),
  };
}

function studyFacts({ summary, schema, folds, holdoutRows, trials, status }: StudyView): Fact[] {
  const finished = trials.filter(({ state }) => state === 'complete').length;
  const failed = trials.filter(({ state }) => state === 'failed').length;
  return [
    { label: 'Target', value: schema.target.name, note: summary.task },
    { label: 'Data', value: plural(summary.rows, 'row'), note: plural(summary.columns, 'column') },
    {
      label: 'Validation',
      value: plural(folds, 'fold'),
      note: holdoutRows > 0 ? `${formatCount(holdoutRows)} rows held out` : 'no hold-out',
    },
    { label: 'Trials', value: formatCount(finished), note: failed > 0 ? `${failed} failed` : 'none failed' },
    {
      label: 'Time',
      value: formatSeconds(summary.seconds),
      note: status === 'running' ? 'so far' : `seed ${summary.seed}`,
    },
  ];
}

function collectFoldScores(view: StudyView): FoldScores {
  const shown = new Set(view.summary.leaderboard.map(({ model }) => model));
  const pairs = view.trials.filter(({ model }) => shown.has(model)).map(({ model, foldScores }) => [model, foldScores]);
  const blended = view.ensembleFoldScores.length > 0 ? [['ensemble', view.ensembleFoldScores]] : [];
  return Object.fromEntries([...pairs, ...blended]) as FoldScores;
}

function leaderboardRows({ summary, ensemble }: StudyView, study: string): LeaderboardRow[] {
  const format = scoreFormat(summary.leaderboard.map(({ cv }) => cv));
  const members = ensemble.map(({ model, weight }) => ({ key: model, value: formatPercent(weight) }));
  return summary.leaderboard.map((entry, i) =>
    leaderboardRow(entry, entry.family === 'ensemble' ? members : settingsList(entry.settings), { i, format, study }),
  );
}

function leaderboardRow(
  entry: LeaderboardEntry,
  settings: LeaderboardRow['settings'],
  { i, format, study }: { i: number; format: ScoreFormat; study: string },
): LeaderboardRow {
  return {
    rank: entry.rank,
    model: entry.model,
    href: links.model(study, entry.model),
    chip: chipOf(entry.family),
    score: format(entry.cv),
    spread: format(entry.cvStd),
    holdout: format(entry.holdout),
    trials: formatCount(entry.trials),
    fitTime: formatSeconds(entry.fitSeconds),
    predictTime: formatPerRow(entry.predictMsPerRow),
    parameters: formatLarge(entry.parameters),
    settings,
    settingsShort: shortSettings(settings),
    isBest: i === 0,
  };
}

const SHORT_SETTINGS = 3;

function shortSettings(settings: LeaderboardRow['settings']): string {
  const first = settings.slice(0, SHORT_SETTINGS).map(({ key, value }) => `${key} ${value}`);
  return settings.length > SHORT_SETTINGS ? `${first.join(', ')} …` : first.join(', ');
}

function studyFigures(
  { summary, trials, ensemble, folds }: StudyView,
  foldScores: FoldScores,
): Pick<StudyPage, 'comparison' | 'figures'> {
  const { leaderboard, direction } = summary;
  if (leaderboard.length === 0) return { comparison: null, figures: [] };
  const info = { metric: metricLabel(summary.metric), direction };
  const lines = leaderboard.map(({ model, family }) => ({ model, family, scores: foldScores[model] ?? [] }));
  return {
    comparison: comparisonPlot({ leaderboard, folds, foldScores, ...info }),
    figures: [
      historyPlot(trials, info),
      progressPlot(trials, info),
      foldsPlot(lines, info),
      ...(ensemble.length > 1 ? [weightsPlot(ensemble), costPlot(trials, info)] : []),
    ],
  };
}

function trialRows(trials: readonly TrialView[], study: string): TrialRow[] {
  const format = scoreFormat(trials.map(({ cv }) => cv));
  return trials.map((trial) => ({
    number: trial.number + 1,
    model: trial.model,
    href: trial.state === 'complete' ? links.model(study, trial.model) : null,
    chip: chipOf(trial.family),
    state: trial.state,
    score: format(trial.cv),
    spread: format(trial.cvStd),
    fitTime: formatSeconds(trial.fitSeconds),
    parameters: formatLarge(trial.parameters),
    origin: trial.origin,
    settings: settingsList(trial.settings),
    settingsShort: shortSettings(settingsList(trial.settings)),
    error: trial.error,
  }));
}

function columnRows({ schema, summary }: StudyView): ColumnRow[] {
  const row = (column: ColumnSchema): ColumnRow => {
    const isTarget = column.name === schema.target.name;
    return {
      name: column.name,
      kind: isTarget ? 'target' : column.kind,
      isTarget,
      reason: isTarget ? `${schema.target.task}: ${schema.target.reason}` : column.reason,
      missing: column.missingCount === 0 ? 'none' : formatPercent(column.missingCount / Math.max(1, summary.rows)),
      distinct: formatCount(column.distinctCount),
    };
  };
  return schema.columns.map(row).sort((a, b) => Number(b.isTarget) - Number(a.isTarget));
}

function reproduceFacts({ summary, dataFile, dataSha256, createdAt, environment }: StudyView): Fact[] {
  return [
    { label: 'Data file', value: dataFile },
    { label: 'SHA-256', value: dataSha256 },
    { label: 'Seed', value: String(summary.seed) },
    { label: 'Started', value: formatMoment(createdAt) },
    { label: 'Version', value: `lrnn-automl ${environment.version}, Node ${environment.node}` },
    { label: 'Engine', value: `${environment.engine}, ${plural(environment.workers, 'worker')}` },
  ];
}
