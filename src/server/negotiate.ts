/** @file What kind of rows a request brings, and what kind of answer it wants. */

import type { RowFormat } from '../run/index.js';

/** Any file is read as a CSV is: what it is, its first bytes say. */
const FORMATS: Readonly<Record<string, RowFormat>> = {
  'application/json': 'json',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/x-ndjson': 'csv',
  'application/jsonl': 'csv',
  'application/gzip': 'csv',
  'application/zip': 'csv',
  'application/vnd.apache.parquet': 'csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'csv',
  'application/octet-stream': 'csv',
};
/** What may be sent as a file; JSON, too, is one. */
export const FILE_TYPES: readonly string[] = Object.keys(FORMATS);
export const TYPES: Readonly<Record<RowFormat, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

/** Null for any type but JSON and those of files. */
export function formatOf(contentType: string | undefined): RowFormat | null {
  const type = (contentType ?? '').split(';', 1)[0].trim().toLowerCase();
  return Object.hasOwn(FORMATS, type) ? FORMATS[type] : null;
}

/**
 * The format that Accept likes best, `first` where it likes both as well; null where it allows neither.
 *
 * Source  https://www.rfc-editor.org/rfc/rfc9110#name-accept
 */
export function acceptedFormat(accept: string | undefined, first: RowFormat): RowFormat | null {
  if (accept === undefined || accept === '' || accept === '*/*') return first;
  const second = first === 'json' ? 'csv' : 'json';
  const [ours, other] = [qualityOf(accept, first), qualityOf(accept, second)];
  if (ours === 0 && other === 0) return null;
  return other > ours ? second : first;
}

/** From 0 to 1; the most exact of the ranges that fit decides. */
function qualityOf(accept: string, format: RowFormat): number {
  const type = TYPES[format].split(';', 1)[0];
  const patterns = ['*/*', `${type.split('/', 1)[0]}/*`, type];
  let [exactness, quality] = [-1, 0];
  for (const range of accept.split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const found = patterns.indexOf(name);
    if (found <= exactness) continue;
    exactness = found;
    const said = parameters.find((parameter) => parameter.startsWith('q='));
    quality = said === undefined ? 1 : Number(said.slice(2)) || 0;
  }
  return quality;
}
