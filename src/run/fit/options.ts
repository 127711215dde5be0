/** @file The options of a fit with their defaults, checked once at the door before any work. */

import { basename, join } from 'node:path';

import { CLASS_WEIGHTS, DUPLICATES } from '../../automl/index.js';
import { checkRedisUrl, withoutPassword } from '../../cluster/index.js';
import type { Family } from '../../core/index.js';
import { check, FAMILIES, TASK_WORDS } from '../../core/index.js';
import { requireMetricName } from '../../evaluate/index.js';
import { catalogEntry, requireLevels } from '../../models/index.js';
import { quotedWord } from '../command-line.js';
import type { FitOptions } from '../contract.js';
import { checkKnown } from '../known-options.js';
import type { EngineOption } from './engines.js';

export const DEFAULT_FOLDS = 5;
export const DEFAULT_HOLDOUT = 0.2;
/** Searched trials at once, at most: with folds enough for thousands of workers. */
export const MAX_PARALLEL = 10_000;
/** Trials when neither a number nor a time is given: about two minutes on two cores for 10,000 rows. */
export const DEFAULT_TRIALS = 18;

/** Options with nothing left open but the things that only the data can tell. */
export interface CheckedOptions extends Omit<FitOptions, 'engine'> {
  readonly folds: number;
  readonly holdout: number;
  readonly seed: number;
  readonly models: readonly Family[];
  /** Nobody said which: a study that goes on keeps its own, though later versions know more. */
  readonly anyModels: boolean;
  readonly out: string;
  readonly engine: EngineOption;
  readonly task: NonNullable<FitOptions['task']>;
  /** Columns that other models of the same study predict: no features. */
  readonly otherTargets?: readonly string[] | undefined;
  /** Of one target among several: the command line of the whole study; left out: what the options say. */
  readonly commandOf?: ((resume: boolean) => string) | undefined;
}

/** Throws usage errors named after the command line's options. */
export function checkOptions(options: FitOptions): CheckedOptions {
  const { trials, timeBudgetMs, folds = DEFAULT_FOLDS, holdout = DEFAULT_HOLDOUT, seed = 0, workers, metric } = options;
  checkKnown('fit', options, KNOWN);
  const isTable = typeof options.data === 'object' && options.data !== null;
  check(
    isTable || (typeof options.data === 'string' && options.data !== ''),
    'fit',
    'needs the path of a file',
    options.data,
  );
  check(typeof options.target === 'string' && options.target !== '', 'fit', 'needs a target column', options.target);
  check(!(trials && timeBudgetMs), 'fit', 'takes trials or a time budget, not both', { trials, timeBudgetMs });
  check(trials === undefined || isWhole(trials, 1, 1e6), 'trials', 'must be a whole number of at least 1', trials);
  check(timeBudgetMs === undefined || timeBudgetMs >= 1000, 'time-budget', 'must be at least one second', timeBudgetMs);
  check(isWhole(folds, 2, 100), 'folds', 'must be a whole number from 2 to 100', folds);
  check(holdout >= 0 && holdout <= 0.5, 'holdout', 'must be in [0, 0.5]', holdout);
  const { gap = 0, time } = options;
  check(isWhole(gap, 0, 1e9), 'gap', 'must be a whole number of rows', gap);
  check(gap === 0 || time !== undefined, 'gap', 'needs --time: without it no row is before another', gap);
  check(isWhole(seed, 0, 2 ** 32 - 1), 'seed', 'must be a whole number from 0 to 4294967295', seed);
  check(workers === undefined || isWhole(workers, 1, 256), 'workers', 'must be a whole number from 1 to 256', workers);
  const { parallel } = options;
  const isCount = parallel === undefined || isWhole(parallel, 1, MAX_PARALLEL);
  check(isCount, 'parallel', `must be a whole number from 1 to ${MAX_PARALLEL}`, parallel);
  if (options.redis !== undefined) {
    checkRedisUrl(options.redis);
    check(workers === undefined, 'workers', 'has no meaning with redis: every worker there has its own', workers);
  }
  checkShared(options);
  const { classWeights = 'none' } = options;
  const modes: readonly string[] = CLASS_WEIGHTS;
  check(modes.includes(classWeights), 'class-weights', `must be one of ${modes.join(', ')}`, classWeights);
  const { duplicates } = options;
  const choices: readonly string[] = DUPLICATES;
  const isChoice = duplicates === undefined || choices.includes(duplicates);
  check(isChoice, 'duplicates', `must be one of ${choices.join(', ')}`, duplicates);
  checkDirections(options.monotone);
  const { positive } = options;
  const isText = positive === undefined || (typeof positive === 'string' && positive !== '');
  check(isText, 'positive', 'must be a class of the target', positive);
  const { order, task = 'auto' } = options;
  const isList = order === undefined || (Array.isArray(order) && order.length > 0 && order.every(isName));
  check(isList, 'order', 'must name classes from the least to the most', order);
  if (options.quantiles !== undefined) requireLevels(options.quantiles);
  check(['auto', ...TASK_WORDS].includes(task), 'task', `must be one of auto, ${TASK_WORDS.join(', ')}`, task);
  const byCosts = options.costs !== undefined;
  check(metric !== 'cost' || byCosts, 'metric', 'cost needs --costs, which say what mistakes cost', metric);
  const isPlain = !byCosts || classWeights === 'none';
  const hint = 'Probabilities of balanced classes are none of the table, and costs decide by those.';
  check(isPlain, 'costs', 'have no meaning with class-weights balanced', classWeights, hint);
  if (metric !== undefined) requireMetricName(metric);
  return {
    ...options,
    folds,
    holdout,
    seed,
    models: checkModels(options),
    anyModels: options.models === undefined,
    out: options.out ?? join('reports', typeof options.data === 'string' ? studyNameFor(options.data) : 'study'),
    engine: engineOption(options),
    task: options.task ?? 'auto',
  };
}

