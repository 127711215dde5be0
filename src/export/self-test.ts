/**
 * @file The proof inside an artefact: made-up rows, and what the model says of them here. Rows are made from the schema and
 * the fitted numbers, never copied from the training table: an artefact gives no row of it away.
 */

import { Rng } from '../core/index.js';
import type { ColumnSchema, DateFormat } from '../data/index.js';
import { parseDate } from '../data/index.js';
import { bearing, decidedClass, intervalsAt, leastProbability, LEVELS, setsAt } from '../evaluate/index.js';
import type { Plan, PlannedFeature, PlannedForm } from './plan.js';

/** Cells as they stand in a CSV. */
export type SelfTestRow = Readonly<Record<string, string>>;

export interface SelfTest {
  readonly rows: readonly SelfTestRow[];
  /** Per row the value, or the probability of each class. */
  readonly expected: readonly (readonly number[])[];
  /** A prediction may differ by absolute + relative * |expected|. */
  readonly relative: number;
  readonly absolute: number;
  /** How sure it is of them; left out where it does not know. */
  readonly sure?: SureTest;
}

/** Per row the ends of its interval, or the places of the classes of its set; null where a probability is too near to the edge to tell. */
export interface SureTest {
  readonly level: number;
  readonly answers: readonly (readonly number[] | null)[];
}

/** How far two ways to compute the same float32 model may lie apart. */
const RELATIVE = 1e-5;
/** Share of the largest expected number that is nothing: about eight steps of a float32. */
const ABSOLUTE_SHARE = 1e-6;

const ORDINARY_ROWS = 12;
const SEED = 20_240;
const GAP_SHARE = 0.1;
/** What no training table has as a category. */
const UNSEEN = 'never seen before \u2713';
const SPREADS = [-3, -1.5, -1, -0.5, -0.1, 0, 0.2, 0.6, 1, 2, 5];
const DAYS = { from: 7_300, to: 22_000 };

/**
 * The self-test of rows and what was predicted for them, row-major with k numbers each; `slack` is what predictions may differ
 * by besides.
 */
export function selfTestOf(rows: readonly SelfTestRow[], predictions: Float32Array, slack = 0): SelfTest {
  const k = predictions.length / rows.length;
  const expected = rows.map((_, i) => Array.from(predictions.subarray(i * k, (i + 1) * k)));
  const largest = predictions.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  return { rows, expected, relative: RELATIVE, absolute: ABSOLUTE_SHARE * largest + slack };
}

/** Level that self-tests ask for, where the model bears it. */
const SURE_LEVEL = 0.9;

/** What a self-test expects of how sure a model is of these predictions; undefined where it does not know. */
export function sureTestOf(plan: Sureness, predictions: Float32Array, slack: number): SureTest | undefined {
  const { uncertainty } = plan;
  if (!uncertainty || bearing(uncertainty) < LEVELS.least) return undefined;
  const level = Math.min(SURE_LEVEL, bearing(uncertainty));
  const answers = sureAnswers(plan, predictions, level);
  if (uncertainty.kind === 'interval') return { level, answers };
  const least = leastProbability(uncertainty, level);
  const k = predictions.length / answers.length;
  const isNear = (_: unknown, row: number): boolean =>
    predictions.subarray(row * k, (row + 1) * k).some((p) => Math.abs(p - least) <= slack + 2 * RELATIVE);
  return { level, answers: answers.map((answer, row) => (isNear(answer, row) ? null : answer)) };
}

/** What is needed to say how sure predictions are. */
export type Sureness = Pick<Plan, 'uncertainty' | 'threshold' | 'costs' | 'task' | 'k'>;

/** Per row the ends of its interval, or the places of the classes of its set in ascending order. */
export function sureAnswers(
  { uncertainty, threshold, costs, task, k: classes }: Sureness,
  predictions: ArrayLike<number>,
  level: number,
): number[][] {
  const numbers = Float32Array.from(predictions);
  if (uncertainty?.kind === 'interval') {
    const at = intervalsAt(uncertainty, level);
    return Array.from(numbers, (value) => Object.values(at(value)) as number[]);
  }
  const at = setsAt(uncertainty!, level);
  const k = task === 'regression' ? 1 : classes;
  return Array.from({ length: numbers.length / k }, (_, i) => {
    const row = numbers.subarray(i * k, (i + 1) * k);
    return at(row, decidedClass(row, { threshold, costs })).sort((a, b) => a - b);
  });
}

export interface SelfTestResult {
  readonly ok: boolean;
  readonly rows: number;
  /** Largest distance from what was expected. */
  readonly difference: number;
  /** That of the worst prediction in units of what it may differ by. */
  readonly share: number;
}

