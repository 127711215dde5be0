/** @file The help, made of the same words that are parsed. */

import type { CommandName } from './commands.js';
import { COMMAND_NAMES } from './commands.js';
import type { OptionWord } from './options.js';
import { COMMANDS, HELP_WORD } from './options.js';

const EXIT_CODES = `Exit codes: 0 done; 2 wrong usage; 3 bad data; 4 wrong state; 5 over a limit; 130 interrupted (the study is kept);
1 a bug of ours.`;

/** The help of one command, or of them all. */
export function helpText(topic: CommandName | null): string {
  return topic === null ? overview() : commandHelp(topic);
}

function overview(): string {
  const rows = COMMAND_NAMES.map((name): [string, string] => [
    [name, ...COMMANDS[name].args].join(' '),
    COMMANDS[name].summary,
  ]);
  const steps = [
    ['lrnn fit data.csv --target price', 'search, with a progress line and a leaderboard'],
    ['lrnn serve', 'look at it in the browser'],
    ['lrnn predict reports/data new.csv', 'use the best model'],
  ] as [string, string][];
  return `AutoML for tables: searches networks, trees and linear models on the same folds, and keeps the best.

Usage: lrnn <command> [options]

${columns(rows)}

${columns([
  ['lrnn <command> --help', 'the options of a command'],
  ['lrnn --version', 'the version'],
])}

From a table to predictions:

${columns(steps)}

${EXIT_CODES}
`;
}

function commandHelp(name: CommandName): string {
  const { summary, args, options, examples } = COMMANDS[name];
  const needs = { fit: ' --target COLUMN', export: ' --format NAME', worker: ' --redis URL' }[name as string] ?? '';
  const usage = `lrnn ${[name, ...args].join(' ')}${needs}${options.length > 0 ? ' [options]' : ''}`;
  return `Usage: ${usage}

${summary[0].toUpperCase()}${summary.slice(1)}.

${columns([...options, HELP_WORD].map((option) => [optionWords(option), option.help]))}

${examples.map((example) => `  ${example}`).join('\n')}

${EXIT_CODES}
`;
}

function optionWords({ name, value }: OptionWord): string {
  return value === undefined ? name : `${name} ${value}`;
}

/** Two columns, the second aligned. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
