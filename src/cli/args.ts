/** @file From words to an invocation: the contract of the command line. Refuses everything that is not in it. */

import { availableParallelism } from 'node:os';

import { check, FAMILIES, TASK_WORDS, ToolkitError } from '../core/index.js';
import type { ReadingOptions, SaidKind } from '../data/index.js';
import { COLUMN_KINDS, saidKind } from '../data/index.js';
import type { FitOptions } from '../run/index.js';
import { blamed } from './blame.js';
import type { CommandName, Invocation } from './commands.js';
import { COMMAND_NAMES, SHELLS } from './commands.js';
import { withConfig } from './config.js';
import type { OptionWord } from './options.js';
import { COMMANDS, HELP_WORD } from './options.js';
import { serveInvocation } from './serve-words.js';
import {
  addressOf,
  costsOf,
  didYouMean,
  duration,
  level,
  listOf,
  numberIn,
  oneOf,
  pairsOf,
  signOf,
  usageError,
  wholeNumber,
} from './values.js';

/**
 * Understands a command line, without the program's own name.
 *
 * Throws   usage: an unknown word (with the nearest one), a missing or surplus argument, a value out of its range
 * @example
 * parseArgs(['fit', 'cars.csv', '--target', 'price', '--trials=20']);
 */
export function parseArgs(argv: readonly string[]): Invocation {
  const [first, ...rest] = argv;
  if (first === undefined) return { command: 'help', topic: null };
  if (first === '--help' || first === '-h' || first === 'help') return { command: 'help', topic: topicOf(rest[0]) };
  if (first === '--version' || first === '-v') return { command: 'version' };
  const command = COMMAND_NAMES.find((name) => name === first);
  if (command === undefined) throw unknownCommand(first);
  if (command === 'fit' && !rest.some((word) => word === '--help' || word === '-h')) return configuredFit(rest);
  const words = split(command, rest);
  if (words === 'help') return { command: 'help', topic: command };
  return INVOCATIONS[command](words);
}

/** What the file of options says stands before what the command line says, and is checked as if somebody had typed it. */
function configuredFit(rest: readonly string[]): Invocation {
  const { argv, notice, origin } = withConfig(rest);
  try {
    const words = split('fit', argv);
    if (words === 'help') return { command: 'help', topic: 'fit' };
    return { ...INVOCATIONS.fit(words), ...(notice === null ? {} : { notice }), ...(origin && { origin }) };
  } catch (error) {
    throw origin ? blamed(error, origin) : error;
  }
}

function topicOf(word: string | undefined): CommandName | null {
  return COMMAND_NAMES.find((name) => name === word) ?? null;
}

function unknownCommand(typed: string): ToolkitError {
  if (typed.startsWith('-')) {
    const hint = 'Options come after the command: lrnn fit <data.csv> --target <column>.';
    return new ToolkitError('usage', { where: 'lrnn', rule: 'the first word must be a command', got: typed, hint });
  }
  const rule = `the command must be one of ${COMMAND_NAMES.join(', ')}`;
  const hint = didYouMean(typed, COMMAND_NAMES) ?? 'lrnn --help says what each of them does.';
  return new ToolkitError('usage', { where: 'lrnn', rule, got: typed, hint });
}

/** Arguments in order and options by name: those given once, and those that may be given several times. */
interface Words {
  readonly args: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly has: (option: string) => boolean;
}

/** Sorts the words of a command into arguments and options. Everything after a lone `--` is an argument. */
function split(command: CommandName, argv: readonly string[]): Words | 'help' {
  const args: string[] = [];
  const given = { values: new Map<string, string>(), lists: new Map<string, string[]>() };
  const queue = [...argv];
  while (queue.length > 0) {
    const word = queue.shift()!;
    if (word === '--') args.push(...queue.splice(0));
    else if (word === '--help' || word === '-h') return 'help';
    else if (!word.startsWith('-') || word === '-') args.push(word);
    else addOption(command, word, queue, given);
  }
  const { args: names } = COMMANDS[command];
  const needed = names.filter((name) => name.startsWith('<'));
  const missing = needed[args.length];
  if (missing !== undefined) throw usageError(`lrnn ${command}`, `needs ${missing}`, usageHint(command));
  const quotes = 'Put quotes around a name with spaces in it.';
  check(args.length <= names.length, `lrnn ${command}`, atMost(names), args[names.length], quotes);
  return { args, ...given, has: (option) => given.values.has(option) || given.lists.has(option) };
}

