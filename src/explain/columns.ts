/** @file Columns as the reader knows them: a text column is one column, however many numbers it becomes. */

import type { ColumnKind, ColumnSchema, Frame, FrameColumn, Schema } from '../data/index.js';
import { framePartsOf, isFeature, MISSING_CODE, truthText, UNSEEN_CODE } from '../data/index.js';
import { cellOf } from './frames.js';

/** A feature of the schema and the frame columns that carry it. */
export interface Feature {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly schema: ColumnSchema;
  /** Names of frame columns: its own, or for texts `<name>: length` and so on. */
  readonly parts: readonly string[];
}

/** The features of a frame, in the order of the schema. */
export function featuresOf(frame: Frame, schema: Schema): Feature[] {
  const there = new Set(frame.columns.map(({ name }) => name));
  const features = schema.columns.filter(isFeature);
  const all = framePartsOf(features, schema);
  return features.flatMap((column, f): Feature[] => {
    const parts = all[f].map(({ name }) => name).filter((name) => there.has(name));
    return parts.length === 0 ? [] : [{ name: column.name, kind: column.kind, schema: column, parts }];
  });
}

/** In place of a category that training has not seen. */
const OTHER = '(other)';

/** What stands in a cell, in the words of the table; null where missing. */
export function cellText(column: FrameColumn, row: number, schema?: ColumnSchema): string | null {
  const cell = cellOf(column, row);
  if (Number.isNaN(cell)) return null;
  if (column.kind === 'categorical') return cell === UNSEEN_CODE ? OTHER : (column.levels[cell] ?? OTHER);
  if (column.kind === 'date') return dateText(cell);
  if (schema?.kind === 'boolean') return truthText(schema, cell > 0);
  return numberText(cell);
}

/** A cell as rows of JavaScript objects have it: numbers (milliseconds for dates), truth values, texts; null where missing. */
export function rawCell(column: FrameColumn, row: number, { kind }: ColumnSchema): string | number | boolean | null {
  const cell = cellOf(column, row);
  if (Number.isNaN(cell)) return null;
  if (column.kind === 'categorical') return column.levels[cell] ?? OTHER;
  return kind === 'boolean' ? cell > 0 : cell;
}

/** Code of a missing cell, for readers of categories. */
export const MISSING = MISSING_CODE;

/** Six significant digits, without exponents where nobody needs them. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** `2026-11-24`, with the time where there is one. */
export function dateText(epochMs: number): string {
  if (!Number.isFinite(epochMs) || Math.abs(epochMs) > 8.64e15) return '–';
  const text = new Date(epochMs).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}
