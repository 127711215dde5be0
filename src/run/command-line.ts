/** @file Command lines back into options: what a study wrote down of itself, so that a page can go on with it. */

import type { Directions } from '../automl/index.js';
import type { Family, TaskWord } from '../core/index.js';
import { check, ToolkitError } from '../core/index.js';
import type { SaidKind } from '../data/index.js';
import { kindStart } from '../data/index.js';
import { parseCosts } from '../data/index.js';
import type { FitOptions } from './contract.js';

/** Names separated by commas; a name with a comma, or with quotes doubled, stands in double quotes. */
export function splitNames(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return parts.map((part) => unquoted(part.trim())).filter((name) => name !== '');
}

/** Throws usage: quotes that do not end, or nothing where a name should stand. */
export function checkNames(where: string, text: string): void {
  const bare = text.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) => (inner.trim() === '' ? '' : 'x'));
  const hint = 'A name with a comma or double quotes stands in double quotes, and those in it are doubled.';
  check(!bare.includes('"'), where, 'must close every double quote', text, hint);
  const isWhole = bare.split(',').every((name) => name.trim() !== '');
  check(isWhole, where, 'must have a name before and after every comma', text);
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) && text.length > 1 ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/**
 * The options of a `lrnn fit` line as studies keep it: the inverse of `commandFor`.
 *
 * Throws   state: an option that this version does not know
 */
export function optionsFromCommand(command: string): FitOptions {
  const [, , data, ...rest] = shellWords(command);
  const options: Record<string, unknown> = { data };
  for (let i = 0; i < rest.length; i++) {
    const [, name, joined] = /^--([\w-]+)(?:=(.*))?$/s.exec(rest[i]) ?? [];
    if (name === 'resume') continue;
    if (name === 'deterministic') {
      options.deterministic = true;
      continue;
    }
    if (name === 'no-refit') {
      options.refit = false;
      continue;
    }
    const word = rest[i];
    const value = joined ?? rest[++i];
    const read = name === undefined ? undefined : READERS[name];
    if (!read || value === undefined) {
      const hint = 'Go on with it on the command line.';
      throw new ToolkitError('state', {
        where: 'resume',
        rule: 'options of the study must be known',
        got: word,
        hint,
      });
    }
    Object.assign(options, read(value));
  }
  return options as unknown as FitOptions;
}

/** Options whose value is a path. */
const PATHS = /^--(?:out|warm-start)(=|$)/;

/**
 * The line without the folders of its paths and without where a cluster is: what a model file, which goes from hand to hand, says
 * of where it comes from. Names of files and everything else stay.
 */
export function withoutFolders(command: string): string {
  const all = shellWords(command);
  const isAddress = (i: number): boolean =>
    /^--(?:redis|shared)(?:=|$)/.test(all[i]) || /^--(?:redis|shared)$/.test(all[i - 1]);
  const words = all.filter((_, i) => i <= 2 || !isAddress(i));
  const isPath = (i: number): boolean => i === 2 || PATHS.exec(words[i - 1])?.[1] === '';
  return words
    .map((word, i) => {
      if (isPath(i)) return lastPart(word);
      const option = PATHS.exec(word);
      return option?.[1] === '=' ? option[0] + lastPart(word.slice(option[0].length)) : word;
    })
    .map(quotedWord)
    .join(' ');
}

/** Of a path of any system, or of an address; what a table in memory is called has neither. */
function lastPart(path: string): string {
  const name = path
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .at(-1)!;
  return name.startsWith('-') && name !== path ? `./${name}` : name;
}

const READERS: Readonly<Record<string, (value: string) => Partial<FitOptions>>> = {
  target: (target) => ({ target }),
  task: (task) => ({ task: task as TaskWord }),
  positive: (positive) => ({ positive }),
  exposure: (exposure) => ({ exposure }),
  quantiles: (value) => ({ quantiles: value.split(',').map(Number) }),
  order: (value) => ({ order: splitNames(value) }),
  costs: (value) => ({ costs: parseCosts(value) }),
  metric: (metric) => ({ metric }),
  trials: (value) => ({ trials: Number(value) }),
  'time-budget': (value) => ({ timeBudgetMs: 1000 * Number(value.replace(/s$/, '')) }),
  folds: (value) => ({ folds: Number(value) }),
  holdout: (value) => ({ holdout: Number(value) }),
  seed: (value) => ({ seed: Number(value) }),
  models: (value) => ({ models: value.split(',') as Family[] }),
  group: (group) => ({ group }),
  time: (time) => ({ time }),
  gap: (value) => ({ gap: Number(value) }),
  monotone: (value) => ({ monotone: directionsOf(value) }),
  ignore: (value) => ({ ignore: splitNames(value) }),
  types: (value) => ({ types: Object.fromEntries(typePairs(value)) }),
  delimiter: (value) => ({ delimiter: signOf(value) }),
  decimal: (value) => ({ decimal: value as NonNullable<FitOptions['decimal']> }),
  encoding: (encoding) => ({ encoding }),
  missing: (value) => ({ missing: splitNames(value) }),
  comment: (value) => ({ comment: signOf(value) }),
  header: (value) => ({ header: Number(value) }),
  sheet: (sheet) => ({ sheet }),
  weights: (weights) => ({ weights }),
  duplicates: (value) => ({ duplicates: value as NonNullable<FitOptions['duplicates']> }),
  'class-weights': (value) => ({ classWeights: value as NonNullable<FitOptions['classWeights']> }),
  'warm-start': (warmStart) => ({ warmStart }),
  workers: (value) => ({ workers: Number(value) }),
  engine: (engine) => ({ engine: engine as NonNullable<FitOptions['engine']> }),
  redis: (redis) => ({ redis }),
  shared: (shared) => ({ shared }),
  parallel: (value) => ({ parallel: Number(value) }),
  out: (out) => ({ out }),
};

/** No prototype: a column may be called `__proto__`. */
function directionsOf(text: string): Directions {
  const signs = Object.create(null) as Record<string, 1 | -1>;
  for (const [column, sign] of pairsOf(text)) signs[column] = sign === '-' ? -1 : 1;
  return signs;
}

/** The inverse of how a command line writes a sign: as it is, `tab`, or by its number. */
function signOf(text: string): string {
  if (text === 'tab') return '\t';
  const code = /^\\x([0-7][0-9a-f])$/i.exec(text)?.[1];
  return code === undefined ? text : String.fromCharCode(Number.parseInt(code, 16));
}

function typePairs(text: string): [string, SaidKind][] {
  return pairsOf(text).map(([column, kind]) => [column, kind as SaidKind]);
}

function pairsOf(text: string): [string, string][] {
  const parts = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return parts.map((part) => {
    const at = kindStart(part);
    return [unquoted(part.slice(0, at)), part.slice(at + 1)];
  });
}

/** A word as a POSIX shell wants it. */
export function quotedWord(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words of a line as `commandFor` quotes them: plain, or in single quotes with `'\''` for a single quote. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/gs) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|\\(.)/gs, (_, inner: string | undefined, sign: string) => inner ?? sign),
  );
}
