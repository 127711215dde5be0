/** @file The rows of a JSON body: what is too much is refused before it is taken apart. */

import { check, ToolkitError } from '../../core/index.js';
import type { RequestLimits } from './protocol.js';

export type Row = Readonly<Record<string, unknown>>;

/** Smaller bodies are taken apart at once: that costs less than looking first. */
const LOOK_FIRST_BYTES = 64 * 1024;

/**
 * The rows of `[{...}, ...]` or `{"rows": [{...}, ...]}`.
 *
 * Throws   limit: too many rows or columns; usage: no JSON (`where` is "json"), or no list of rows
 */
export function parseRows(bytes: Uint8Array, limits: RequestLimits): readonly Row[] {
  const { maxRows = Infinity, maxColumns = Infinity } = limits;
  if (bytes.length > LOOK_FIRST_BYTES) {
    const { rows, columns } = measureJson(bytes);
    requireAtMost('rows', rows, maxRows);
    requireAtMost('columns', columns, maxColumns);
  }
  const body = parseJson(bytes);
  const rows = Array.isArray(body) ? body : (body as { rows?: unknown }).rows;
  check(Array.isArray(rows) && rows.length > 0, 'rows', 'must be a list of at least one object', rows);
  requireAtMost('rows', rows.length, maxRows);
  if (bytes.length > LOOK_FIRST_BYTES) requireAtMost('columns', distinctNames(rows, maxColumns), maxColumns);
  return rows as Row[];
}

function requireAtMost(what: 'rows' | 'columns', got: number, most: number): void {
  if (got <= most) return;
  throw new ToolkitError('limit', { where: what, rule: `the request must have at most ${most} ${what}`, got });
}

function parseJson(bytes: Uint8Array): object {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw notJson(error);
  }
  if (typeof body === 'object' && body !== null) return body;
  throw notJson(undefined);
}

/** As servers say it of bodies in general. */
function notJson(cause: unknown): ToolkitError {
  return new ToolkitError('usage', { where: 'json', rule: 'the body must be JSON' }, { cause });
}

/** Names of all rows together; counting ends above `most`. */
function distinctNames(rows: readonly unknown[], most: number): number {
  const names = new Set<string>();
  for (const row of rows) {
    if (typeof row !== 'object' || row === null) continue;
    for (const name of Object.keys(row)) names.add(name);
    if (names.size > most) break;
  }
  return names.size;
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}');

/**
 * Rows, and the most names in one of them, counted without taking the text apart. Right for a well-formed body; for any other the
 * parser has the last word.
 */
export function measureJson(bytes: Uint8Array): { readonly rows: number; readonly columns: number } {
  let [rows, columns] = [0, 0];
  let [list, names] = [0, 0];
  let depth = 0;
  /** Depth of the rows' own list: 1, or 2 within an object. */
  let listDepth = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i = endOfText(bytes, i);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth++;
        if (depth === 1) listDepth = bytes[i] === OPEN_LIST ? 1 : 2;
        if (depth === listDepth) list = 1;
        if (depth === listDepth + 1) names = 1;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        if (depth === listDepth) rows = Math.max(rows, list);
        if (depth === listDepth + 1) columns = Math.max(columns, names);
        depth--;
        break;
      case COMMA:
        if (depth === listDepth) list++;
        else if (depth === listDepth + 1) names++;
    }
  }
  return { rows: Math.max(rows, list), columns };
}

/** Where the text that begins at `start` ends. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let i = start + 1; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i;
  }
  return bytes.length;
}
