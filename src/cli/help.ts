/** @file The help, made of the same words that are parsed. */

import type { CommandName } from './commands.js';
import { COMMAND_NAMES } from './commands.js';
import type { OptionWord } from './options.js';
import { COMMANDS, HELP_WORD } from './options.js';

const EXIT_CODES = `Exit codes: 0 done; 2 wrong usage; 3 bad data; 4 wrong state; 5 over a limit; 130 interrupted (the study is kept);
1 a bug of ours.`;

/** The help of one command, or of them all. */
export function helpText(topic: CommandName | null, width = Infinity): string {
  return topic === null ? overview(width) : commandHelp(topic, width);
}

function overview(width: number): string {
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

${columns(rows, width)}

${columns(
  [
    ['lrnn <command> --help', 'the options of a command'],
    ['lrnn --version', 'the version'],
  ],
  width,
)}

From a table to predictions:

${columns(steps, width)}

${EXIT_CODES}
`;
}

function commandHelp(name: CommandName, width: number): string {
  const { summary, args, options, examples } = COMMANDS[name];
  const needs = { fit: ' --target COLUMN', export: ' --format NAME', worker: ' --redis URL' }[name as string] ?? '';
  const usage = `lrnn ${[name, ...args].join(' ')}${needs}${options.length > 0 ? ' [options]' : ''}`;
  return `Usage: ${usage}

${summary[0].toUpperCase()}${summary.slice(1)}.

${columns(
  [...options, HELP_WORD].map((option) => [optionWords(option), option.help]),
  width,
)}

${examples.map((example) => `  ${example}`).join('\n')}

${EXIT_CODES}
`;
}

function optionWords({ name, value }: OptionWord): string {
  return value === undefined ? name : `${name} ${value}`;
}

/** Where less than this is left of a line, nothing is broken. */
const LEAST_WIDTH = 24;

/** Two columns, the second aligned and broken where the line ends. */
function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.max(...rows.map(([word]) => word.length));
  const room = width - left - 4;
  return rows
    .map(([word, text]) => {
      const [first, ...more] = room < LEAST_WIDTH ? [text] : broken(text, room);
      return [`  ${word.padEnd(left)}  ${first}`, ...more.map((line) => ' '.repeat(left + 4) + line)].join('\n');
    })
    .join('\n');
}

/** Lines of whole words, as long as they may be. */
function broken(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
