/** @file The form that asks a model about one row, made from the schema, and the answer in words. */

import type { StudyView } from '../../automl/index.js';
import type { ColumnSchema, Schema } from '../../data/index.js';
import { isLevels, readColumns, truthText } from '../../data/index.js';
import type { ContributionUnit } from '../../ensemble/index.js';
import type { Costs } from '../../evaluate/index.js';
import { decidedClass } from '../../evaluate/index.js';
import type { ContributionMethod, ExplainSample, RowContributions } from '../../explain/index.js';
import { cellText } from '../../explain/index.js';
import type { FamilyChip } from '../words/families.js';
import { chipOf } from '../words/families.js';
import { formatPercent, plural, scoreFormat } from '../words/format.js';
import { links } from '../words/links.js';

export interface TryField {
  readonly column: string;
  /** Of the control: f0, f1, ... */
  readonly name: string;
  readonly type: 'number' | 'choice' | 'text';
  readonly value: string;
  /** Choices; empty for the others. Levels beyond the most frequent can be typed. */
  readonly options: readonly string[];
  readonly hint: string;
  /** Of the sampled rows, for a slider; null where it makes no sense. */
  readonly range: { readonly min: number; readonly max: number; readonly step: number } | null;
}

export interface TryPage {
  readonly study: string;
  readonly studyHref: string;
  readonly model: string;
  readonly modelHref: string;
  readonly chip: FamilyChip;
  readonly target: string;
  readonly fields: readonly TryField[];
  readonly action: string;
  readonly fileAction: string;
  readonly maxUpload: string;
  /** Null before anything was asked. */
  readonly answer: TryAnswer | null;
  /** The row that was kept before; null: none. */
  readonly first: FirstRow | null;
  readonly error: string | null;
}

/** A row that was kept beside the one that is asked about. */
export interface FirstRow {
  readonly headline: string;
  /** `−1,346`, or of a probability in points; empty where it is the same. */
  readonly difference: string;
  readonly changed: readonly { readonly column: string; readonly from: string; readonly to: string }[];
  /** The row as fields that travel with the form. */
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
}

/** An answer as the page shows it; the script asks for the same as JSON. */
export interface TryAnswer {
  readonly headline: string;
  /** Where the truth lies, in words; null where the model does not know. */
  readonly sure: string | null;
  readonly classes: readonly { readonly name: string; readonly share: string; readonly percent: number }[];
  /** Whose contributions are shown: `Price`, or a class. */
  readonly of: string;
  /** Where they start; null where there are none. */
  readonly start: string | null;
  /** Largest first. */
  readonly contributions: readonly {
    readonly column: string;
    readonly text: string;
    readonly percent: number;
    readonly isUp: boolean;
  }[];
  readonly notes: readonly string[];
}

const MOST_OPTIONS = 60;

/** Fields of every feature, filled with a typical row or with what was asked. */
export function tryFields(
  schema: Schema,
  sample: ExplainSample | null,
  values: Readonly<Record<string, string>> | null,
): TryField[] {
  return readColumns(schema).map((column, i) => {
    const name = `f${i}`;
    const isExposure = column.name === schema.target.exposure;
    const typical = isExposure ? '1' : typicalCell(column, sample);
    const value = values ? (values[name] ?? '') : typical;
    const options = optionsOf(column);
    const type = options.length > 0 ? 'choice' : column.kind === 'numeric' ? 'number' : 'text';
    const range = type === 'number' ? rangeOf(column, sample) : null;
    return {
      column: column.name,
      name,
      type,
      value,
      options,
      hint: isExposure ? 'what the count is for' : hintOf(column),
      range,
    };
  });
}

/** What the form says -> a row by column names; empty fields are missing cells. */
export function tryRow(schema: Schema, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(readColumns(schema).map(({ name }, i) => [name, values[`f${i}`] ?? '']));
}

function optionsOf(column: ColumnSchema): string[] {
  const { kind, levels = [] } = column;
  if (kind === 'boolean') return [truthText(column, true), truthText(column, false)];
  if (isLevels(kind)) return levels.length <= MOST_OPTIONS ? [...levels] : [];
  return [];
}

function hintOf({ kind, dateFormat, levels = [] }: ColumnSchema): string {
  if (kind === 'date') return dateFormat ?? 'date';
  if (kind === 'text') return 'text';
  return levels.length > MOST_OPTIONS ? `such as ${levels.slice(0, 3).join(', ')}` : '';
}

