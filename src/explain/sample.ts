/**
 * @file The rows that explanations ask about: a sample kept in the study file, so that pages need neither the CSV nor a fit.
 *
 * Every row is a validation row of exactly one fold; that fold's models have not trained on it.
 */

import { selectFrameRows, type StudyData } from '../automl/index.js';
import type { JsonValue } from '../core/index.js';
import { allRows, fromBase64, Rng, toBase64 } from '../core/index.js';
import type { Documents, Frame, FrameColumn } from '../data/index.js';
import { takeDocuments } from '../data/index.js';
import type { Storage } from '../search/index.js';
import { cellsOf, withCells } from './frames.js';

export interface ExplainSample {
  readonly frame: Frame;
  /** [frame.rowCount] the target in its units, or the class index. */
  readonly y: Float32Array;
  /** [frame.rowCount] row numbers in the data set, ascending. */
  readonly rows: Uint32Array;
  /** [frame.rowCount] the fold whose models did not train on the row. */
  readonly folds: Int32Array;
}

/** More rows make no curve clearer, only the file larger. */
export const MAX_SAMPLE_ROWS = 1000;
const BLOB = 'explain/sample';

/**
 * Up to 1,000 of the rows that some fold validates on, each as likely.
 *
 * Random   which rows, from the study's seed
 */
export function drawSample(data: StudyData, most = MAX_SAMPLE_ROWS): ExplainSample {
  const foldOf = new Int32Array(data.frame.rowCount).fill(-1);
  data.folds.forEach(({ validation }, fold) => validation.forEach((row) => (foldOf[row] = fold)));
  const judged = allRows(foldOf.length).filter((row) => foldOf[row] >= 0);
  const rows = new Rng(data.seed).split('explain').shuffle(judged).slice(0, most).sort();
  return {
    frame: selectFrameRows(data.frame, rows),
    y: Float32Array.from(rows, (row) => data.y[row]),
    rows,
    folds: Int32Array.from(rows, (row) => foldOf[row]),
  };
}

/** Keeps a sample in the study file. */
export function storeSample(storage: Storage, sample: ExplainSample): void {
  const { frame, y, rows, folds } = sample;
  const columns = frame.columns.map(ownDocuments).map((column) => ({
    kind: column.kind,
    name: column.name,
    ...(column.kind === 'categorical' && { levels: column.levels, ranks: column.ranks }),
    ...(column.kind === 'text' && { documents: documentsJson(column.documents) }),
    cells: Array.from(cellsOf(column, frame.rowCount), (cell) => (Number.isFinite(cell) ? cell : null)),
  }));
  const json = { version: 1, columns, y: [...y], rows: [...rows], folds: [...folds] };
  storage.putBlob(BLOB, new TextEncoder().encode(JSON.stringify(json)));
}

/** Null in studies that were begun before samples were kept. */
export function loadSample(storage: Storage): ExplainSample | null {
  const bytes = storage.getBlob(BLOB);
  if (!bytes) return null;
  const json = JSON.parse(new TextDecoder().decode(bytes)) as {
    columns: SampledColumn[];
    y: number[];
    rows: number[];
    folds: number[];
  };
  const columns = json.columns.map(({ kind, name, levels = [], ranks, documents = NO_DOCUMENTS, cells }) => {
    const empty = {
      numeric: { values: NONE },
      date: { epochMs: NONE },
      categorical: { codes: NO_CODES, levels, ...(ranks && { ranks }) },
      text: { codes: NO_CODES, documents: documentsFrom(documents) },
    };
    return withCells(
      { kind, name, ...empty[kind] } as FrameColumn,
      cells.map((cell) => cell ?? Number.NaN),
    );
  });
  return {
    frame: { rowCount: json.rows.length, columns },
    y: Float32Array.from(json.y),
    rows: Uint32Array.from(json.rows),
    folds: Int32Array.from(json.folds),
  };
}

interface SampledColumn {
  readonly kind: FrameColumn['kind'];
  readonly name: string;
  readonly levels?: string[];
  readonly ranks?: number[];
  readonly documents?: DocumentsJson;
  readonly cells: readonly (number | null)[];
}

/** The parts of `Documents` as base64: there may be millions of terms. */
interface DocumentsJson {
  readonly starts: string;
  readonly terms: string;
  readonly counts: string;
}

/** Of the documents of a text column those of its rows, and no others. */
function ownDocuments(column: FrameColumn): FrameColumn {
  if (column.kind !== 'text') return column;
  const used = [...new Set(column.codes)].filter((code) => code >= 0);
  const place = new Map(used.map((code, own) => [code, own]));
  const documents = takeDocuments(column.documents, used);
  return { ...column, documents, codes: column.codes.map((code) => place.get(code) ?? code) };
}

function documentsJson({ starts, terms, counts }: Documents): DocumentsJson {
  return { starts: toBase64(starts), terms: toBase64(terms), counts: toBase64(counts) };
}

function documentsFrom({ starts, terms, counts }: DocumentsJson): Documents {
  return {
    starts: fromBase64(starts, Int32Array),
    terms: fromBase64(terms, Int32Array),
    counts: fromBase64(counts, Uint8Array),
  };
}

const NO_DOCUMENTS: DocumentsJson = { starts: '', terms: '', counts: '' };
const NONE = new Float64Array(0);
const NO_CODES = new Int32Array(0);

/** Plain data as the study file takes it. */
export function asJson<T>(value: T): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
