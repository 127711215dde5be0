/** @file lrnn.config.json: the options of `lrnn fit` of a project, written down once. What the command line says goes before. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

import { check, quotedCell, ToolkitError } from '../core/index.js';
import { nearestName } from '../data/index.js';
import type { Origin } from './blame.js';
import type { Displaced } from './displaced.js';
import { displacedBy } from './displaced.js';
import type { OptionWord } from './options.js';
import { COMMANDS } from './options.js';

export const CONFIG_FILE = 'lrnn.config.json';
/** In the place of a file: that none is read, not even the one in the current folder. */
const NO_FILE = 'none';
/** Where editors find what may stand in it, once the package is installed. */
export const SCHEMA_PATH = './node_modules/lrnn-automl/lrnn.config.schema.json';

/** Of one call, not of a project. */
const NOT_KEPT = ['--config', '--resume', '--dry-run', '--json', '--quiet'];
/** Paths: in the file they go from the folder that the file is in. */
const PATHS = ['data', 'costs', 'out', 'warmStart', 'shared'];

const OPTIONS = COMMANDS.fit.options.filter(({ name }) => !NOT_KEPT.includes(name));

/** `--time-budget` is `timeBudget`. */
export function keyOf(option: string): string {
  return option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export interface ConfiguredFit {
  /** The words of the command line and of the file, as one command line. */
  readonly argv: readonly string[];
  /** What came from the file and what did not; null where there is nothing to say. */
  readonly notice: string | null;
  /** Where errors come from; null without a file. */
  readonly origin: Origin | null;
}

/**
 * The words after `lrnn fit`, completed by the file that `--config` names, or by the one in the current folder; `none` is no file.
 *
 * Throws   usage: a file that is not there, is no JSON object, or says what `fit` does not know
 */
export function withConfig(argv: readonly string[], file: string = CONFIG_FILE): ConfiguredFit {
  const { options, hasData, config, rest } = given(argv);
  const path = config ?? file;
  if (config === NO_FILE || (config === undefined && !existsSync(path)))
    return { argv: rest, notice: null, origin: null };
  const { data, ...keys } = read(path);
  const isText = data === undefined || (typeof data === 'string' && data !== '');
  check(isText, path, 'data must be the path of a file', data);
  const words = wordsOf(path, keys);
  const displaced = displacedBy(options, new Map(words.map(({ name, text }) => [name, text])));
  const { instead, others } = displaced;
  const kept = words.filter(({ name }) => !options.has(name) && !instead.includes(name) && !others.includes(name));
  const table = data !== undefined && !hasData ? pathFrom(path, 'data', data) : null;
  const taken = new Map(kept.map(({ name, key, text }) => [name, { key, text }]));
  return {
    argv: [...kept.map(({ word }) => word), ...rest, ...(table === null ? [] : ['--', table])],
    notice: noticeOf(path, [...(table === null ? [] : ['data']), ...kept.map(({ key }) => key)], displaced),
    origin: { path, taken: table === null ? taken : new Map([['data', { key: 'data', text: table }], ...taken]) },
  };
}

/**
 * A line that says all that differs from what `fit` does by itself, as a line that means the same in the current folder: where a file there
 * could say otherwise what the line leaves out, it is not read.
 */
export function wholeLine(line: string, file: string = CONFIG_FILE): string {
  return existsSync(file) ? `${line} --config ${NO_FILE}` : line;
}

function noticeOf(path: string, taken: readonly string[], { others, about }: Displaced): string | null {
  const left = `as the command line asks for another ${about}: ${others.map(keyOf).join(', ')}.`;
  const sentences = [
    ...(taken.length === 0 ? [] : [`Read from ${path}: ${taken.join(', ')}.`]),
    ...(others.length === 0 ? [] : [`Not taken from ${path}, ${left}`]),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** One option of the file. */
interface FileWord {
  readonly name: string;
  readonly key: string;
  /** Its value; empty for a switch. */
  readonly text: string;
  /** As on the command line. */
  readonly word: string;
}

/** All that the file says, without what it says no to and what is empty. */
function wordsOf(path: string, keys: Readonly<Record<string, unknown>>): FileWord[] {
  return Object.entries(keys).flatMap(([key, value]) => {
    if (key === '$schema') return [];
    const option = optionOf(path, key);
    const text = valueOf(path, key, option, value);
    if (text === null) return [];
    const { name } = option;
    return [{ name, key, text, word: option.value === undefined ? name : `${name}=${text}` }];
  });
}

/** A path of the file, from the current folder; the standard input, and costs that stand there themselves, are none. */
function pathFrom(file: string, key: string, value: string): string {
  const folder = dirname(file);
  const isOwn = folder === '.' || value === '' || isAbsolute(value);
  const isNone = (key === 'data' && value === '-') || (key === 'costs' && /^\s*[[{]/.test(value));
  return isOwn || isNone ? value : join(folder, value);
}

interface Given {
  /** By option, with its dashes. */
  readonly options: ReadonlyMap<string, string>;
  readonly hasData: boolean;
  readonly config: string | undefined;
  /** The words without `--config`. */
  readonly rest: readonly string[];
}

/** What the command line says; whether it is right is for the parser to find. */
function given(argv: readonly string[]): Given {
  const options = new Map<string, string>();
  const rest: string[] = [];
  let hasData = false;
  let config: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (word === '--') {
      hasData ||= i + 1 < argv.length;
      rest.push(...argv.slice(i));
      break;
    }
    const [name, attached] = word.split(/=(.*)/s, 2);
    const known = COMMANDS.fit.options.find((option) => option.name === name);
    const value = known?.value !== undefined && attached === undefined ? argv[i + 1] : undefined;
    if (name === '--config' && (attached ?? value ?? '') !== '') {
      config = attached ?? value;
      i += attached === undefined ? 1 : 0;
      continue;
    }
    rest.push(word);
    if (known) options.set(name, attached ?? value ?? '');
    else hasData ||= !word.startsWith('-') || word === '-';
    if (value !== undefined && !value.startsWith('--')) {
      rest.push(value);
      i++;
    }
  }
  return { options, hasData, config, rest };
}

function read(path: string): Record<string, unknown> {
  let text: string;
  try {
    // Editors of Windows write a byte order mark.
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const hint = 'lrnn init writes one.';
    throw new ToolkitError(
      'usage',
      { where: '--config', rule: 'file must be readable', got: path, hint },
      { cause: error },
    );
  }
  const value = parsed(path, text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  check(isObject, path, 'must hold one JSON object', value);
  return value as Record<string, unknown>;
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = `${(error as Error).message}.`;
    throw new ToolkitError('usage', { where: path, rule: 'must be JSON', hint }, { cause: error });
  }
}

function optionOf(path: string, key: string): OptionWord {
  const option = OPTIONS.find(({ name }) => keyOf(name) === key);
  if (option) return option;
  const known = ['data', ...OPTIONS.map(({ name }) => keyOf(name))];
  const near = nearestName(key, known);
  const hint = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${near}?`;
  throw new ToolkitError('usage', { where: path, rule: 'every option must be known', got: key, hint });
}

/** The value as a text; null where the file says no, or nothing. */
function valueOf(path: string, key: string, { value: takes }: OptionWord, value: unknown): string | null {
  if (takes === undefined) {
    check(typeof value === 'boolean', path, `${key} must be true or false`, value);
    return value ? '' : null;
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return null;
  const text = textOf(value, takes);
  check(text !== null, path, `${key} must be a text, a number, a list or an object of such`, value);
  return PATHS.includes(key) && typeof value === 'string' ? pathFrom(path, key, text) : text;
}

/** As the command line wants it: lists with commas, pairs with `=`, and what a file would hold as JSON. */
function textOf(value: unknown, takes: string): string | null {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return null;
  const pairs = Object.entries(value) as [string, unknown][];
  if (!isPlain(pairs.map(([, item]) => item))) return takes === 'FILE' ? JSON.stringify(value) : null;
  if (Array.isArray(value)) return value.map((item) => listed(String(item))).join(',');
  return pairs.map(([column, item]) => `${listed(column)}=${signed(item as string | number)}`).join(',');
}

function isPlain(items: readonly unknown[]): boolean {
  return items.every((item) => typeof item === 'string' || typeof item === 'number');
}

/** Directions of `monotone` may be numbers, as programs say them. */
function signed(value: string | number): string {
  return value === 1 ? '+' : value === -1 ? '-' : String(value);
}

function listed(name: string): string {
  return /^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : quotedCell(name);
}

/** What may stand in the file, as JSON Schema (draft 2020-12). */
export function configSchema(): object {
  const plain = { type: ['string', 'number'] };
  const options = OPTIONS.map(({ name, value, help }) => {
    const type = value === undefined ? { type: 'boolean' } : typeOf(value, plain);
    return [keyOf(name), { ...type, description: help }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Options of lrnn fit',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      data: { type: 'string', description: 'path of the table' },
      ...(Object.fromEntries(options) as object),
    },
  };
}

function typeOf(value: string, plain: object): object {
  if (value === 'N' || value === 'SHARE') return { type: 'number' };
  if (value === 'LIST') {
    return {
      anyOf: [{ type: 'string' }, { type: 'array', items: plain }, { type: 'object', additionalProperties: plain }],
    };
  }
  return value === 'FILE' ? { type: ['string', 'array', 'object'] } : { type: 'string' };
}

/** The file that `lrnn init` writes. */
export function newConfig(data: string | null, target: string | null): string {
  const content = {
    $schema: SCHEMA_PATH,
    ...(data === null ? {} : { data }),
    ...(target === null ? {} : { target }),
    timeBudget: '2m',
    seed: 0,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
