/** @file lrnn.config.json: the options of `lrnn fit` of a project, written down once. What the command line says goes before. */

import { existsSync, readFileSync } from 'node:fs';

import { check, quotedCell, ToolkitError } from '../core/index.js';
import { nearestName } from '../data/index.js';
import type { OptionWord } from './options.js';
import { COMMANDS } from './options.js';

export const CONFIG_FILE = 'lrnn.config.json';
/** Where editors find what may stand in it, once the package is installed. */
export const SCHEMA_PATH = './node_modules/lrnn-automl/lrnn.config.schema.json';

/** Of one call, not of a project. */
const NOT_KEPT = ['--config', '--resume', '--dry-run', '--json', '--quiet'];
/** Two ways of saying one thing: whoever says one on the command line means that one. */
const EITHER = ['--trials', '--time-budget'];

const OPTIONS = COMMANDS.fit.options.filter(({ name }) => !NOT_KEPT.includes(name));

/** `--time-budget` is `timeBudget`. */
export function keyOf(option: string): string {
  return option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export interface ConfiguredFit {
  /** The words of the command line and of the file, as one command line. */
  readonly argv: readonly string[];
  /** What came from the file; null without one. */
  readonly notice: string | null;
}

/**
 * The words after `lrnn fit`, completed by the file that `--config` names, or by the one in the current folder.
 *
 * Throws   usage: a file that is not there, is no JSON object, or says what `fit` does not know
 */
export function withConfig(argv: readonly string[], file: string = CONFIG_FILE): ConfiguredFit {
  const { options, hasData, config, rest } = given(argv);
  const path = config ?? file;
  if (config === undefined && !existsSync(path)) return { argv: rest, notice: null };
  const { data, ...keys } = read(path);
  const words: string[] = [];
  const taken: string[] = [];
  for (const [key, value] of Object.entries(keys)) {
    if (key === '$schema') continue;
    const option = optionOf(path, key);
    const isSaid =
      options.has(option.name) || (EITHER.includes(option.name) && EITHER.some((name) => options.has(name)));
    const word = wordOf(path, key, option, value);
    if (isSaid || word === null) continue;
    words.push(word);
    taken.push(key);
  }
  const isText = data === undefined || (typeof data === 'string' && data !== '');
  check(isText, path, 'data must be the path of a file', data);
  if (data !== undefined && !hasData) taken.unshift('data');
  const files = data !== undefined && !hasData ? ['--', data] : [];
  const notice = taken.length === 0 ? null : `Read from ${path}: ${taken.join(', ')}.`;
  return { argv: [...words, ...rest, ...files], notice };
}

interface Given {
  readonly options: ReadonlySet<string>;
  readonly hasData: boolean;
  readonly config: string | undefined;
  /** The words without `--config`. */
  readonly rest: readonly string[];
}

/** What the command line says; whether it is right is for the parser to find. */
function given(argv: readonly string[]): Given {
  const options = new Set<string>();
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
    if (known) options.add(name);
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
    text = readFileSync(path, 'utf8');
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

/** One word of the command line; null where the file says no. */
function wordOf(path: string, key: string, { name, value: takes }: OptionWord, value: unknown): string | null {
  if (takes === undefined) {
    check(typeof value === 'boolean', path, `${key} must be true or false`, value);
    return value ? name : null;
  }
  const text = textOf(value);
  check(text !== null, path, `${key} must be a text, a number, a list or an object of such`, value);
  return `${name}=${text}`;
}

/** As the command line wants it: lists with commas, pairs with `=`, tables of numbers as JSON. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    if (value.every((item) => Array.isArray(item))) return JSON.stringify(value);
    return isPlain(value) ? value.map((item) => listed(String(item))).join(',') : null;
  }
  const pairs = Object.entries(value);
  if (!isPlain(pairs.map(([, item]) => item as unknown))) return JSON.stringify(value);
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