/** The median of the sample, the commonest category; nothing for dates in unusual formats and texts. */
function typicalCell(column: ColumnSchema, sample: ExplainSample | null): string {
  const own = sample?.frame.columns.find(({ name }) => name === column.name);
  if (!own || !sample) return column.levels?.[0] ?? '';
  if (own.kind === 'numeric' && column.kind === 'numeric') {
    const values = own.values.filter((value) => !Number.isNaN(value)).sort();
    return values.length === 0 ? '' : localNumber(Number(values[values.length >> 1].toPrecision(6)), column);
  }
  const texts = Array.from({ length: sample.frame.rowCount }, (_, row) => cellText(own, row, column)).filter(
    (text): text is string => text !== null,
  );
  if (texts.length === 0) return '';
  if (column.kind === 'date') return column.dateFormat === 'YYYY-MM-DD' ? texts[0].slice(0, 10) : '';
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}

/** From the least to the greatest sampled value, in about a hundred round steps. */
function rangeOf({ name }: ColumnSchema, sample: ExplainSample | null): TryField['range'] {
  const own = sample?.frame.columns.find((column) => column.name === name);
  if (own?.kind !== 'numeric') return null;
  const values = own.values.filter(Number.isFinite);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  if (!(max > min)) return null;
  if (values.every(Number.isInteger)) return { min, max, step: Math.max(1, Math.round((max - min) / 200)) };
  return { min, max, step: 10 ** Math.floor(Math.log10((max - min) / 100)) };
}

/** As the table writes its numbers. */
function localNumber(value: number, { decimal }: ColumnSchema): string {
  const text = String(value);
  return decimal === ',' ? text.replace('.', ',') : text;
}

export interface TryParts {
  readonly name: string;
  readonly model: string;
  readonly sample: ExplainSample | null;
  readonly values?: Readonly<Record<string, string>> | null;
  readonly answer?: TryAnswer | null;
  readonly first?: FirstRow | null;
  readonly error?: string | null;
  readonly maxUploadBytes: number;
}

export function tryPage(view: StudyView, parts: TryParts): TryPage {
  const { name, model, sample, values = null, answer = null, first = null, error = null, maxUploadBytes } = parts;
  const family = view.trials.find((trial) => trial.model === model)?.family ?? 'ensemble';
  return {
    study: name,
    studyHref: links.study(name),
    model,
    modelHref: links.model(name, model),
    chip: chipOf(family),
    target: view.schema.target.name,
    fields: tryFields(view.schema, sample, values),
    action: links.tryIt(name, model),
    fileAction: links.predictFile(name, model),
    maxUpload: `${Math.round(maxUploadBytes / 2 ** 20)} MiB`,
    answer,
    first,
    error,
  };
}

/** Numbers as `predictRow` gives them. */
export interface RawAnswer {
  readonly prediction: readonly number[];
  readonly threshold: number | null;
  readonly costs?: Costs | null;
  readonly base: readonly number[] | null;
  readonly end: readonly number[];
  readonly startRows: number;
  readonly columns: RowContributions['columns'];
  readonly unit: ContributionUnit;
  readonly method: ContributionMethod;
  readonly models: number;
  readonly summary: {
    readonly unseenCategories: Readonly<Record<string, number>>;
    readonly unparsable: Readonly<Record<string, number>>;
    readonly outOfRange: Readonly<Record<string, number>>;
  };
  readonly sure?: {
    readonly level: number;
    readonly lower?: number | undefined;
    readonly upper?: number | undefined;
    readonly set?: readonly string[] | undefined;
  };
}

/** `Of 100 such rows, about 90 lie between 12,100 and 15,300.` */
function sureWords({ sure }: RawAnswer, format: (value: number) => string): string | null {
  if (!sure) return null;
  const { level, lower = NaN, upper = NaN, set } = sure;
  const some = `Of 100 such rows, about ${Math.floor(100 * level)}`;
  if (!set) return `${some} lie between ${format(lower)} and ${format(upper)}.`;
  return set.length === 1 ? `${some} are ${set[0]}.` : `${some} are ${set.slice(0, -1).join(', ')} or ${set.at(-1)}.`;
}

/** What contributions add to, in words. */
function contributedTo({ target }: Schema, unit: ContributionUnit, output: number): string {
  if (target.classes.length === 0) return target.name;
  return unit === 'log-odds' ? `the score of ${target.classes[output]}` : target.classes[output];
}

