/** @file Finding a fitted column in a frame again, by name. */

import { checkData } from '../core/index.js';
import type { CategoricalColumn, DateColumn, Frame, NumericColumn, TextColumn } from '../data/index.js';
import { MISSING_CODE } from '../data/index.js';

interface ByKind {
  numeric: NumericColumn;
  categorical: CategoricalColumn;
  date: DateColumn;
  text: TextColumn;
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

/**
 * The levels that occur in the given rows, in the order of the column; null at the end if cells are missing.
 *
 * With groups only levels of at least two of them, if the rows have so many: what one group alone has names the group, and
 * new groups have it not.
 */
export function seenLevels(
  column: CategoricalColumn,
  rows: Uint32Array,
  groups?: ArrayLike<number>,
): (string | null)[] {
  const isShared = groups ? sharedLevels(column, rows, groups) : null;
  const seen = new Uint8Array(column.levels.length + 1);
  for (let i = 0; i < rows.length; i++) {
    const code = column.codes[rows[i]];
    if (code >= 0) seen[code] = 1;
    else if (code === MISSING_CODE) seen[column.levels.length] = 1;
  }
  const isKept = (code: number): boolean => seen[code] === 1 && (!isShared || isShared[code] === 1);
  const levels: (string | null)[] = column.levels.filter((_, code) => isKept(code));
  return isKept(column.levels.length) ? [...levels, null] : levels;
}

/** 1 for the levels, missing the last of them, that occur in two groups or more; null where all rows are of one group. */
function sharedLevels(
  { codes, levels }: CategoricalColumn,
  rows: Uint32Array,
  groups: ArrayLike<number>,
): Uint8Array | null {
  const isShared = new Uint8Array(levels.length + 1);
  const firstGroup = new Float64Array(levels.length + 1).fill(NaN);
  let isOneGroup = true;
  for (const row of rows) {
    const group = groups[row];
    isOneGroup &&= group === groups[rows[0]];
    const slot = codes[row] >= 0 ? codes[row] : codes[row] === MISSING_CODE ? levels.length : NO_SLOT;
    if (slot === NO_SLOT) continue;
    if (Number.isNaN(firstGroup[slot])) firstGroup[slot] = group;
    else if (firstGroup[slot] !== group) isShared[slot] = 1;
  }
  return isOneGroup ? null : isShared;
}
