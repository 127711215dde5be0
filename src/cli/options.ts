/** @file The words of every command: arguments and options, as they are parsed and as the help prints them. */

import { FAMILIES, TASK_WORDS } from '../core/index.js';
import type { CommandName } from './commands.js';

export interface OptionWord {
  /** With its dashes. */
  readonly name: string;
  /** What stands for its value in the help; a switch has none. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times. */
  readonly isList?: boolean;
}

export interface CommandWords {
  readonly summary: string;
  /** How each argument is called; `[...]` may be left out. */
  readonly args: readonly string[];
  readonly options: readonly OptionWord[];
  readonly examples: readonly string[];
}

const JSON_WORD = { name: '--json', help: 'print one JSON object, and nothing else, on standard output' };
const STRICT_WORD = { name: '--strict', help: 'refuse rows of which anything would have to be coerced' };
const READING_WORDS: readonly OptionWord[] = [
  { name: '--delimiter', value: 'C', help: 'what stands between cells, such as ";" or tab (default: found out)' },
  {
    name: '--decimal',
    value: 'C',
    help: 'the decimal sign of all numbers, "," or "." (default: each column shows it)',
  },
  { name: '--encoding', value: 'NAME', help: 'such as utf-8, latin1, gbk or shift_jis (default: found out)' },
  { name: '--comment', value: 'C', help: 'lines that begin with this sign are left out' },
  { name: '--header', value: 'N', help: 'the line of the names; what stands above is left out (default: found out)' },
  { name: '--sheet', value: 'NAME', help: 'of a workbook (default: the first that is not hidden)' },
];
export const HELP_WORD = { name: '--help', help: 'print this help (or -h)' };