/** What is said of a cell that training does not know. */
export const NOTE_WORDS = {
  unseenCategories: 'training has not seen this category',
  unparsable: 'cannot be read and counts as missing',
  outOfRange: 'outside the range of the training',
} as const;

/** How contributions were worked out, in words. */
const METHOD_WORDS: Readonly<Record<ContributionMethod, string>> = {
  exact: 'exact Shapley values',
  sampled: 'sampled Shapley values',
  'partly exact': 'Shapley values: exact for its trees, sampled for its other members',
};

/** `From 21,343, the mean prediction of 64 rows ...`. */
export function startWords(base: string, rows: number, { isShare, hasTexts, method }: StartLook): string {
  const texts = hasTexts ? ', their texts left out' : '';
  const unit = isShare ? ' in percentage points' : '';
  return `From ${base}, the mean prediction of ${plural(rows, 'row')} spread evenly over the table${texts}, to the prediction${unit} (${METHOD_WORDS[method]}).`;
}

interface StartLook {
  /** A probability. */
  readonly isShare: boolean;
  /** The rows have texts that nobody kept. */
  readonly hasTexts: boolean;
  readonly method: ContributionMethod;
}

export interface ScoreLook {
  readonly hasTexts: boolean;
  readonly classes: number;
  readonly models: number;
}

/** The same for scores of classes: `base` and `end` as they are to be read. */
export function scoreWords(base: string, end: string, rows: number, { hasTexts, classes, models }: ScoreLook): string {
  const texts = hasTexts ? ', their texts left out' : '';
  const score =
    classes === 2
      ? 'log-odds: 0.69 doubles the odds'
      : 'the logarithm of the probability, less its mean over the classes: 0.69 doubles it against them';
  const mean =
    models > 1 ? ` Scores are means over ${models} models, the prediction is the mean of their probabilities.` : '';
  return `From a score of ${base}, the mean of ${plural(rows, 'row')} spread evenly over the table${texts}, to ${end} (${METHOD_WORDS.exact}). Scores are ${score}.${mean}`;
}

/** `+1.42`. */
function signedScore(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function startOf(answer: RawAnswer, output: number, format: (value: number) => string): string | null {
  const { base, end, startRows, unit, method, models, prediction } = answer;
  if (!base) return null;
  if (unit === 'prediction') {
    return startWords(format(base[output]), startRows, { isShare: prediction.length > 1, hasTexts: false, method });
  }
  const look = { hasTexts: false, classes: prediction.length, models };
  return scoreWords(signedScore(base[output]), signedScore(end[output]), startRows, look);
}

/** Contributions are those to the predicted number, or to the probability or the score of the predicted class. */
export function tryAnswer({ schema }: Pick<StudyView, 'schema'>, answer: RawAnswer): TryAnswer {
  const { name, classes } = schema.target;
  const { prediction, columns, unit, summary } = answer;
  const best = decidedClass(prediction, answer);
  const output = classes.length === 0 ? 0 : best;
  const format = classes.length === 0 ? scoreFormat([prediction[0]]) : formatPercent;
  const size = (value: number): string => {
    if (unit === 'log-odds') return value.toFixed(2);
    return classes.length === 0 ? format(value) : (100 * value).toFixed(value < 0.0995 ? 1 : 0);
  };
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${size(Math.abs(value))}`;
  const largest = Math.max(1e-12, ...columns.map(({ values }) => Math.abs(values[output])));
  return {
    headline:
      classes.length === 0
        ? `${name}: ${format(prediction[0])}`
        : `${classes[best]} (${formatPercent(prediction[best])})`,
    sure: sureWords(answer, format),
    classes: classes.map((own, c) => ({
      name: own,
      share: formatPercent(prediction[c]),
      percent: Math.round(100 * prediction[c]),
    })),
    of: contributedTo(schema, unit, output),
    start: startOf(answer, output, format),
    contributions: columns
      .map(({ column, values }) => ({
        column,
        text: signed(values[output]),
        percent: Math.round((100 * Math.abs(values[output])) / largest),
        isUp: values[output] >= 0,
        size: Math.abs(values[output]),
      }))
      .sort((a, b) => b.size - a.size)
      .map(({ column, text, percent, isUp }) => ({ column, text, percent, isUp })),
    notes: (Object.keys(NOTE_WORDS) as (keyof typeof NOTE_WORDS)[]).flatMap((kind) =>
      Object.keys(summary[kind]).map((column) => `"${column}": ${NOTE_WORDS[kind]}`),
    ),
  };
}
