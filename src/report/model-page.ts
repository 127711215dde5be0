/** @file Everything the page of a model shows, as plain data. */

import type { ModelView, StudyView } from '../automl/index.js';
import { FAMILY_WORDS, familyLook, metricLabel } from './families.js';
import {
  formatLarge,
  formatPercent,
  formatPerRow,
  formatSeconds,
  isNumber,
  plural,
  scoreFormat,
  settingsList,
} from './format.js';
import { links } from './links.js';
import {
  calibrationPlot,
  confusionPlot,
  curvesPlot,
  foldsPlot,
  predictedPlot,
  residualPlot,
  rocPlot,
} from './plots.js';
import type { Fact, FamilyChip, MetricView } from './study-page.js';
import { chipOf, metricView } from './study-page.js';
import type { Figure } from './svg.js';

export interface ModelPage {
  readonly study: string;
  readonly studyHref: string;
  readonly model: string;
  readonly chip: FamilyChip;
  readonly familyWords: string;
  readonly metric: MetricView;
  readonly facts: readonly Fact[];
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  readonly members: readonly {
    readonly model: string;
    readonly href: string;
    readonly chip: FamilyChip;
    readonly weight: string;
  }[];
  readonly folds: readonly { readonly fold: string; readonly score: string }[];
  readonly notes: readonly string[];
  readonly error: string | null;
  readonly figures: readonly Figure[];
  readonly download: string;
  readonly fileName: string;
  /** Command line that predicts with the file. */
  readonly usage: string;
}

/** `name` is the name of the study's folder. */
export function modelPage(study: StudyView, view: ModelView, name: string): ModelPage {
  const { entry, members, notes, trial } = view;
  const metric = metricView(study.summary.metric, study.summary.direction);
  const format = scoreFormat([entry.cv]);
  const fileName = modelFileName(name, entry.model);
  return {
    study: name,
    studyHref: links.study(name),
    model: entry.model,
    chip: chipOf(entry.family),
    familyWords: FAMILY_WORDS[entry.family],
    metric,
    facts: modelFacts(study, view),
    settings: settingsList(entry.settings),
    members: members.map((member) => ({
      model: member.model,
      href: links.model(name, member.model),
      chip: chipOf(member.family),
      weight: formatPercent(member.weight),
    })),
    folds: view.foldScores.map((score, i) => ({ fold: String(i + 1), score: format(score) })),
    notes,
    error: trial?.error ?? null,
    figures: modelFigures(study, view),
    download: links.download(name, entry.model),
    fileName,
    usage: `lrnn predict ${shellWord(fileName)} rows.csv -o predictions.csv`,
  };
}

/** Letters, digits, dots and dashes only: the name travels through headers and shells. */
export function modelFileName(study: string, model: string): string {
  const safe = (text: string): string => text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'study';
  return `${safe(study)}-${safe(model)}.safetensors`;
}

function shellWord(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function modelFacts(study: StudyView, { entry, trial, rows }: ModelView): Fact[] {
  const format = scoreFormat([entry.cv]);
  const rank = entry.rank > 0 ? { label: 'Rank', value: `${entry.rank} of ${study.summary.leaderboard.length}` } : null;
  const holdout = isNumber(entry.holdout)
    ? { label: 'Hold-out', value: format(entry.holdout), note: plural(study.holdoutRows, 'row') }
    : null;
  return [
    {
      label: metricLabel(study.summary.metric),
      value: format(entry.cv),
      ...(isNumber(entry.cvStd) && { spread: `± ${format(entry.cvStd)}` }),
      note: `${plural(study.folds, 'fold')}, ${plural(rows.length, 'row')}`,
    },
    ...(holdout ? [holdout] : []),
    ...(rank ? [rank] : []),
    { label: 'Fit time', value: formatSeconds(entry.fitSeconds), note: 'all folds' },
    { label: 'Predict time', value: formatPerRow(entry.predictMsPerRow), note: 'per row' },
    { label: 'Parameters', value: formatLarge(entry.parameters), note: 'all folds' },
    ...(trial ? [{ label: 'Trial', value: String(trial.number + 1), note: trial.origin }] : []),
  ];
}

function modelFigures(study: StudyView, view: ModelView): Figure[] {
  const { entry, curves, foldScores } = view;
  const info = { metric: metricLabel(study.summary.metric), direction: study.summary.direction };
  return [
    ...(view.y.length === 0 ? [] : diagnosticFigures(study, view)),
    ...(curves.some(({ points }) => points.length > 1) ? [curvesPlot(curves)] : []),
    ...(foldScores.some(isNumber)
      ? [foldsPlot([{ model: entry.model, family: entry.family, scores: foldScores }], info)]
      : []),
  ];
}

function diagnosticFigures({ summary, schema }: StudyView, view: ModelView): Figure[] {
  if (summary.task !== 'regression') return [confusionPlot(view), rocPlot(view), calibrationPlot(view)];
  const { colour } = familyLook(view.entry.family);
  const input = { target: schema.target.name, truth: view.y, predicted: view.predictions.data, colour };
  return [predictedPlot(input), residualPlot(input)];
}
