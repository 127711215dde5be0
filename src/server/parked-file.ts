/** @file The file of a search that has not begun: what the form said, beside the table that came with it. */

import type { Stats } from 'node:fs';
import { lstatSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { writeWhole } from '../run/index.js';
import type { Fields } from './form.js';

/** What was asked for, as the form said it: a later version reads it as it reads its own form. */
export interface ParkedRequest {
  readonly fields: Fields;
  /** The name of the table, which lies in the same folder. */
  readonly file: string;
  /** Why it could not begin; null where nobody tried. */
  readonly reason: string | null;
}

/** In the folder of the study. */
export const PARKED_FILE = 'waiting.json';
const VERSION = 1;
const ADVICE = 'Look into its folder, or delete it; a table that it does not name stays.';

/** Whole or not at all. Throws what the file system says. */
export function writeParked(folder: string, { fields, file, reason }: ParkedRequest): void {
  const json = { version: VERSION, fields: Object.entries(fields), file, reason };
  writeWhole(join(folder, PARKED_FILE), `${JSON.stringify(json, null, 2)}\n`);
}

/** Null: there is no such file. A sentence: why nobody can start what it says. */
export function readParked(folder: string): ParkedRequest | string | null {
  const path = join(folder, PARKED_FILE);
  const stats = statsOf(path);
  if (stats === null || stats.isDirectory()) return null;
  if (!stats.isFile()) return `${PARKED_FILE} is no plain file. ${ADVICE}`;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    return `${PARKED_FILE} cannot be read. ${ADVICE}`;
  }
  const { version, fields, file, reason } = (json ?? {}) as Record<string, unknown>;
  if (typeof version === 'number' && version !== VERSION)
    return `${PARKED_FILE} is of version ${version}, and this server reads version ${VERSION}. ${ADVICE}`;
  if (version !== VERSION || !isFields(fields) || typeof file !== 'string' || !isTableName(file))
    return `${PARKED_FILE} is damaged. ${ADVICE}`;
  if (!statsOf(join(folder, file))?.isFile()) return `Its table, ${file}, is no plain file in its folder. ${ADVICE}`;
  // No prototype: a column may be called `__proto__`.
  const own = Object.create(null) as Record<string, string>;
  for (const [key, value] of fields) own[key] = value;
  return { fields: own, file, reason: typeof reason === 'string' ? reason : null };
}

/** Of the entry itself, not of what a link leads to; null where there is none, or nobody may look. */
export function statsOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is readonly (readonly [string, string])[] {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((word) => typeof word === 'string'))
  );
}

/** A name in the folder itself, and not that of the search. */
function isTableName(file: string): boolean {
  return file === basename(file) && !['', '.', '..', PARKED_FILE].includes(file) && !file.includes('\0');
}