/**
 * Compares predictions, k numbers per row, with what a self-test expects; NaN is never right. With what says how sure they are, that is
 * compared, too.
 */
export function judge(selfTest: SelfTest, predictions: ArrayLike<number>, sureness?: Sureness): SelfTestResult {
  const { expected, relative, absolute, sure } = selfTest;
  const numbers = expected.flat();
  let [share, difference] = predictions.length === numbers.length ? [0, 0] : [Infinity, Infinity];
  numbers.forEach((value, i) => {
    const distance = Math.abs(predictions[i] - value);
    const own = distance === 0 ? 0 : distance / (absolute + relative * Math.abs(value));
    if (!(own <= share)) share = Number.isNaN(own) ? Infinity : own;
    if (!(distance <= difference)) difference = Number.isNaN(distance) ? Infinity : distance;
  });
  const isSure =
    !sure || (sureness?.uncertainty != null && hasSame(sure, sureness, predictions, { relative, absolute }));
  return { ok: share <= 1 && isSure, rows: expected.length, difference, share };
}

function hasSame(
  { level, answers }: SureTest,
  sureness: Sureness,
  predictions: ArrayLike<number>,
  { relative, absolute }: Pick<SelfTest, 'relative' | 'absolute'>,
): boolean {
  const found = sureAnswers(sureness, predictions, level);
  // An end moves with the prediction and with the width there.
  const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= SLOPE * (absolute + relative * Math.abs(a));
  return answers.every((answer, row) => {
    if (answer === null) return true;
    const own = found[row];
    if (sureness.uncertainty!.kind === 'set') return answer.join() === own?.join();
    return own?.length === 2 && answer.every((end, i) => isClose(end, own[i]));
  });
}

/** An end of an interval may move by so many times what its prediction moves by: steep lines of spread are. */
const SLOPE = 20;

/**
 * Rows that visit a model's corners: ordinary ones with gaps, one with nothing but gaps, one of categories never seen and
 * numbers out of range, one of texts that are no numbers, one with a single column.
 *
 * Random   from a fixed seed: the same model has the same rows
 */
export function selfTestRows(plan: Plan): SelfTestRow[] {
  const rng = new Rng(SEED);
  const numbers = numbersOf(plan);
  const makers = plan.features.map((feature, f) => cellMaker(feature, numbers[f], rng));
  let made = 0;
  const rowOf = (cell: (f: number) => string): SelfTestRow => ({
    ...Object.fromEntries(plan.features.map(({ schema }, f) => [schema.name, cell(f)])),
    ...exposureOf(plan, made++),
  });
  const ordinary = Array.from({ length: ORDINARY_ROWS }, () =>
    rowOf((f) => (rng.uniform() < GAP_SHARE ? '' : makers[f]())),
  );
  const isNumeric = (f: number) => plan.features[f].schema.kind === 'numeric';
  return [
    ...ordinary,
    rowOf(() => ''),
    rowOf((f) => (isNumeric(f) ? ['-1e9', '250000000'][f % 2] : UNSEEN)),
    rowOf((f) => (isNumeric(f) ? 'no number' : makers[f]())),
    { ...Object.fromEntries([[plan.features[0].schema.name, makers[0]()]]), ...exposureOf(plan, made) },
  ];
}

/** What a row of counts is predicted for, where that is said: no row goes without. */
function exposureOf({ exposure }: Plan, row: number): SelfTestRow {
  const units = [1, 0.25, 12, 3.5][row % 4];
  return exposure === null ? {} : { [exposure.name]: String(units) };
}

type Maker = () => string;

function cellMaker({ schema }: PlannedFeature, numbers: readonly number[], rng: Rng): Maker {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)];
  switch (schema.kind) {
    case 'categorical':
    case 'high-cardinality':
    case 'ordinal': {
      const levels = schema.levels ?? [];
      return () => (levels.length === 0 ? '' : pick(levels));
    }
    case 'boolean': {
      const words = [...(schema.trueWords ?? []), ...(schema.falseWords ?? [])];
      return () => (words.length === 0 ? '' : pick(words));
    }
    case 'text': {
      const words = [...(schema.words ?? []), 'a', 'NEW', 'text', '42'];
      return () => Array.from({ length: 1 + rng.integer(6) }, () => pick(words)).join(' ');
    }
    case 'date': {
      const format = schema.dateFormat ?? 'YYYY-MM-DD';
      return () => dateText(DAYS.from + rng.integer(DAYS.to - DAYS.from), rng.integer(86_400), format);
    }
    default:
      return () => numberText(Number(pick(numbers).toPrecision(6)), schema);
  }
}

