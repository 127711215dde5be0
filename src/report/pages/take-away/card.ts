/** @file A model card: what a model is, was made of and is worth, as Markdown for people who meet it without its study. */

import type { ModelView, StudyView } from '../../../automl/index.js';
import type { TaskWord } from '../../../core/index.js';
import { taskFor } from '../../../core/index.js';
import type { ModelExplanation } from '../../../explain/index.js';
import type { FigureTable } from '../../plots/svg.js';
import { FAMILY_WORDS, familyLook, metricLabel } from '../../words/families.js';
import {
  formatCount,
  formatMoment,
  formatNumber,
  formatPercent,
  formatSpread,
  formatWeight,
  isNumber,
  plural,
  scoreFormat,
  settingsList,
} from '../../words/format.js';
import { rowsSeen } from '../../words/sentences.js';
import { metricsTable } from '../study/metrics-board.js';

export interface CardInput {
  readonly study: StudyView;
  readonly view: ModelView;
  /** Name of the study's folder. */
  readonly name: string;
  readonly explanation: ModelExplanation | null;
}

const MOST_COLUMNS = 100;
const MOST_IMPORTANCES = 10;

/** Sections in the order of Mitchell et al. 2019, Model cards for model reporting (https://arxiv.org/abs/1810.03993). */
export function modelCard(input: CardInput): string {
  const { study, view } = input;
  const sections = [
    `# ${plain(`${input.name}: ${view.entry.model}`)}`,
    details(study, view),
    section('Intended use', intendedUse(study)),
    section('Data', data(study)),
    section('Metrics', metrics(study, view)),
    section('What matters', importances(input)),
    section('Limits', limits(study, view)),
    section('Reproduction', reproduction(study)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function section(title: string, parts: readonly string[]): string {
  return parts.length === 0 ? '' : [`## ${title}`, ...parts].join('\n\n');
}

const WHAT: Readonly<Record<TaskWord, string>> = {
  regression: 'the number',
  binary: 'the class',
  multiclass: 'the class',
  quantile: 'quantiles of',
  count: 'the count',
  ordinal: 'the class (classes are in an order)',
};

function details(study: StudyView, { entry, members, isStacked = false }: ModelView): string {
  const { target } = study.schema;
  const { label } = familyLook(entry.family);
  const what = WHAT[study.summary.task];
  const lead = `Predicts ${what} ${code(target.name)}. ${label}: ${FAMILY_WORDS[entry.family]}; ${formatCount(entry.parameters)} learned numbers over ${plural(study.folds, 'fold')}.`;
  const settings = settingsList(entry.settings).map(({ key, value }) => `${code(key)} ${plain(value)}`);
  const made = members.map(({ model, weight }) => `${plain(model)} (${formatWeight(weight, isStacked)})`);
  return [
    lead,
    ...(made.length > 0 ? [`${isStacked ? 'Stacked' : 'Made'} of ${made.join(', ')}.`] : []),
    ...(settings.length > 0 ? [`Settings: ${settings.join(', ')}.`] : []),
  ].join('\n\n');
}

function intendedUse({ schema }: StudyView): string[] {
  const { name, classes } = schema.target;
  const answer =
    classes.length === 0
      ? 'It answers with a number, and with an interval where one is asked for.'
      : `It answers with a class and the probability of each of the ${plural(classes.length, 'class', 'classes')}: ${classes.slice(0, 20).map(code).join(', ')}${classes.length > 20 ? ', …' : ''}.`;
  return [
    `For rows of the same kind as those it was learned from: the same columns, collected in the same way, of the same population and time. ${answer}`,
    `It says what goes together with ${code(name)}, not what causes it. Nobody has said here what decisions it is good for: that is to be added by who uses it.`,
  ];
}

function data({ schema, summary, dataFile, dataSha256, holdoutRows, folds }: StudyView): string[] {
  const columns = schema.columns.filter(({ name }) => name !== schema.target.name);
  const held = holdoutRows > 0 ? `, ${plural(holdoutRows, 'row')} held out` : ', none held out';
  const more = columns.length - MOST_COLUMNS;
  const table = {
    columns: ['Column', 'Kind', 'Missing', 'What it holds'],
    rows: columns
      .slice(0, MOST_COLUMNS)
      .map(({ name, kind, missingCount, reason }) => [
        name,
        kind,
        formatPercent(missingCount / Math.max(1, summary.rows)),
        reason,
      ]),
  };
  return [
    `${code(dataFile)} (SHA-256 ${code(dataSha256)}): ${plural(summary.rows, 'row')}, ${plural(summary.columns, 'column')}; ${plural(folds, 'fold')} for validation${held}.`,
    markdownTable(table),
    ...(more > 0 ? [`And ${plural(more, 'column')} more.`] : []),
  ];
}

function metrics(study: StudyView, { entry, rows }: ModelView): string[] {
  const { summary } = study;
  const format = scoreFormat([entry.cv], { spread: entry.cvStd, folds: study.folds });
  const interval = entry.holdoutInterval
    ? ` (95 %: ${format(entry.holdoutInterval.low)} to ${format(entry.holdoutInterval.high)})`
    : '';
  const held = isNumber(entry.holdout) ? `; ${format(entry.holdout)}${interval} on the rows held out` : '';
  const better = summary.direction === 'maximize' ? 'higher is better' : 'lower is better';
  const lead = `${metricLabel(summary.metric)} (${better}): ${formatSpread(format, entry.cv, entry.cvStd)} over ${plural(study.folds, 'fold')}, ${plural(rows.length, 'row')}${held}.`;
  const corrected = isNumber(entry.corrected)
    ? [`Corrected for having been chosen from many: ${format(entry.corrected)}.`]
    : [];
  const table = metricsTable(entry, summary);
  const { coverage } = summary;
  const sure =
    coverage && coverage.model === entry.model
      ? [
          `Its ${Math.round(100 * coverage.level)} % ${taskFor(summary.task) === 'regression' ? 'intervals' : 'sets of classes'} hold ${formatPercent(coverage.share)} of ${plural(coverage.rows, 'row')} that they were not learned from.`,
        ]
      : [];
  return [lead, ...corrected, ...(table ? [markdownTable(table)] : []), ...sure];
}

function importances({ explanation }: CardInput): string[] {
  if (!explanation) return [];
  const { importance, metric, rows } = explanation;
  const table = {
    columns: ['Column', 'Importance', 'Standard error'],
    rows: importance.columns
      .slice(0, MOST_IMPORTANCES)
      .map(({ column, mean, error }) => [column, ...significant(mean, error)]),
  };
  return [
    `By how much ${metricLabel(metric)} gets worse on ${plural(rows, 'sampled row')} when a column is shuffled; columns that say the same stand in for each other.`,
    markdownTable(table),
  ];
}

/** Digits by the standard error. */
function significant(mean: number, error: number): [string, string] {
  const decimals = error > 0 ? Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(error)))) : 4;
  return [formatNumber(mean, decimals), formatNumber(error, decimals)];
}

