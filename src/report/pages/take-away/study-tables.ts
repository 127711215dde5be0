/** @file A study as tables to take away: what its pages show, number for number, with every trial. */

import type { StudyView } from '../../../automl/index.js';
import type { CsvCell, JsonObject, JsonValue } from '../../../core/index.js';
import { csvText } from '../../../core/index.js';

/** One row per family and for the ensemble, best first; words and numbers are those of `--json`. */
export function leaderboardCsv({ summary: { leaderboard } }: StudyView): string {
  const metrics = unique(leaderboard.flatMap(({ metrics: own }) => Object.keys(own?.folds ?? {})));
  const settings = unique(leaderboard.flatMap((entry) => Object.keys(flat(entry.settings))));
  const head = ['rank', 'model', 'family', 'cv', 'cvStd', 'corrected', 'holdout', 'holdoutLow', 'holdoutHigh'];
  const costs = ['trials', 'fitSeconds', 'predictMsPerRow', 'parameters'];
  const metricHeads = metrics.flatMap((name) => [`folds.${name}`, `holdout.${name}`]);
  return csvText(
    [...head, ...costs, ...metricHeads, ...settings.map(settingHead)],
    leaderboard.map((entry): CsvCell[] => {
      const { rank, model, family, cv, cvStd, corrected, holdout, holdoutInterval } = entry;
      const { trials, fitSeconds, predictMsPerRow, parameters } = entry;
      const own = flat(entry.settings);
      return [
        ...[rank, model, family, cv, cvStd, corrected, holdout, holdoutInterval?.low, holdoutInterval?.high],
        ...[trials, fitSeconds, predictMsPerRow, parameters],
        ...metrics.flatMap((name) => [valueOf(entry.metrics?.folds, name), valueOf(entry.metrics?.holdout, name)]),
        ...settings.map((key) => own[key]),
      ];
    }),
  );
}

/** Every trial in the order of its number, each setting a column. */
export function trialsCsv({ trials }: StudyView): string {
  const settings = unique(trials.flatMap((trial) => Object.keys(flat(trial.settings))));
  const head = ['trial', 'model', 'family', 'origin', 'state', 'cv', 'cvStd', 'fitSeconds', 'parameters', 'trainRows'];
  return csvText(
    [...head, 'startedAt', 'finishedAt', 'error', ...settings.map(settingHead)],
    trials.map((trial): CsvCell[] => {
      const { number, model, family, origin, state, cv, cvStd, fitSeconds, parameters, trainRows } = trial;
      const own = flat(trial.settings);
      return [
        ...[number, model, family, origin, state, cv, cvStd, fitSeconds, parameters, trainRows],
        ...[moment(trial.startedAt), moment(trial.finishedAt), trial.error],
        ...settings.map((key) => own[key]),
      ];
    }),
  );
}

/** One row for each fold of each trial that was scored, and of the ensemble; folds count from 1. */
export function foldsCsv({ trials, ensembleFoldScores }: StudyView): string {
  const rows = trials.flatMap(({ model, family, state, foldScores }) =>
    foldScores.map((score, fold): CsvCell[] => [model, family, state, fold + 1, score]),
  );
  const blended = ensembleFoldScores.map((score, fold): CsvCell[] => [
    'ensemble',
    'ensemble',
    'complete',
    fold + 1,
    score,
  ]);
  return csvText(
    ['model', 'family', 'state', 'fold', 'score'],
    [...rows, ...blended].filter((row) => row[4] !== null),
  );
}

/** Nested settings by a dot, in full precision. */
function flat(settings: JsonObject, prefix = ''): Record<string, CsvCell> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]): [string, CsvCell][] =>
      isNested(value) ? Object.entries(flat(value, `${prefix}${key}.`)) : [[prefix + key, settingCell(value)]],
    ),
  );
}

function isNested(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function settingCell(value: JsonValue): CsvCell {
  return value === null || typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}

const settingHead = (key: string): string => `settings.${key}`;

const moment = (milliseconds: number | null): string =>
  milliseconds === null ? '' : new Date(milliseconds).toISOString();

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function valueOf(scores: object | null | undefined, name: string): number | undefined {
  return (scores as Readonly<Record<string, number>> | null | undefined)?.[name];
}
