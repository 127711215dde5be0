/** @file Texts as columns of a matrix: what a sparse linear model says of each, and its place along the main directions of all. */

import type { JsonObject, Matrix } from '../../core/index.js';
import { deriveSeed, fromBase64, toBase64 } from '../../core/index.js';
import type { Documents, Frame } from '../../data/index.js';
import { columnNamed } from '../columns.js';
import type { InnerFolds } from '../inner-folds.js';
import { isKnownTo } from '../inner-folds.js';
import type { NumbersFit } from '../numbers.js';
import { fitNumbers, gather, numbersNames, writeNumbers } from '../numbers.js';
import { outcomes } from '../target.js';
import type { EncodingTarget, FittedTransformer, NumberKind } from '../transformer.js';
import { affordableValues, choosePenalty, weightsByFold } from './out-of-fold.js';
import { singularVectors } from './topics.js';
import type { Vocabulary } from './vocabulary.js';
import { fitVocabulary, scoreDocuments, sparseRows } from './vocabulary.js';

/** Terms that are known at most, and weights of them over all outputs. */
const MOST_TERMS = 2 ** 15;
const MOST_WEIGHTS = 2 ** 18;
/** Values that are learned from, over all rows and outputs: of more rows an even part. */
const MOST_VALUES = 2 ** 23;
/** Values that all fits of a recipe's columns may look at together: about a second, whatever the table, and on every machine the same. */
export const MOST_VISITS = 2 ** 27;
/** Directions at most; t of them take 16 t x t rows: every one is a column more. */
const TOPICS = 16;
const ROWS_PER_TOPIC = 16;
/** The most frequent terms that directions look at, and the visits of the linear model that a value of theirs costs. */
const TOPIC_TERMS = 4096;
const TOPIC_VISITS = 2 ** 7;

/** One column before it is scaled; `place` is that among the scores of a document. */
interface Output {
  readonly place: number;
  readonly numbers: NumbersFit;
}

/** Plain JSON; arrays in base64. */
interface TextFit {
  readonly type: 'text';
  readonly column: string;
  /** int32 [terms] */
  readonly terms: string;
  /** float32 [terms] */
  readonly idf: string;
  /** float32 [terms x shifts] */
  readonly weights: string;
  /** Mean scores of the training rows, taken off; a missing text has the mean. */
  readonly shifts: readonly number[];
  /** float32 [some terms x topics], of the first ones. */
  readonly topics: number;
  readonly vectors: string;
  readonly outputs: readonly Output[];
}

/** What every table of scores is made from. */
interface TextScorer {
  readonly vocabulary: Vocabulary;
  /** [terms x (shifts + topics)] */
  readonly weights: Float32Array;
  /** [shifts + topics] */
  readonly shifts: Float64Array;
}

export interface TextFitRequest {
  readonly kind: NumberKind;
  readonly frame: Frame;
  /** Of the frame. */
  readonly column: string;
  readonly target: EncodingTarget;
  readonly rows: Uint32Array;
  readonly folds: InnerFolds;
  readonly seed: number;
  /** Values that its fits may look at, over all outputs. */
  readonly visits: number;
}

/**
 * The score of a linear model of TF-IDF (one per class of more than two), and up to sixteen singular directions.
 *
 * Training rows have scores of models that their own targets are not in, from the inner folds that target encodings have; all other rows those
 * of all training rows. Terms of at least two training rows are known, the 32,768 most frequent. A text of unknown terms only is one without
 * terms; a missing one has the mean score and lies on no direction. What does not vary over the training rows is left out.
 *
 * Random   order of rows while fitting, first directions, from the seed
 */
