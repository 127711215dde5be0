/** @file How a file of new rows is read: as the table of the fit was, or by the usual guess where that finds more of the model's columns. */

import { ToolkitError } from '../core/index.js';
import type { BlockOptions } from './csv-blocks.js';
import { readBlocks } from './csv-blocks.js';
import type { ByteSource } from './csv-source.js';
import { openTable } from './formats/open.js';
import type { ReadingOptions } from './reading.js';
import type { Remembered } from './remembered.js';
import { definedOf } from './remembered.js';
import { tidy } from './tidy.js';

export interface RememberingOptions extends BlockOptions {
  /** Of the model that the rows are for: what is not given otherwise is tried so. */
  readonly remembered?: Remembered | undefined;
}

/**
 * The options with the ways of reading under which the table has most columns of the model; the first such way wins.
 *
 * Throws   data: the file can be read in some way, and has no column of the model in any
 */
export async function withReading<T extends RememberingOptions>(
  source: ByteSource,
  name: string,
  options: T,
): Promise<T> {
  const { remembered } = options;
  if (remembered === undefined) return options;
  const given = definedOf(readingIn(options));
  const tries: { way: ReadingOptions; count: number; names: readonly string[] }[] = [];
  for (const reading of waysOf(remembered.reading)) {
    const way = { ...reading, ...given };
    const names = await namesOf(source, name, { ...options, ...way });
    const count = names === null ? -1 : matches(names, remembered.names);
    if (count === remembered.names.length) return { ...options, ...way };
    if (names !== null) tries.push({ way, count, names });
  }
  // No way can be read: what is wrong is said of the file as it should be, but not that it has no such sheet.
  if (tries.length === 0) {
    const rest = definedOf({ ...readingIn(remembered.reading), sheet: undefined });
    return { ...options, ...rest, ...given };
  }
  const best = tries.reduce((a, b) => (b.count > a.count ? b : a));
  if (best.count === 0) refuseNames(name, remembered, tries[tries.length - 1].names);
  return { ...options, ...best.way };
}

/** From all that is remembered to nothing: where a table lies in its file changes first. */
function waysOf({ decimal: _, header, sheet, ...signs }: ReadingOptions): ReadingOptions[] {
  const place = definedOf({ header, sheet });
  const ways = [{ ...signs, ...place }, signs, {}];
  return ways.filter((way, i) => i === 0 || Object.keys(way).length < Object.keys(ways[i - 1]).length);
}

function readingIn({ delimiter, comment, header, sheet, encoding }: ReadingOptions): ReadingOptions {
  return { delimiter, comment, header, sheet, encoding };
}

/** Null where the file cannot be read so. */
async function namesOf(
  source: ByteSource,
  name: string,
  options: RememberingOptions,
): Promise<readonly string[] | null> {
  try {
    const { source: table, reading } = await openTable(source, name, options);
    for await (const { names } of readBlocks(table, { ...options, ...reading, name, blockRows: 1 })) return names;
    return null;
  } catch (error) {
    if (error instanceof ToolkitError) return null;
    throw error;
  }
}

function matches(names: readonly string[], wanted: readonly string[]): number {
  const found = new Set(names);
  return wanted.filter((name) => found.has(tidy(name))).length;
}

const WORDS: readonly (keyof ReadingOptions)[] = ['delimiter', 'comment', 'header', 'encoding', 'sheet'];

function refuseNames(name: string, { reading, names: wanted }: Remembered, names: readonly string[]): never {
  const few = (all: readonly string[]): string => all.slice(0, 4).join(', ') + (all.length > 4 ? ', ...' : '');
  const said = WORDS.filter((word) => reading[word] !== undefined).map(
    (word) => `${word} ${JSON.stringify(reading[word])}`,
  );
  const how = said.length === 0 ? '' : ` as the file of the fit was (${said.join(', ')}) and`;
  const hint = `${name} was read${how} by the usual guess.`;
  const rule = `must include some of the model's columns (${few(wanted)})`;
  throw new ToolkitError('data', { where: 'columns', rule, got: few(names), hint });
}
