/** @file How the table of a fit was read, as its model remembers it, and how that bears on the cells of other tables. */

import type { CsvTable } from './csv-table.js';
import type { DecimalSign, ReadingOptions } from './reading.js';
import type { ColumnSchema, Schema } from './schema.js';
import { isFeature } from './schema.js';

/** What a model knows of the files that it is made for. */
export interface Remembered {
  readonly reading: ReadingOptions;
  /** Of the columns that it wants. */
  readonly names: readonly string[];
}

/** What a file of new rows is tried by first; undefined for models that remember nothing. */
export function rememberedBy(schema: Schema): Remembered | undefined {
  const { reading, columns } = schema;
  return reading && { reading, names: columns.filter(isFeature).map(({ name }) => name) };
}

/**
 * What was said of how to read a table, and had a meaning there, with the delimiter that was found; undefined where nothing was said.
 */
export function saidOfReading(csv: CsvTable, options: ReadingOptions): ReadingOptions | undefined {
  const { delimiter, decimal, comment, header, sheet, encoding } = options;
  const ofText = { delimiter, decimal, comment, header, encoding: encoding === 'auto' ? undefined : encoding };
  const ofMade = csv.format === undefined ? {} : { header, sheet };
  const said = definedOf(csv.isMade === true ? ofMade : ofText);
  if (Object.keys(said).length === 0) return undefined;
  return csv.isMade === true ? said : { delimiter: csv.delimiter, ...said };
}

export function definedOf(options: ReadingOptions): ReadingOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * The schema by which the cells of a table are read. Another decimal sign than that of the columns is obeyed where it was given; and the
 * cells of a table that holds numbers have points, whatever the files of the model have.
 */
export function schemaFor(csv: CsvTable, schema: Schema): Schema {
  const sign = csv.decimal ?? (csv.isMade === true && schema.reading?.decimal !== undefined ? '.' : undefined);
  return sign === undefined ? schema : { ...schema, columns: schema.columns.map((column) => signed(column, sign)) };
}

function signed(column: ColumnSchema, decimal: DecimalSign): ColumnSchema {
  const { decimal: own = '.', thousands, clock } = column;
  const isSigned = column.kind === 'numeric' && clock === undefined;
  if (!isSigned || (own === decimal && thousands !== undefined)) return column;
  return { ...column, decimal, thousands: decimal === ',' ? '.' : ',' };
}