interface Given {
  readonly values: Map<string, string>;
  readonly lists: Map<string, string[]>;
}

function addOption(command: CommandName, word: string, queue: string[], { values, lists }: Given): void {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = COMMANDS[command].options.find((known) => known.name === name);
  if (!option) throw unknownOption(command, name);
  if (values.has(name)) throw usageError(name, 'must be given once');
  const value = valueOf(option, equals < 0 ? undefined : word.slice(equals + 1), queue);
  if (option.isList) lists.set(name, [...(lists.get(name) ?? []), value]);
  else values.set(name, value);
}

function valueOf({ name, value }: OptionWord, attached: string | undefined, queue: string[]): string {
  if (value === undefined) {
    check(attached === undefined, name, 'takes no value', attached);
    return '';
  }
  const given = attached ?? (queue[0]?.startsWith('--') ? undefined : queue.shift());
  if (given === undefined || given === '') throw usageError(name, `needs a value (${value})`);
  return given;
}

function unknownOption(command: CommandName, typed: string): ToolkitError {
  const known = [...COMMANDS[command].options, HELP_WORD].map(({ name }) => name);
  const home = COMMAND_NAMES.find((other) => COMMANDS[other].options.some(({ name }) => name === typed));
  const elsewhere = home && `It belongs to lrnn ${home}.`;
  const hint = didYouMean(typed, known) ?? elsewhere ?? `The options of ${command} are ${known.join(', ')}.`;
  return new ToolkitError('usage', { where: `lrnn ${command}`, rule: 'every option must be known', got: typed, hint });
}

function usageHint(command: CommandName): string {
  return `Usage: lrnn ${[command, ...COMMANDS[command].args].join(' ')}${command === 'fit' ? ' --target <column>' : ''}.`;
}

function atMost(names: readonly string[]): string {
  return names.length === 0 ? 'takes no argument' : `takes ${names.join(' ')} and no more`;
}

const INVOCATIONS: Readonly<Record<CommandName, (words: Words) => Invocation>> = {
  fit: (words) => ({
    command: 'fit',
    options: fitOptions(words),
    dryRun: words.has('--dry-run'),
    json: words.has('--json'),
    quiet: words.has('--quiet'),
  }),
  predict: ({ args, values, has }) => ({
    command: 'predict',
    model: args[0],
    rows: args[1],
    out: values.get('-o') ?? null,
    strict: has('--strict'),
    ...(values.has('--interval') ? { interval: level('--interval', values.get('--interval')!) } : {}),
    ...readingOptions(values),
  }),
  serve: serveInvocation,
  show: ({ args, has }) => ({ command: 'show', folder: args[0] ?? 'reports', json: has('--json') }),
  export: ({ args, values }) => ({
    command: 'export',
    folder: args[0],
    model: values.get('--model') ?? null,
    format: oneOf('--format', needed(values, '--format', 'export'), [
      'safetensors',
      'onnx',
      'js',
      'html',
      'card',
      'csv',
    ]),
    out: values.get('-o') ?? null,
  }),
  verify: ({ args }) => ({ command: 'verify', path: args[0] }),
  worker: ({ values, has }) => {
    const concurrency = values.get('--concurrency');
    const lock = values.get('--lock');
    return {
      command: 'worker',
      redis: needed(values, '--redis', 'worker'),
      concurrency:
        concurrency === undefined ? availableParallelism() : wholeNumber('--concurrency', concurrency, 1, 256),
      cache: values.get('--cache'),
      shared: values.get('--shared'),
      lockMs: lock === undefined ? undefined : duration('--lock', lock),
      listen: values.has('--listen') ? addressOf('--listen', values.get('--listen')!) : null,
      quiet: has('--quiet'),
    };
  },
  doctor: ({ values }) => ({ command: 'doctor', redis: values.get('--redis') ?? null }),
  init: ({ args, values, has }) => ({
    command: 'init',
    data: args[0] ?? null,
    target: values.get('--target') ?? null,
    schema: has('--schema'),
  }),
  completion: ({ args }) => ({ command: 'completion', shell: oneOf('completion', args[0], SHELLS) }),
};

function needed(values: ReadonlyMap<string, string>, option: string, command: CommandName): string {
  const value = values.get(option);
  const word = COMMANDS[command].options.find(({ name }) => name === option)?.value;
  if (value === undefined)
    throw usageError(`lrnn ${command}`, `needs ${option} ${word}`, `lrnn ${command} --help says more.`);
  return value;
}

