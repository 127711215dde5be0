/** @file An error that a word of lrnn.config.json causes names that file: nobody finds such a word on the command line. */

import { ToolkitError } from '../core/index.js';
import { OF_TARGET, OF_TASK } from './displaced.js';

/** What a fit took from a file. */
export interface Origin {
  readonly path: string;
  /** By option, with its dashes; `data` for the table. */
  readonly taken: ReadonlyMap<string, { readonly key: string; readonly text: string }>;
}

/** Options that others are refused for. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(OF_TARGET.map((name) => [name, OF_TASK])),
  '--costs': [...OF_TASK, '--class-weights'],
  '--workers': ['--redis'],
  '--engine': ['--deterministic', '--redis'],
  '--models': ['--monotone'],
};

/** The error, which names the file and the words of it that it may come from. */
export function blamed(error: unknown, { path, taken }: Origin): unknown {
  if (!(error instanceof ToolkitError) || (error.kind !== 'usage' && error.kind !== 'data')) return error;
  const { where, got, hint } = error.parts;
  // `--folds`, `folds` and `target "price"` are about options.
  const word = /^(?:--)?([a-z-]+)(?: "|$)/.exec(where)?.[1];
  const name = word === 'data' ? word : `--${word}`;
  const about = [name, ...(REASONS[name] ?? [])];
  const keys = [...taken]
    .filter(([option, { text }]) => about.includes(option) || text === got || text === where)
    .map(([, { key }]) => key);
  if (keys.length === 0) return error;
  const from = `From ${path}: ${keys.join(', ')}.`;
  const parts = { ...error.parts, hint: hint === undefined ? from : `${hint} ${from}` };
  return new ToolkitError(error.kind, parts, { cause: error });
}