export function fitText(request: TextFitRequest): FittedTransformer {
  const { kind, frame, column, target, rows, folds, seed, visits } = request;
  const { codes, documents } = columnNamed(frame, column, 'text');
  const own = Int32Array.from(rows, (row) => codes[row]);
  const wanted = outcomes(target, rows);
  const vocabulary = fitVocabulary(documents, own, Math.min(MOST_TERMS, Math.floor(MOST_WEIGHTS / wanted.length)));
  const width = vocabulary.terms.length;
  if (width === 0) return NOTHING;
  const each = visits / wanted.length;
  const sample = evenRows(own, documents, Math.min(MOST_VALUES / wanted.length, affordableValues(each, folds)));
  const X = sparseRows(documents, vocabulary, take(own, sample));
  const loss = target.k === 1 ? 'square' : 'logistic';
  const inner = { ...folds, of: take(folds.of, sample) };
  const requests = wanted.map(({ outcome }, j) => {
    const y = gather(loss === 'square' ? standardised(outcome) : outcome, sample);
    return { X, width, y, loss, folds: inner, seed: deriveSeed(seed, 'text', j), visits: each } as const;
  });
  // The class that is nearest to half of the rows says most of the penalty; the others take the same.
  const C = choosePenalty({ ...requests[mostEven(wanted)], visits });
  const linear = requests.map((one) => weightsByFold(one, C));
  const { count, vectors } = topicsOf(documents, vocabulary, own, { seed, visits });
  const weights = side(
    width,
    linear.map(({ all }) => all),
  );
  const scores = scoreDocuments(documents, vocabulary, weights, own).scores;
  const isKnown = () => true;
  const shifts = wanted.map((_, j) => meanScore(scores, wanted.length, j, own, isKnown));
  const fit = {
    type: 'text' as const,
    column,
    terms: toBase64(vocabulary.terms),
    idf: toBase64(vocabulary.idf),
    weights: toBase64(weights),
    shifts,
    topics: count,
    vectors: toBase64(vectors),
  };
  const scorer = scorerOf({ ...fit, outputs: [] });
  const training = [
    ...outOfFold(documents, vocabulary, own, folds, linear),
    ...columnsOf(scorer, documents, own).slice(wanted.length),
  ];
  const title = column.replace(/: text$/, '');
  const names = [
    ...wanted.map(({ label }) => `${title} → ${label}`),
    ...Array.from({ length: count }, (_, t) => `${title}: topic ${t + 1}`),
  ];
  const outputs = training
    .map((values, place) => ({ place, numbers: { ...fitNumbers(kind, names[place], values), hasIndicator: false } }))
    .filter(({ numbers }) => numbers.hasValue);
  return textColumns({ ...fit, outputs }, { rows, columns: training });
}

const NOTHING: FittedTransformer = { names: [], transform: () => undefined, toJSON: () => ({}) };

/** From its JSON. */
export function restoreText(json: JsonObject): FittedTransformer {
  return textColumns(json as unknown as TextFit);
}

interface TrainingColumns {
  readonly rows: Uint32Array;
  readonly columns: readonly Float64Array[];
}

function textColumns(fit: TextFit, training?: TrainingColumns): FittedTransformer {
  const { column, outputs } = fit;
  const scorer = scorerOf(fit);
  const write = (columns: readonly Float64Array[], out: Matrix, offset: number, rows?: Uint32Array): void =>
    outputs.forEach(({ place, numbers }, j) => writeNumbers(numbers, columns[place], out, offset + j, rows));
  return {
    names: outputs.flatMap(({ numbers }) => numbersNames(numbers)),
    transform(frame, out, offset): void {
      const { documents, codes } = columnNamed(frame, column, 'text');
      write(columnsOf(scorer, documents, codes), out, offset);
    },
    ...(training && {
      transformTraining: (out: Matrix, offset: number) => write(training.columns, out, offset, training.rows),
    }),
    toJSON: () => ({ ...fit }) as unknown as JsonObject,
  };
}

/** A fit's arrays: what exports are written from. */
export interface TextTables {
  readonly column: string;
  readonly vocabulary: Vocabulary;
  /** [terms x shifts] */
  readonly linear: Float32Array;
  readonly shifts: readonly number[];
  /** [some terms x topics], of the first ones. */
  readonly directions: Float32Array;
  readonly topics: number;
  readonly outputs: readonly Output[];
}

/** From the JSON of a fit. */
export function textTables(json: JsonObject): TextTables {
  return tablesOf(json as unknown as TextFit);
}

function tablesOf({ column, terms, idf, weights, shifts, topics, vectors, outputs }: TextFit): TextTables {
  const vocabulary = { terms: fromBase64(terms, Int32Array), idf: fromBase64(idf, Float32Array) };
  const [linear, directions] = [fromBase64(weights, Float32Array), fromBase64(vectors, Float32Array)];
  return { column, vocabulary, linear, shifts, directions, topics, outputs };
}