/** A number as the cells of its column have it: signs and units around it, or as a time. */
function numberText(value: number, { decimal, units = [], signs, clock }: ColumnSchema): string {
  if (clock === true) {
    const seconds = Math.round(Math.abs(value)) % 3_600_000;
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return `${value < 0 ? '-' : ''}${[h, m, s].map((part) => String(part).padStart(2, '0')).join(':')}`;
  }
  const isBracketed = signs === true && value < 0;
  const digits = String(isBracketed ? -value : value);
  const written = [decimal === ',' ? digits.replace('.', ',') : digits, ...units.slice(0, 1)].join(' ');
  return isBracketed ? `(${written})` : written;
}

/** The models that a model is made of. */
function leavesOf(model: PlannedForm): readonly PlannedForm[] {
  if (model.kind === 'quantiles') return model.models.flatMap(leavesOf);
  return model.kind === 'transformed' ? leavesOf(model.model) : [model];
}

/** By feature, numbers that tell its values apart: around the centres of networks, and between the thresholds of trees. */
function numbersOf({ sources, recipes, models, features }: Plan): readonly (readonly number[])[] {
  const found = features.map(() => new Set<number>());
  const featureOf = (source: number): number => (sources[source].part === null ? sources[source].feature : -1);
  for (const { kind, blocks } of recipes) {
    if (kind !== 'network') continue;
    for (const block of blocks) {
      if (block.type !== 'value' || featureOf(block.source) < 0) continue;
      for (const spread of SPREADS) found[featureOf(block.source)].add(block.fill + spread / block.scale);
    }
  }
  const flat = models.flatMap(({ recipe, ...model }) => leavesOf(model).map((own) => ({ recipe, ...own })));
  for (const model of flat) {
    if (model.kind !== 'trees') continue;
    thresholdsOf(model, recipes[model.recipe].blocks, featureOf).forEach((values, feature) => {
      const step = Math.max(1, Math.floor(values.length / 10));
      for (let i = 0; i + step < values.length; i += step) found[feature].add(values[i] / 2 + values[i + step] / 2);
    });
  }
  return found.map((numbers) => (numbers.size > 0 ? [...numbers] : [0, 1, 2]));
}

/** By feature, sorted. All in one look at the forest: it may have millions of nodes, and the table many columns. */
function thresholdsOf(
  { feature, value }: Extract<PlannedForm, { kind: 'trees' }>,
  blocks: Plan['recipes'][number]['blocks'],
  featureOf: (source: number) => number,
): ReadonlyMap<number, Float64Array> {
  const owners: number[] = [];
  const shifts: number[] = [];
  for (const block of blocks) {
    const width = block.type === 'levels' ? block.width : 1;
    for (let column = 0; column < width; column++) {
      owners.push(block.type === 'value' ? featureOf(block.source) : -1);
      shifts.push(block.type === 'value' ? block.centre : 0);
    }
  }
  const found = new Map<number, number[]>();
  for (let node = 0; node < feature.length; node++) {
    const owner = owners[feature[node]] ?? -1;
    if (owner < 0) continue;
    const threshold = value[node] + shifts[feature[node]];
    // A split between missing cells and all others is far beyond any value.
    if (!(Math.abs(threshold) < 1e37)) continue;
    const own = found.get(owner);
    if (own) own.push(threshold);
    else found.set(owner, [threshold]);
  }
  return new Map([...found].map(([owner, values]) => [owner, Float64Array.from(values).sort()]));
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day since 1970, with a time where the format takes one, as a text of that format. */
function dateText(days: number, seconds: number, format: DateFormat): string {
  const iso = new Date((days * 86_400 + seconds) * 1000).toISOString();
  const [year, month, day, time] = [iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10), iso.slice(11, 16)];
  const name = MONTHS[Number(month) - 1];
  const texts: Record<DateFormat, string> = {
    'YYYY-MM-DD': `${year}-${month}-${day} ${time}`,
    'M/D/YYYY': `${Number(month)}/${Number(day)}/${year} ${time}`,
    'D/M/YYYY': `${Number(day)}/${Number(month)}/${year} ${time}`,
    YYYYMMDD: `${year}${month}${day}`,
    'D MMM YYYY': `${Number(day)} ${name} ${year}`,
    'MMM D YYYY': `${name} ${Number(day)}, ${year}`,
    'YYYY-MM': `${year}-${month}`,
    'MMM YYYY': `${name}-${year}`,
  };
  const text = texts[format];
  if (Number.isNaN(parseDate(text, format))) throw new Error(`${text} must be a date in the format ${format}`);
  return text;
}
