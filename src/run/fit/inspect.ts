/** @file What a fit would understand of a file, without fitting: `lrnn fit --dry-run`. */

import { targetFacts } from '../../automl/index.js';
import type { TaskWord } from '../../core/index.js';
import type { ColumnDescription, CsvTable, Finding, Schema } from '../../data/index.js';
import {
  describeSchema,
  encodeFrame,
  encodeTarget,
  readGroups,
  repeatedRows,
  sampledRows,
  taskWord,
} from '../../data/index.js';
import { defaultMetric, metricFor, requireTargets } from '../../evaluate/index.js';
import type { FitOptions } from '../contract.js';
import { costNotes, costsFor } from './costs.js';
import { copiesFound, keepsCopies, lookAt, requirePinball, saidOf, understand } from './load-data.js';
import type { CheckedOptions } from './options.js';
import { checkOptions } from './options.js';

export interface Inspection {
  readonly schema: Schema;
  readonly warnings: readonly string[];
  /** What looking at the columns has found; leaks are among the warnings, too. */
  readonly findings: readonly Finding[];
  readonly rowCount: number;
  readonly columnCount: number;
  readonly delimiter: string;
  readonly encoding: string;
  /** What the file is, where it is no CSV. */
  readonly format?: string | undefined;
  readonly target: string;
  readonly task: TaskWord;
  readonly metric: string;
  /** One row per column, in file order. */
  readonly table: readonly ColumnDescription[];
}

/** Throws what `fit` would throw before its first trial, but for the study folder. */
export async function inspect(options: FitOptions): Promise<Inspection> {
  return inspectChecked(checkOptions(options));
}

/** The same with options that were checked, of a file that may have been read. */
export async function inspectChecked(checked: CheckedOptions, read?: CsvTable): Promise<Inspection> {
  const { csv, schema, warnings: found, rows } = await understand(checked, undefined, read);
  const findings = await findingsOf(csv, schema, rows, checked);
  const { name: target } = schema.target;
  const task = taskWord(schema.target);
  const costs = checked.costs && costsFor(checked.costs, schema);
  const warnings = [...found, ...costNotes(costs, schema), ...saidOf(findings)];
  const named = checked.metric ?? defaultMetric(task);
  requirePinball(named, schema.target.quantiles);
  const metric = metricFor(named, schema.target.task);
  requireTargets(metric, targetFacts(schema, encodeTarget(csv, schema, rows).exact));
  const { rowCount, delimiter, encoding, names, format } = csv;
  const table = describeSchema(schema, csv);
  const columnCount = names.length;
  const file = { rowCount, columnCount, delimiter, encoding, ...(format !== undefined && { format }) };
  return { schema, warnings, findings, ...file, target, task, metric: metric.name, table };
}

/** As in a fit: leaks of a table's sample of rows only, copies of all rows. */
async function findingsOf(
  csv: CsvTable,
  schema: Schema,
  rows: Uint32Array,
  options: CheckedOptions,
): Promise<Finding[]> {
  const { group, time } = options;
  const some = sampledRows(rows.length, schema.columns.length).map((row) => rows[row]);
  const { frame } = encodeFrame(csv, schema, some);
  const groups = group === undefined ? undefined : readGroups(csv, group, some);
  const looked = await lookAt(frame, encodeTarget(csv, schema, some).exact, schema, {
    groups,
    except: time === undefined ? [] : [time],
  });
  if (!keepsCopies(options)) return looked;
  const whole = some.length === rows.length ? frame : encodeFrame(csv, schema, rows).frame;
  return [...looked, ...copiesFound(repeatedRows(whole))];
}