function isName(text: unknown): boolean {
  return typeof text === 'string' && text !== '';
}

function checkShared({ shared, redis }: FitOptions): void {
  if (shared === undefined) return;
  check(typeof shared === 'string' && shared !== '', 'shared', 'must be the path of a folder', shared);
  check(redis !== undefined, 'shared', 'has no meaning without redis', shared);
}

/** The instructions of relaxed SIMD and of GPUs may differ in the last bits between machines: a deterministic study has neither. */
function engineOption({ engine = 'auto', deterministic = false, redis }: FitOptions): EngineOption {
  if (!deterministic && redis === undefined) return engine;
  const rule = 'must be auto or wasm where a study is deterministic';
  check(engine === 'auto' || engine === 'wasm', 'engine', rule, engine);
  return 'wasm-simd';
}

/** All that a fit takes; the compiler holds that none is forgotten. */
const KNOWN: Readonly<Record<keyof FitOptions, true>> = {
  data: true,
  target: true,
  positive: true,
  costs: true,
  order: true,
  quantiles: true,
  exposure: true,
  task: true,
  metric: true,
  trials: true,
  timeBudgetMs: true,
  folds: true,
  holdout: true,
  refit: true,
  seed: true,
  models: true,
  group: true,
  time: true,
  gap: true,
  duplicates: true,
  weights: true,
  classWeights: true,
  ignore: true,
  types: true,
  missing: true,
  delimiter: true,
  decimal: true,
  encoding: true,
  comment: true,
  header: true,
  sheet: true,
  warmStart: true,
  monotone: true,
  workers: true,
  engine: true,
  deterministic: true,
  redis: true,
  shared: true,
  parallel: true,
  maxColumns: true,
  out: true,
  resume: true,
  signal: true,
  onEvent: true,
};

/** The families in their own order, without repeats; with directions, those that hold them. */
function checkModels({ models: wanted, monotone }: FitOptions): readonly Family[] {
  const models = wanted ?? (monotone ? FAMILIES.filter(holdsDirections) : FAMILIES);
  const known: readonly string[] = FAMILIES;
  for (const family of models) check(known.includes(family), 'models', `must be some of ${known.join(', ')}`, family);
  const trained = FAMILIES.filter((family) => models.includes(family));
  check(
    trained.some((family) => family !== 'ensemble'),
    'models',
    'must name at least one family besides ensemble',
    models,
  );
  const loose = monotone && trained.find((family) => !holdsDirections(family));
  const hint = `Leave it out: with monotone, models are some of ${FAMILIES.filter(holdsDirections).join(', ')}.`;
  check(!loose, 'models', 'must hold the directions of --monotone', loose, hint);
  return trained;
}

/** Ensembles add up what their members say, with weights of at least 0. */
function holdsDirections(family: Family): boolean {
  return family === 'ensemble' || catalogEntry(family).holdsDirections === true;
}