function scorerOf(fit: TextFit): TextScorer {
  const { vocabulary, linear, shifts, directions, topics } = tablesOf(fit);
  const outputs = shifts.length + topics;
  const topicTerms = topics === 0 ? 0 : directions.length / topics;
  const all = new Float32Array(vocabulary.terms.length * outputs);
  for (let i = 0; i < vocabulary.terms.length; i++) {
    all.set(linear.subarray(i * shifts.length, (i + 1) * shifts.length), i * outputs);
    if (i < topicTerms) all.set(directions.subarray(i * topics, (i + 1) * topics), i * outputs + shifts.length);
  }
  const own = new Float64Array(outputs);
  own.set(shifts);
  return { vocabulary, weights: all, shifts: own };
}

/** Every score of every row, a column each. */
function columnsOf(
  { vocabulary, weights, shifts }: TextScorer,
  documents: Documents,
  codes: Int32Array,
): Float64Array[] {
  const { outputs, scores } = scoreDocuments(documents, vocabulary, weights, codes);
  return Array.from(shifts, (shift, j) =>
    Float64Array.from(codes, (code) => (code < 0 ? 0 : scores[code * outputs + j] - shift)),
  );
}

/** For each output the training rows' scores by the models of their folds, less the mean of the rows that each was fitted to. */
function outOfFold(
  documents: Documents,
  vocabulary: Vocabulary,
  codes: Int32Array,
  folds: InnerFolds,
  linear: readonly { readonly folds: readonly Float64Array[] }[],
): Float64Array[] {
  return linear.map((model) => {
    const weights = side(vocabulary.terms.length, model.folds);
    const { scores } = scoreDocuments(documents, vocabulary, weights, codes);
    const means = model.folds.map((_, fold) =>
      meanScore(scores, folds.count, fold, codes, (i) => isKnownTo(folds, fold, folds.of[i])),
    );
    return Float64Array.from(codes, (code, i) =>
      code < 0 ? 0 : scores[code * folds.count + folds.of[i]] - means[folds.of[i]],
    );
  });
}

/** Of the texts that are there; of equal scores exactly that score. */
function meanScore(
  scores: Float64Array,
  outputs: number,
  output: number,
  codes: Int32Array,
  isKnown: (i: number) => boolean,
): number {
  let [first, sum, count] = [0, 0, 0];
  codes.forEach((code, i) => {
    if (code < 0 || !isKnown(i)) return;
    const score = scores[code * outputs + output];
    if (count++ === 0) first = score;
    sum += score - first;
  });
  return count === 0 ? 0 : first + sum / count;
}

function topicsOf(
  documents: Documents,
  { terms, idf }: Vocabulary,
  codes: Int32Array,
  { seed, visits }: { seed: number; visits: number },
) {
  const count = Math.min(TOPIC_TERMS, terms.length);
  const some = { terms: terms.subarray(0, count), idf: idf.subarray(0, count) };
  const sample = evenRows(codes, documents, visits / TOPIC_VISITS);
  const X = sparseRows(documents, some, take(codes, sample));
  return singularVectors(X, count, topicsFor(codes.length), deriveSeed(seed, 'topics'));
}

/** Two of a hundred rows, five of 400, sixteen of 4,096 and more. */
function topicsFor(rows: number): number {
  return Math.min(TOPICS, Math.floor(Math.sqrt(rows / ROWS_PER_TOPIC)));
}

/** Places of the rows whose texts have about `most` terms together, evenly spread; all of them where they have no more. */
function evenRows(codes: Int32Array, { starts }: Documents, most: number): Uint32Array {
  let all = 0;
  for (const code of codes) if (code >= 0) all += starts[code + 1] - starts[code];
  const step = Math.max(1, all / most);
  return Uint32Array.from({ length: Math.ceil(codes.length / step) }, (_, i) => Math.floor(i * step));
}

/** The place of the outcome whose mean is nearest to a half. */
function mostEven(wanted: readonly { readonly outcome: Float64Array }[]): number {
  const apart = wanted.map(({ outcome }) =>
    Math.abs(outcome.reduce((sum, value) => sum + value, 0) / outcome.length - 0.5),
  );
  return apart.indexOf(Math.min(...apart));
}

function take(values: Int32Array, places: Uint32Array): Int32Array {
  return Int32Array.from(places, (place) => values[place]);
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  return values.map((value) => (value - mean) * scale);
}

/** Vectors of one length as the columns of a matrix, float32. */
function side(width: number, columns: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(width * columns.length);
  columns.forEach((column, j) => {
    for (let i = 0; i < width; i++) out[i * columns.length + j] = column[i];
  });
  return out;
}
