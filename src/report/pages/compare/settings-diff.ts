/** @file What was asked for differently in several studies, in words. */

import type { FigureTable } from '../../plots/svg.js';
import { metricLabel } from '../../words/families.js';
import type { ComparedStudy } from './same.js';

/** Options in the words of the form, in the order in which they are told: all that can change what comes of a study. */
export const WORDS: Readonly<Record<string, string>> = {
  data: 'Data file',
  target: 'Target',
  task: 'Task',
  metric: 'Metric',
  quantiles: 'Quantiles',
  exposure: 'Exposure',
  order: 'Order of classes',
  positive: 'Positive class',
  costs: 'Costs',
  trials: 'Trials',
  timeBudgetMs: 'Time budget',
  models: 'Families',
  folds: 'Folds',
  holdout: 'Held out',
  refit: 'Held-out rows given back',
  group: 'Group',
  time: 'Order in time',
  gap: 'Gap in rows',
  duplicates: 'Copies of a row',
  weights: 'Row weights',
  classWeights: 'Class weights',
  monotone: 'Directions',
  ignore: 'Ignored columns',
  types: 'Kinds said',
  missing: 'Texts for no value',
  delimiter: 'Delimiter',
  decimal: 'Decimal sign',
  encoding: 'Encoding',
  comment: 'Sign of comments',
  header: 'Line of the names',
  sheet: 'Sheet',
  seed: 'Seed',
  warmStart: 'Warm start',
  parallel: 'Searched at once',
  engine: 'Engine',
  deterministic: 'Same bits on every machine',
  workers: 'Workers',
};

/** A line per option or circumstance that is not the same in all; no rows where all is. */
export function settingsThatDiffer(studies: readonly ComparedStudy[]): FigureTable {
  const said = studies.map(saidOf);
  const names = [
    ...new Set([...Object.keys(WORDS).map((key) => WORDS[key]), ...said.flatMap((own) => [...own.keys()])]),
  ];
  const rows = names
    .map((name) => [name, ...said.map((own) => own.get(name) ?? 'not said')])
    .filter(([, ...values]) => new Set(values).size > 1);
  return { columns: ['Setting', ...studies.map(({ name }) => name)], rows };
}

function saidOf({ view, options }: ComparedStudy): Map<string, string> {
  const said = new Map<string, string>();
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || !Object.hasOwn(WORDS, key)) continue;
    said.set(WORDS[key], wordOf(key, value));
  }
  const { version, node, engine } = view.environment;
  // What was chosen where nobody said anything.
  said.set(WORDS.folds, String(view.folds));
  said.set(WORDS.seed, String(view.summary.seed));
  said.set(WORDS.metric, metricLabel(view.summary.metric));
  said.set(WORDS.data, view.dataFile);
  const { quantiles, exposure, positive } = view.schema.target;
  if (quantiles) said.set(WORDS.quantiles, quantiles.join(', '));
  if (exposure !== undefined) said.set(WORDS.exposure, exposure);
  if (positive) said.set(WORDS.positive, positive.name);
  said.set('Rows held out', String(view.holdoutRows));
  said.set('Version', `lrnn-automl ${version}, Node ${node}`);
  said.set('Engine used', engine);
  return said;
}

function wordOf(key: string, value: unknown): string {
  if (key === 'timeBudgetMs') return `${Number(value) / 1000} s`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.every((part) => typeof part !== 'object')) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