function limits(study: StudyView, view: ModelView): string[] {
  const { summary, warnings } = study;
  const seen = rowsSeen(study, view.entry.model);
  const found = (summary.findings ?? []).map(({ text }) => text);
  const said = [...new Set([...warnings, ...found, ...(summary.samples ?? []), ...view.notes])];
  const ranges = study.schema.columns.flatMap(({ name, range }) =>
    range ? [[name, ...range.map((end) => String(Number(end.toPrecision(6))))]] : [],
  );
  return [
    'Scores are of rows like those of the table; they say nothing of rows that differ. Outside the ranges and categories below nothing was learned.',
    ...(seen ? [seen] : []),
    ...(said.length > 0 ? [said.map((text) => `- ${plain(text)}`).join('\n')] : []),
    ...(ranges.length > 0
      ? [markdownTable({ columns: ['Column', 'From', 'To'], rows: ranges.slice(0, MOST_COLUMNS) })]
      : []),
  ];
}

function reproduction({ command, summary, environment, createdAt }: StudyView): string[] {
  const fence = '`'.repeat(Math.max(3, longestRun(command) + 1));
  return [
    `${fence}sh\n${command.replace(/[\r\n]+/g, ' ')}\n${fence}`,
    `Seed ${summary.seed}, lrnn-automl ${plain(environment.version)}, Node ${plain(environment.node)}, engine ${plain(environment.engine)}, started ${formatMoment(createdAt)}.`,
  ];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

export function markdownTable({ columns, rows }: FigureTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [
    line(columns),
    `| ${columns.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map(line),
  ].join('\n');
}

/** Names of columns, classes and files come from anywhere: no sign of theirs is markup, and no line ends within them. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~&]/g, '\\$&');
}

/** As it stands, between backticks: one more of them than there are in it. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}
