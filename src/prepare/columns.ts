/** @file Finding a fitted column in a frame again, by name. */

import { checkData } from '../core/index.js';
import type { CategoricalColumn, DateColumn, Frame, NumericColumn } from '../data/index.js';
import { MISSING_CODE } from '../data/index.js';

interface ByKind {
  numeric: NumericColumn;
  categorical: CategoricalColumn;
  date: DateColumn;
}

/**
 * The column of that name and kind.
 *
 * Throws   data: the frame has none
 */
export function columnNamed<K extends keyof ByKind>(frame: Frame, name: string, kind: K): ByKind[K] {
  const column = frame.columns.find((candidate) => candidate.name === name && candidate.kind === kind);
  checkData(column !== undefined, 'recipe', `the table must have the ${kind} column`, name);
  return column as ByKind[K];
}

/** Slot of what no fitted level stands for. */
export const NO_SLOT = -1;

/**
 * For each row the place of its level in `levels`, where null stands for a missing cell; NO_SLOT for anything else.
 *
 * Levels are matched by name, so a frame with other codes gives the same slots.
 */
export function slotsOf(column: CategoricalColumn, levels: readonly (string | null)[]): Int32Array {
  const slotOfLevel = new Map(levels.map((level, slot) => [level, slot]));
  const slotOfCode = Int32Array.from(column.levels, (level) => slotOfLevel.get(level) ?? NO_SLOT);
  const slotOfMissing = slotOfLevel.get(null) ?? NO_SLOT;
  const { codes } = column;
  const slots = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    slots[i] = code >= 0 ? slotOfCode[code] : code === MISSING_CODE ? slotOfMissing : NO_SLOT;
  }
  return slots;
}

/** The levels that occur in the given rows, in the order of the column; null at the end if cells are missing. */
export function seenLevels(column: CategoricalColumn, rows: Uint32Array): (string | null)[] {
  const seen = new Uint8Array(column.levels.length);
  let hasMissing = false;
  for (let i = 0; i < rows.length; i++) {
    const code = column.codes[rows[i]];
    if (code >= 0) seen[code] = 1;
    else if (code === MISSING_CODE) hasMissing = true;
  }
  const levels: (string | null)[] = column.levels.filter((_, code) => seen[code] === 1);
  return hasMissing ? [...levels, null] : levels;
}