export const COMMANDS: Readonly<Record<CommandName, CommandWords>> = {
  fit: {
    summary: 'search models for a CSV file and write the best one',
    args: ['<data.csv>'],
    options: [
      { name: '--target', value: 'COLUMN', help: 'the column to predict (needed), or several between commas' },
      { name: '--task', value: 'NAME', help: `auto, ${TASK_WORDS.join(', ')} (default: auto)` },
      {
        name: '--order',
        value: 'LIST',
        help: 'classes in an order, from the least to the most, such as low,medium,high: makes the task ordinal',
      },
      {
        name: '--positive',
        value: 'CLASS',
        help: 'of two classes the one that precision, recall, curves and thresholds are about (default: the rarer)',
      },
      {
        name: '--costs',
        value: 'FILE',
        help: 'what each mistake costs, a CSV or JSON, or [[0,5],[1,0]] itself: the cheapest class is predicted',
      },
      {
        name: '--metric',
        value: 'NAME',
        help: 'score to rank by (default: by task: rmse, auc, logloss, poisson_deviance, quadratic_kappa or pinball)',
      },
      {
        name: '--quantiles',
        value: 'LIST',
        help: 'levels that are predicted, such as 0.1,0.5,0.9: makes the task quantile',
      },
      {
        name: '--exposure',
        value: 'COLUMN',
        help: 'how much of something each row was counted in (months, kilometres): makes the task count, and predictions are for it',
      },
      { name: '--trials', value: 'N', help: 'models to try; the same seed gives the same result' },
      { name: '--time-budget', value: 'TIME', help: 'or: how long to search, such as 90s, 10m or 2h' },
      { name: '--folds', value: 'N', help: 'folds of the cross-validation (default: 5)' },
      { name: '--holdout', value: 'SHARE', help: 'rows kept for a last score, from 500 rows up (default: 0.2)' },
      { name: '--no-refit', help: 'do not give those rows back to the best model afterwards' },
      { name: '--seed', value: 'N', help: 'seed of all randomness (default: 0)' },
      { name: '--models', value: 'LIST', help: `some of ${FAMILIES.join(',')} (default: all)` },
      { name: '--group', value: 'COLUMN', help: 'rows with the same value never stand on both sides of a fold' },
      { name: '--time', value: 'COLUMN', help: 'validate on later rows only, in the order of this column' },
      { name: '--gap', value: 'N', help: 'with --time: rows left out between those that train and those that judge' },
      {
        name: '--monotone',
        value: 'LIST',
        help: 'numeric columns that may only raise (+) or lower (-) what is predicted, such as age=+,price=-',
      },
      {
        name: '--duplicates',
        value: 'NAME',
        help: 'copies of a row stay together in splits, or split (default: together)',
      },
      { name: '--weights', value: 'COLUMN', help: 'what each row counts, in fits and in scores' },
      { name: '--class-weights', value: 'NAME', help: 'balanced or none: rare classes count as much (default: none)' },
      { name: '--ignore', value: 'LIST', help: 'columns to leave out' },
      { name: '--types', value: 'LIST', help: 'kinds you decide, such as zip=categorical,size=ordinal(small<large)' },
      ...READING_WORDS,
      { name: '--missing', value: 'LIST', help: 'texts that mean "no value", besides NA, null, ? and their like' },
      { name: '--warm-start', value: 'FOLDER', help: 'try early what was best in this folder of earlier studies' },
      { name: '--workers', value: 'N', help: 'threads (default: the number of cores)' },
      { name: '--engine', value: 'NAME', help: 'auto, wasm, webgpu or cuda (default: auto)' },
      {
        name: '--redis',
        value: 'URL',
        help: 'let the workers at this Redis fit (lrnn worker), as --deterministic; its password in LRNN_REDIS_PASSWORD',
      },
      {
        name: '--shared',
        value: 'FOLDER',
        help: 'with --redis: the table goes through this folder, which the workers name as well (lrnn worker --shared)',
      },
      {
        name: '--parallel',
        value: 'N',
        help: 'searched models at once, each learning from those at least N before it (default: 5)',
      },
      { name: '--deterministic', help: 'with --trials, the same bits on every machine; somewhat slower' },
      {
        name: '--out',
        value: 'FOLDER',
        help: 'where the study is kept (default: reports/<name of the file>, with a number where taken)',
      },
      {
        name: '--config',
        value: 'FILE',
        help: 'take what this line does not say from there (default: lrnn.config.json, where there is one; none: from no file); paths in it go from its folder',
      },
      { name: '--resume', help: 'go on with the study in that folder' },
      { name: '--dry-run', help: 'print how the file is understood, and stop' },
      JSON_WORD,
      { name: '--quiet', help: 'print nothing but warnings and errors' },
    ],
    examples: [
      'lrnn fit cars.csv --target price',
      'lrnn fit cars.csv --target price --time-budget 10m --out reports/cars',
      'lrnn fit houses.csv --target price,sold --time-budget 10m',
    ],
  },
  predict: {
    summary: 'predict every row of a CSV file',
    args: ['<model.safetensors | study folder>', '<rows.csv>'],
    options: [
      { name: '-o', value: 'FILE', help: 'where the predictions go (default: standard output)' },
      {
        name: '--interval',
        value: 'LEVEL',
        help: 'also where the truth lies with that probability, such as 0.9: ends of numbers, sets of classes',
      },
      STRICT_WORD,
      ...READING_WORDS,
    ],
    examples: [
      'lrnn predict reports/cars new-cars.csv -o predictions.csv',
      'lrnn predict reports/cars new-cars.csv --interval 0.9',
    ],
  },
  serve: {
    summary: 'show leaderboards in the browser, or answer requests with models',
    args: ['[reports folder]'],
    options: [
      {
        name: '--model',
        value: '[NAME=]FILE',
        isList: true,
        help: 'answer POST /v1/predict with this model or study instead; several, each with a name, at /v1/models/NAME/predict',
      },
      { ...STRICT_WORD, help: 'with --model: refuse rows of which anything would have to be coerced' },
      {
        name: '--workers',
        value: 'N',
        help: 'with --model: threads that predict (default: one less than the cores, from 2 to 8)',
      },
      { name: '--drain', value: 'TIME', help: 'with --model: how long SIGTERM lets it go on answering (default: 5s)' },
      { name: '--port', value: 'N', help: 'port to listen on, 0 for any free one (default: 3000)' },
      { name: '--host', value: 'ADDRESS', help: 'address to listen on (default: 127.0.0.1); another needs a token' },
      { name: '--token', value: 'TEXT', help: 'asked of everybody; better in the environment, as LRNN_TOKEN' },
      { name: '--no-auth', help: 'let everybody in who can reach the host' },
      { name: '--read-only', help: 'show and predict; start, stop and resume no search' },
      {
        name: '--redis',
        value: 'URL',
        help: 'let searches be handed to the workers at this Redis (lrnn worker); its password in LRNN_REDIS_PASSWORD',
      },
      {
        name: '--shared',
        value: 'FOLDER',
        help: 'with --redis: their tables go through this folder (see lrnn worker)',
      },
      { name: '--public-url', value: 'URL', help: 'address under which a proxy shows the server' },
      { name: '--allow-host', value: 'NAMES', help: 'more names that the Host of a request may say' },
      {
        name: '--trust-proxy',
        value: 'ADDRESSES',
        help: 'proxies that say truly who asks, by X-Forwarded-For: loopback, 10.0.0.0/8 (default: none)',
      },
      {
        name: '--rate-limit',
        value: 'N',
        help: 'requests per second of one other computer, over ten seconds; 0: any number (default: 100, with --model 5000)',
      },
      {
        name: '--max-streams',
        value: 'N',
        help: 'without --model: pages that follow searches at once, a fifth of them of one computer (default: 100)',
      },
      { name: '--log', help: 'write a line for every request to standard output' },
    ],
    examples: [
      'lrnn serve reports --port 8080',
      'lrnn serve --model reports/cars',
      'lrnn serve --model a=a.safetensors --model b=reports/b',
    ],
  },
  show: {
    summary: 'print the leaderboard of a study, or the list of all',
    args: ['[study folder | reports folder]'],
    options: [JSON_WORD],
    examples: ['lrnn show', 'lrnn show reports/cars'],
  },
  export: {
    summary: 'write a model of a study into a file of its own',
    args: ['<study folder>'],
    options: [
      { name: '--format', value: 'NAME', help: 'safetensors, onnx, js, html, card (Markdown) or csv (needed)' },
      { name: '--model', value: 'NAME', help: 'a name from the leaderboard (default: the best)' },
      { name: '-o', value: 'FILE', help: 'where to write it (default: into the study folder)' },
    ],
    examples: [
      'lrnn export reports/cars --format onnx',
      'lrnn export reports/cars --format safetensors --model lrnn-3 -o lrnn.safetensors',
    ],
  },
  verify: {
    summary: 'replay the self-test of an exported model',
    args: ['<artefact | study folder>'],
    options: [],
    examples: ['lrnn verify model.onnx'],
  },
  worker: {
    summary: 'fit folds of the searches that name the same Redis',
    args: [],
    options: [
      { name: '--redis', value: 'URL', help: 'where the searches are (needed); its password in LRNN_REDIS_PASSWORD' },
      { name: '--concurrency', value: 'N', help: 'folds at once (default: the number of cores)' },
      { name: '--cache', value: 'FOLDER', help: 'where tables are kept (default: lrnn-automl in ~/.cache)' },
      {
        name: '--shared',
        value: 'FOLDER',
        help: 'take folds of the searches that name this folder, which all machines see, and of no others',
      },
      { name: '--lock', value: 'TIME', help: 'after so long a silence its folds go to others (default: 30s)' },
      {
        name: '--listen',
        value: '[ADDRESS:]PORT',
        help: 'answer /metrics and /healthz there (default: nowhere; without an address, 127.0.0.1)',
      },
      { name: '--quiet', help: 'print nothing but warnings and errors' },
    ],
    examples: [
      'lrnn worker --redis redis://10.0.0.5:6379',
      'lrnn worker --redis redis://10.0.0.5:6379 --concurrency 8 --listen 9464',
    ],
  },
  doctor: {
    summary: 'engines, versions, what is missing and the command that installs it',
    args: [],
    options: [
      {
        name: '--redis',
        value: 'URL',
        help: 'also: whether this Redis can be used (exit code 4: it cannot), and which workers are there',
      },
    ],
    examples: ['lrnn doctor'],
  },
  init: {
    summary: 'write lrnn.config.json, from which fit takes its options',
    args: ['[data.csv]'],
    options: [
      { name: '--target', value: 'COLUMN', help: 'the column to predict' },
      { name: '--schema', help: 'print the JSON schema of that file instead' },
    ],
    examples: ['lrnn init cars.csv --target price'],
  },
  completion: {
    summary: 'print what a shell reads to complete these words; its first line says how',
    args: ['<bash | zsh | fish>'],
    options: [],
    examples: ['lrnn completion bash'],
  },
};
