/** @file What is written after an option, read and checked: one clear sentence for each that is wrong. */

import { readFileSync } from 'node:fs';

import { check, ToolkitError } from '../core/index.js';
import type { CostsOption } from '../data/index.js';
import { kindStart, nearestName, parseCosts } from '../data/index.js';
import { LEVELS } from '../evaluate/index.js';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const SECONDS_PER: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** A usage error whose rule says it all. */
export function usageError(where: string, rule: string, hint?: string): ToolkitError {
  return new ToolkitError('usage', { where, rule, hint });
}

/** A whole number between two bounds, both included. */
export function wholeNumber(option: string, text: string, low: number, high: number): number {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`;
  check(Number.isInteger(value) && value >= low && value <= high, option, `must be a whole number ${range}`, text);
  return value;
}

/** A number in [low, high]. */
export function numberIn(option: string, text: string, low: number, high: number): number {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  check(value >= low && value <= high, option, `must be a number from ${low} to ${high}`, text);
  return value;
}

/** A probability that intervals may be asked for. */
export function level(option: string, text: string): number {
  return numberIn(option, text, LEVELS.least, LEVELS.most);
}

/** `90s`, `10m`, `1.5h`, or plain seconds, in milliseconds. */
export function duration(option: string, text: string): number {
  const [, amount, unit] = /^(\d+\.?\d*|\.\d+)(s|m|h|)$/.exec(text) ?? [];
  check(amount !== undefined, option, 'must be a time such as 90s, 10m or 2h', text);
  const milliseconds = Number(amount) * SECONDS_PER[unit] * 1000;
  check(milliseconds >= 1000 && milliseconds <= 1e12, option, 'must be at least one second', text);
  return milliseconds;
}

/** The same, or 0 for not at all. */
export function drainTime(option: string, text: string): number {
  return /^0+[smh]?$/.test(text) ? 0 : duration(option, text);
}

/** `9464` of this computer alone, or `0.0.0.0:9464`, `[::]:9464`. */
export function addressOf(option: string, text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const isPort = port !== undefined && Number(port) <= 65535;
  check(isPort, option, 'must be a port, or an address and a port such as 0.0.0.0:9464', text);
  return { host: bracketed ?? plain ?? '127.0.0.1', port: Number(port) };
}

/** One of the words, or a usage error with the nearest. */
export function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new ToolkitError('usage', {
    where: option,
    rule: `must be ${listed(words)}`,
    got: text,
    hint: didYouMean(text, words),
  });
}

/** Costs as they stand on the command line, or in the file that is named there. */
export function costsOf(option: string, text: string): CostsOption {
  if (/^\s*[[{]/.test(text)) return parseCosts(text);
  let content: string;
  try {
    content = readFileSync(text, 'utf8');
  } catch (error) {
    const hint = 'Costs themselves begin with [ or {.';
    throw new ToolkitError(
      'usage',
      { where: option, rule: 'must be a file that can be read', got: text, hint },
      { cause: error },
    );
  }
  return parseCosts(content);
}

/** One sign, written as it is, by its name or as `\\x01`. */
export function signOf(option: string, text: string): string {
  const named: Readonly<Record<string, string>> = {
    tab: '\t',
    '\\t': '\t',
    space: ' ',
    comma: ',',
    semicolon: ';',
    pipe: '|',
  };
  const code = /^\\x([0-7][0-9a-f])$/i.exec(text)?.[1];
  const sign =
    code === undefined ? (Object.hasOwn(named, text) ? named[text] : text) : String.fromCharCode(parseInt(code, 16));
  check(sign.length === 1, option, 'must be one sign, tab or space', text);
  return sign;
}

/** Names separated by commas; a name with a comma in it stands in double quotes. */
export function listOf(option: string, text: string): string[] {
  const names = splitList(text);
  check(names.length > 0 && names.every((name) => name !== ''), option, 'must be names separated by commas', text);
  return names;
}

/** `column=kind` pairs separated by commas; the last `=` of a pair counts, so that a column's name may hold one. */
export function pairsOf(option: string, text: string): [string, string][] {
  return listOf(option, text).map((pair) => {
    const at = kindStart(pair);
    check(at > 0 && at < pair.length - 1, option, 'must be pairs such as zip=categorical', pair);
    return [unquoted(pair.slice(0, at).trim()), pair.slice(at + 1).trim()];
  });
}

/** "Did you mean ...?", when something is near. */
export function didYouMean(typed: string, words: readonly string[]): string | undefined {
  const nearest = nearestName(typed, words);
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}

/** Cuts at commas outside double quotes; a part that is quoted as a whole loses its quotes. */
function splitList(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"]|"")*"|[^,])+|(?<=,|^)(?=,|$)/g) ?? [];
  return parts.map((part) => unquoted(part.trim()));
}

function unquoted(text: string): string {
  return /^"(?:[^"]|"")*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}
