/** @file How a recipe prepares each level of a column, as a table that every format looks up. */

import type { JsonObject } from '../core/index.js';
import type { ColumnSchema } from '../data/index.js';
import { firstOfRank, MISSING_CODE, UNSEEN_CODE } from '../data/index.js';
import type { RecipeKind } from '../prepare/index.js';
import { restoreRecipe } from '../prepare/index.js';

/** A row for every level, then one for a gap, then one for an unseen level: what has no place in an order is missing. */
export function levelTable(schema: ColumnSchema, kind: RecipeKind, json: JsonObject) {
  const { name, levels = [], ranks } = schema;
  const ends = [MISSING_CODE, ranks ? MISSING_CODE : UNSEEN_CODE];
  const codes = Int32Array.from([...firstOfRank(schema), ...ends]);
  const { data, cols } = restoreRecipe({ version: 1, kind, columns: [json] }).transform({
    rowCount: codes.length,
    columns: [{ kind: 'categorical', name, codes, levels, ...(ranks && { ranks }) }],
  });
  return { width: cols, table: data };
}