function fitOptions({ args, values, has }: Words): FitOptions {
  /** The option read by `parse`, where it is given. */
  const read = <T>(option: string, parse: (option: string, text: string) => T): T | undefined => {
    const text = values.get(option);
    return text === undefined ? undefined : parse(option, text);
  };
  const text = (option: string): string | undefined => values.get(option);
  const target = needed(values, '--target', 'fit');
  if (has('--trials') && has('--time-budget'))
    throw usageError('lrnn fit', 'takes --trials or --time-budget, not both');
  return {
    data: args[0],
    target,
    task: read('--task', (name, word) => oneOf(name, word, ['auto', ...TASK_WORDS])),
    order: read('--order', listOf),
    exposure: text('--exposure'),
    quantiles: read('--quantiles', (name, list) => listOf(name, list).map((word) => numberIn(name, word, 0, 1))),
    metric: text('--metric'),
    positive: text('--positive'),
    costs: read('--costs', costsOf),
    trials: read('--trials', (name, word) => wholeNumber(name, word, 1, 1_000_000)),
    timeBudgetMs: read('--time-budget', duration),
    folds: read('--folds', (name, word) => wholeNumber(name, word, 2, 100)),
    holdout: read('--holdout', (name, word) => numberIn(name, word, 0, 0.5)),
    refit: has('--no-refit') ? false : undefined,
    seed: read('--seed', (name, word) => wholeNumber(name, word, 0, 2 ** 32 - 1)),
    models: read('--models', (name, list) => listOf(name, list).map((word) => oneOf(name, word, FAMILIES))),
    group: text('--group'),
    time: text('--time'),
    gap: read('--gap', (name, word) => wholeNumber(name, word, 0, 1e9)),
    monotone: read('--monotone', directionsOf),
    weights: text('--weights'),
    duplicates: read('--duplicates', (name, word) => oneOf(name, word, ['together', 'split'])),
    classWeights: read('--class-weights', (name, word) => oneOf(name, word, ['none', 'balanced'])),
    ignore: read('--ignore', listOf),
    types: read('--types', kindsOf),
    ...readingOptions(values),
    missing: read('--missing', listOf),
    warmStart: text('--warm-start'),
    workers: read('--workers', (name, word) => wholeNumber(name, word, 1, 256)),
    engine: read('--engine', (name, word) => oneOf(name, word, ['auto', 'wasm', 'webgpu', 'cuda'])),
    deterministic: has('--deterministic') || undefined,
    redis: text('--redis'),
    shared: text('--shared'),
    parallel: read('--parallel', (name, word) => wholeNumber(name, word, 1, 10_000)),
    out: text('--out'),
    resume: has('--resume'),
  };
}

/** How the file is to be read. */
function readingOptions(values: ReadonlyMap<string, string>): ReadingOptions {
  const sign = (option: string): string | undefined => {
    const text = values.get(option);
    return text === undefined ? undefined : signOf(option, text);
  };
  const header = values.get('--header');
  const options: ReadingOptions = {
    delimiter: sign('--delimiter'),
    decimal: decimalOf(sign('--decimal')),
    encoding: values.get('--encoding'),
    comment: sign('--comment'),
    header: header === undefined ? undefined : wholeNumber('--header', header, 1, 1_000_000),
    sheet: values.get('--sheet'),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function decimalOf(sign: string | undefined): ReadingOptions['decimal'] {
  if (sign === undefined || sign === ',' || sign === '.') return sign;
  throw new ToolkitError('usage', { where: '--decimal', rule: 'must be "," or "."', got: sign });
}

/** No prototype: a column may be called `__proto__`. */
function directionsOf(option: string, list: string): Record<string, 1 | -1> {
  const signs = Object.create(null) as Record<string, 1 | -1>;
  for (const [column, sign] of pairsOf(option, list)) signs[column] = oneOf(option, sign, ['+', '-']) === '+' ? 1 : -1;
  return signs;
}

/** No prototype: a column may be called `__proto__`. */
function kindsOf(option: string, list: string): Record<string, SaidKind> {
  const kinds = Object.create(null) as Record<string, SaidKind>;
  for (const [column, said] of pairsOf(option, list)) {
    kinds[column] = saidKind(column, said as SaidKind).order ? (said as SaidKind) : oneOf(option, said, COLUMN_KINDS);
  }
  return kinds;
}