function checkDirections(monotone: FitOptions['monotone']): void {
  if (monotone === undefined) return;
  const isMap = typeof monotone === 'object' && monotone !== null && Object.keys(monotone).length > 0;
  check(isMap, 'monotone', 'must name columns, such as { age: 1 }', monotone);
  for (const [column, direction] of Object.entries(monotone)) {
    check([1, -1].includes(direction), 'monotone', `must be 1 or -1 for ${column}`, direction);
  }
}

function directionsWord(monotone: FitOptions['monotone'] = {}): string {
  const pairs = Object.entries(monotone).map(([column, sign]) => `${listed(column)}=${sign > 0 ? '+' : '-'}`);
  return pairs.join(',');
}

/** A folder name from a file name: letters, digits, dot, dash and underscore. */
export function studyNameFor(data: string, fallback = 'study'): string {
  const stem = basename(data).replace(
    /(?:\.(?:csv|tsv|txt|json|jsonl|ndjson|parquet|xlsx|xlsm))?(?:\.(?:gz|zip))?$/i,
    '',
  );
  return (
    stem
      .normalize('NFKC')
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[.-]+|-+$/g, '') || fallback
  );
}

function isWhole(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

/** A command line that repeats the run; `resume` makes it go on instead. */
export function commandFor(options: CheckedOptions, resume: boolean): string {
  if (options.commandOf) return options.commandOf(resume);
  // A table in memory has no word: the same call of the library goes on with it.
  const data = typeof options.data === 'string' ? options.data : '<the table>';
  const words = ['lrnn', 'fit', /^-./.test(data) ? `./${data}` : data];
  const add = (name: string, value: string | number | undefined) => {
    if (value === undefined || value === '') return;
    if (String(value).startsWith('-')) words.push(`--${name}=${value}`);
    else words.push(`--${name}`, String(value));
  };
  add('target', options.target);
  if (options.task !== 'auto') add('task', options.task);
  add('order', options.order?.map(listed).join(','));
  add('quantiles', options.quantiles?.join(','));
  add('exposure', options.exposure);
  add('positive', options.positive);
  if (options.costs) add('costs', JSON.stringify(options.costs));
  add('metric', options.metric);
  add('trials', options.trials);
  if (options.timeBudgetMs) add('time-budget', `${options.timeBudgetMs / 1000}s`);
  if (options.folds !== DEFAULT_FOLDS) add('folds', options.folds);
  if (options.holdout !== DEFAULT_HOLDOUT) add('holdout', options.holdout);
  if (options.refit === false) words.push('--no-refit');
  add('seed', options.seed);
  const isAll = options.anyModels || options.models.length === FAMILIES.length;
  if (!isAll) add('models', options.models.join(','));
  add('group', options.group);
  add('time', options.time);
  if (options.gap) add('gap', options.gap);
  add('monotone', directionsWord(options.monotone));
  add('weights', options.weights);
  add('duplicates', options.duplicates);
  if (options.classWeights === 'balanced') add('class-weights', 'balanced');
  add('ignore', options.ignore?.map(listed).join(','));
  add(
    'types',
    Object.entries(options.types ?? {})
      .map(([column, kind]) => `${listed(column)}=${kind}`)
      .join(','),
  );
  add('delimiter', options.delimiter && signWord(options.delimiter));
  add('decimal', options.decimal);
  add('encoding', options.encoding);
  add('missing', options.missing?.map(listed).join(','));
  add('comment', options.comment && signWord(options.comment));
  add('header', options.header);
  add('sheet', options.sheet);
  add('warm-start', options.warmStart);
  add('workers', options.workers);
  if (options.engine === 'wasm-simd') words.push('--deterministic');
  else if (options.engine !== 'auto') add('engine', options.engine);
  add('redis', options.redis && withoutPassword(options.redis));
  add('shared', options.shared);
  add('parallel', options.parallel);
  add('out', options.out);
  if (resume) words.push('--resume');
  return words.map(quotedWord).join(' ');
}

/** A sign as a word of the command line. */
function signWord(sign: string): string {
  const code = sign.charCodeAt(0);
  return sign === '\t' ? 'tab' : code <= 0x20 ? `\\x${code.toString(16).padStart(2, '0')}` : sign;
}

/** A name as it stands in a list: in double quotes where it holds a comma or quotes, or spaces at an end. */
export function listed(name: string): string {
  return /[",]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
