/** @file JSON as a table: a list of objects, or one object a line. */

import { refuse } from '../csv-refuse.js';
import type { ByteSource } from '../csv-source.js';
import type { PlainRow } from './rows.js';
import { csvOfRows } from './rows.js';

/** A list is parsed whole, and a text of V8 has at most half a gigabyte. */
const MAX_LIST_BYTES = 1 << 28;
/** Numbers of so many digits lose some as doubles: they are kept as texts. */
const LONG_NUMBER = /("(?:[^"\\]|\\.)*")|-?\d{16,}(?![\d.eE])/g;

/**
 * The rows of a text that begins as JSON does.
 *
 * Throws   data: no list of objects and no object in every line, by the line; a list of more than 256 MiB
 */
export async function jsonTable(source: ByteSource, name: string): Promise<ByteSource> {
  const first = await firstSign(source);
  if (first === '{') return csvOfRows(() => linesOf(source, name));
  const rows = await listOf(source, name);
  return csvOfRows(() => rows);
}

async function firstSign(source: ByteSource): Promise<string> {
  for await (const chunk of source.chunks()) {
    const text = chunk
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart();
    if (text !== '') return text[0];
  }
  return '';
}

async function listOf(source: ByteSource, name: string): Promise<PlainRow[]> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source.chunks()) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_LIST_BYTES) {
      refuse('a list in JSON must have at most 256 MiB', `${name} has more; write one object a line (JSON Lines).`);
    }
  }
  const found = parsed(
    Buffer.concat(parts)
      .toString('utf8')
      .replace(/^\ufeff/, ''),
  );
  const rows = Array.isArray(found) ? (found as unknown[]) : [];
  const bad = rows.findIndex((row) => !isRow(row));
  if (found === undefined) refuse('JSON must be whole', `${name} begins as JSON and cannot be read as such.`);
  if (bad >= 0) refuse('a list in JSON must hold objects, one per row', `Element ${bad + 1} of ${name} is none.`);
  return rows as PlainRow[];
}

async function* linesOf(source: ByteSource, name: string): AsyncGenerator<PlainRow> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  const rowIn = (text: string): PlainRow | null => {
    line++;
    if (text.trim() === '') return null;
    const row = parsed(text);
    if (isRow(row)) return row;
    const rule = 'JSON must be a list of objects, or one object a line';
    return refuse(rule, `Line ${line} of ${name} is not an object by itself.`);
  };
  for await (const chunk of source.chunks()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const text of lines) {
      const row = rowIn(text);
      if (row !== null) yield row;
    }
  }
  const last = rowIn(rest + decoder.decode());
  if (last !== null) yield last;
}

/** The value, or undefined for what is no JSON. */
function parsed(text: string): unknown {
  const whole = /\d{16}/.test(text) ? text.replace(LONG_NUMBER, (all, string?: string) => string ?? `"${all}"`) : text;
  try {
    return JSON.parse(whole) as unknown;
  } catch {
    return undefined;
  }
}

function isRow(value: unknown): value is PlainRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
